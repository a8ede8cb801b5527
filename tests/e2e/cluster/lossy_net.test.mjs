// SPDX-License-Identifier: Apache-2.0
// A network that drops packets: this file runs itself once more in a network namespace of its own, whose loopback loses
// some of everything at random.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { JsonPeer, sumText } from "../server/support/peer.mjs";
import { until } from "../server/support/waits.mjs";
import { Writer } from "../server/support/writer.mjs";
import { Cluster } from "./support/cluster.mjs";

const kLossPercent = 5;
const kPushes = 400;
const isInside = process.env.WEFT_LOSSY_NET === "inside";

/** Every packet on loopback, both ways and on each connection alike: clients, instances, Redis. */
const rules = `table inet lossy { chain in { type filter hook input priority 0; numgen random mod 100 < ${kLossPercent} counter drop; }; }`;

test("V17: instances whose packets get lost lose no edit", { skip: isInside }, () => {
  // As root a namespace is free; others need a user namespace around it.
  const flags = process.getuid() === 0 ? ["--net"] : ["--user", "--map-root-user", "--net"];
  const script = `set -e; ip link set lo up; nft '${rules}'; node --test --test-reporter=spec "$1"; echo "dropped $(nft list ruleset | sed -n 's/.*packets \\([0-9]*\\).*/\\1/p')"`;
  const run = spawnSync("unshare", [...flags, "bash", "-c", script, "bash", fileURLToPath(import.meta.url)], {
    // Without the variable the runner inside would report to the one outside, and say nothing.
    env: { ...process.env, WEFT_LOSSY_NET: "inside", NODE_TEST_CONTEXT: undefined },
    encoding: "utf8",
    timeout: 120_000,
  });
  const said = `${run.stdout}\n${run.stderr}`;
  assert.equal(run.status, 0, said);
  assert.ok(Number(/dropped (\d+)/.exec(run.stdout)?.[1]) > 50, `the net dropped packets\n${said}`);
});

test("inside: everything arrives, once, in one order", { skip: !isInside }, async (t) => {
  const cluster = await Cluster.start(t, { instances: 2 });
  const watchers = await Promise.all(cluster.instances.map((instance, i) => JsonPeer.join(instance, "lossy", `watcher-${i}`)));
  const writers = cluster.instances.map((instance, i) => new Writer(instance, "lossy", `writer-${i}`, { seed: i + 1 }).start().upTo(kPushes));
  t.after(() => Promise.all(writers.map((writer) => writer.end?.())));
  await until("every push to be settled", () => writers.every((writer) => writer.isDone), {
    ms: 90_000,
    state: () => `${writers.map((writer) => `${writer.settled} of ${writer.pushes}`).join(", ")}\n${cluster.tail()}`,
  });
  const document = await cluster.document("lossy");
  assert.equal(document.seq, 2 * kPushes, "every push is in the log once");
  const told = await Promise.all(watchers.map(async (watcher) => {
    await until("a watcher to hear everything", () => watcher.heard.some((message) => message[0] === 3 && message[1] === document.seq));
    return watcher.heard.filter((message) => message[0] === 3).map((message) => `${message[1]} ${sumText(message[5])}`);
  }));
  assert.deepEqual(told[0], told[1], "both instances told the same history");
  assert.equal(told[0].length, document.seq);
});
