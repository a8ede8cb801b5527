// SPDX-License-Identifier: Apache-2.0
// WEFT_CHAOS_SEED pins the seed, WEFT_CHAOS_SECONDS says how long the trouble lasts.

import assert from "node:assert/strict";
import { it } from "node:test";

import { runChaos } from "./support/chaos.mjs";

const kSeconds = Number(process.env.WEFT_CHAOS_SECONDS ?? 25);
const kSeed = Number(process.env.WEFT_CHAOS_SEED ?? Date.now() % 1_000_000);

async function assertTrueAfterChaos(t, seconds, options) {
  t.diagnostic(`WEFT_CHAOS_SEED=${kSeed}`);
  const { complaints, counts } = await runChaos(t, { seed: kSeed, seconds, ...options }).catch((error) => {
    error.message = `WEFT_CHAOS_SEED=${kSeed}: ${error.message}`;
    throw error;
  });
  t.diagnostic(Object.entries(counts).map(([what, count]) => `${count} ${what}`).join(", "));
  assert.ok(complaints.length === 0, `WEFT_CHAOS_SEED=${kSeed}: ${complaints.length} complaints\n${complaints.slice(0, 20).join("\n")}`);
  assert.ok(counts.pushes > kSeconds, "there was work");
}

const timeout = kSeconds * 1_000 + 180_000;

it("V16: whatever is killed, stopped or cut, nothing acknowledged is lost or doubled, and everybody sees who is there", { timeout }, (t) =>
  assertTrueAfterChaos(t, kSeconds, { instances: 3 }));

it("V16: nor is anything with acks of the store behind Redis, when that is killed too", { timeout }, (t) =>
  assertTrueAfterChaos(t, kSeconds / 2, { instances: 2, postgres: { fsync: true }, ack: "store" }));
