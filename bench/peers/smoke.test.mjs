// SPDX-License-Identifier: Apache-2.0
// Every peer for one second with few people: what is sent arrives, and the results have every figure. Says nothing about
// speed. make bench-peers-smoke
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { measure } from "./measure.mjs";
import { peers } from "./peers.mjs";
import { report } from "./report.mjs";
import { run } from "./run.mjs";
import { smokeWorkloads } from "./workloads.mjs";

const kSettings = { runs: 1, seconds: 1, warmUp: 0.5 };
const kFigures = [
  "us_per_delivery", "deliveries_per_second", "delivered_share", "p50_ms", "p99_ms", "held_back", "server_cores",
  "generator_cores", "connections_lost", "generator_limited",
];
/** Positions are fresh or worthless, so a busy machine may merge some; an edit is never lost, but may be late. */
const kShareMin = 0.5;

const out = mkdtempSync(join(tmpdir(), "weft-peers-smoke-"));
after(() => rmSync(out, { recursive: true, force: true }));
const results = await run({ ...kSettings, peers, workloads: smokeWorkloads, out }, () => {});

for (const row of results.rows) {
  test(`${row.peer}: ${row.workload}`, () => {
    assert.equal(row.median.error, undefined);
    assert.equal(row.median.connections_lost, 0);
    if (row.deed === "idle") {
      assert.equal(typeof row.median.bytes_per_connection, "number");
      return;
    }
    for (const name of kFigures) assert.ok(row.median[name] !== undefined && row.median[name] !== null, name);
    assert.ok(row.median.delivered_share > kShareMin, `${row.median.delivered_share} of what was sent arrived`);
    assert.ok(row.median.p50_ms > 0 && row.median.p50_ms <= row.median.p99_ms, "latencies are in order");
  });
}

test("every peer took part in all it lists", () => {
  const expected = peers.filter((peer) => peer.isAvailable?.() ?? true).flatMap((peer) => peer.deeds.map((deed) => `${peer.name} ${deed}`));
  const deedOf = (row) => smokeWorkloads.find((workload) => workload.name === row.workload).for;
  assert.deepEqual(results.rows.map((row) => `${row.peer} ${deedOf(row)}`).sort(), expected.sort());
});

test("the results name machine, kernel, versions and commit", () => {
  const written = JSON.parse(readFileSync(join(out, "latest.json"), "utf8"));
  for (const name of ["processor", "cores", "memory_gib", "kernel", "system"]) assert.ok(written.machine[name], name);
  assert.ok(written.commit && written.date && written.versions.tools.redis);
  for (const peer of new Set(written.rows.map((row) => row.peer).filter((name) => name !== "limit"))) {
    assert.ok(written.versions[peer].every((version) => /\d/.test(version)) && written.versions[peer].length > 0, peer);
  }
});

test("a report is made of them", () => {
  const files = report(results);
  assert.match(files["tables.md"], /Weft/);
  for (const text of Object.values(files)) assert.ok(!/NaN|undefined|Infinity/.test(text), text);
});

test("a peer that does not start is told as an error, and nothing of it is left", async () => {
  let running;
  const broken = {
    ...peers.find((peer) => peer.name === "limit"),
    wire: "nothing",
    async start(context) {
      await peers.find((peer) => peer.name === "limit").start(context);
      running = context.started[0].child.pid;
    },
  };
  const figures = await measure(broken, smokeWorkloads[0], kSettings);
  assert.match(figures.error, /no wire "nothing"/);
  assert.throws(() => process.kill(running, 0), { code: "ESRCH" });
});
