// SPDX-License-Identifier: Apache-2.0
// weft bench against real servers: what it counts must be what arrives. No time is asserted.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

import { until, within } from "./support/waits.mjs";
import { binary, freePort, makeFolder, runWeft, Weft } from "./support/weft.mjs";

const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A bench that has begun; `ended` comes with {status, signal, stdout, stderr}. */
function begin(args) {
  const child = spawn(binary, ["bench", ...args, "--json", "--progress"], { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"]) child[stream].on("data", (chunk) => (said[stream] += chunk));
  const ended = new Promise((resolve) =>
    child.on("close", (status, signal) => {
      running.delete(child);
      resolve({ status, signal, ...said });
    }),
  );
  return { child, said, ended };
}

const urlOf = (weft) => `ws://127.0.0.1:${weft.port}`;

/** Runs a scenario to its end and gives the report. */
async function measure(servers, args) {
  const urls = servers.flatMap((weft) => ["--url", urlOf(weft), "--pid", String(weft.pid)]);
  const { status, stdout, stderr } = await runWeft(["bench", ...args, ...urls, "--json"]);
  assert.equal(status, 0, stderr);
  const report = JSON.parse(stdout);
  assert.equal(report.processes.length, servers.length);
  for (const { cpu_seconds, resident_bytes_max } of report.processes) {
    assert.ok(cpu_seconds >= 0);
    assert.ok(resident_bytes_max > 1_000_000);
  }
  return report;
}

function assertAllStayed(report, people) {
  assert.deepEqual(report.people, { wanted: people, joined: people, here_at_end: people, lost: {} });
  assert.deepEqual([report.goodbyes, report.errors], [{}, {}]);
  assert.equal(report.interrupted, false);
}

function assertOrdered({ count, p50, p90, p99, p999, max }, expected) {
  assert.equal(count, expected);
  assert.ok(0 <= p50 && p50 <= p90 && p90 <= p99 && p99 <= p999 && p999 <= max, "percentiles rise");
}

it("bench cursors: what is sent follows the schedule, and everybody hears everybody else", async (t) => {
  const weft = await Weft.start(t);
  const report = await measure([weft], ["cursors", "--rooms", "3", "--people", "4", "--rate", "10", "--seconds", "1", "--warmup", "0.3"]);
  assertAllStayed(report, 12);
  const { sent, heard, to_hear } = report.moves;
  assert.equal(sent, 120);
  assert.equal(to_hear, sent * 3);
  // Of two moves that fall into one tick only the later is told (S3); ten a second rarely do.
  assert.ok(heard > to_hear / 2 && heard <= to_hear, `${heard} of ${to_hear} were heard`);
  assertOrdered(report.latency_us.move, heard);
  assert.ok("server" in report.cpu_us_per_delivery);
});

it("bench cursors with movers and views: a move is to be heard by those who see it", async (t) => {
  const weft = await Weft.start(t);
  const args = ["--people", "32", "--movers", "4", "--plane", "4", "--rate", "10", "--seconds", "1", "--warmup", "0.3"];
  const report = await measure([weft], ["cursors", ...args]);
  assertAllStayed(report, 32);
  const { sent, heard, to_hear } = report.moves;
  assert.equal(sent, 40);
  // Two people on each of 16 squares. The movers are in the last row: two at its corners, who are seen
  // from four squares, and two between them, from six; nobody hears themselves.
  assert.equal(to_hear, 10 * 2 * (7 + 11));
  assert.ok(heard > to_hear / 2 && heard <= to_hear, `${heard} of ${to_hear} were heard`);
});

it("bench concepts: every push is answered and told to all others, over two threads", async (t) => {
  const weft = await Weft.start(t, { data: makeFolder(t) });
  const args = ["concepts", "--rooms", "2", "--people", "5", "--rate", "5", "--seconds", "1", "--warmup", "0.5", "--threads", "2"];
  for (const run of [1, 2]) {
    // The second run finds its entities and goes on with the numbers.
    const report = await measure([weft], args);
    assertAllStayed(report, 10);
    const { sent, acks, heard, to_hear, held_back } = report.pushes;
    assert.equal(sent, 50, `run ${run}`);
    assert.deepEqual(acks, { commit: 50, no_effect: 0, rebased: 0, rejected: 0, duplicate: 0 });
    assert.deepEqual([heard, to_hear, held_back], [200, 200, 0]);
    assertOrdered(report.latency_us.ack, 50);
    assertOrdered(report.latency_us.push, 200);
  }
  assert.equal((await weft.document("bench-0")).entities.length, 5);
});

it("bench join: everybody gets in and gets the whole document", async (t) => {
  const weft = await Weft.start(t);
  const report = await measure([weft], ["join", "--rooms", "2", "--people", "20", "--seconds", "1", "--entities", "450"]);
  assertAllStayed(report, 40);
  for (const step of ["connect", "welcome", "first_part", "document"]) assertOrdered(report.latency_us[step], 40);
  assert.equal((await weft.document("bench-1")).entities.length, 450);
});

it("bench idle: connections are held", async (t) => {
  const weft = await Weft.start(t);
  const report = await measure([weft], ["idle", "--rooms", "10", "--people", "20", "--seconds", "1"]);
  assertAllStayed(report, 200);
  const [server] = report.processes;
  assert.ok(server.resident_bytes_end > server.resident_bytes_before, "connections take memory");
});

it("bench cursors with movers and listeners: viewers hear them, and those who listen are counted", async (t) => {
  const weft = await Weft.start(t);
  const report = await measure([weft], ["cursors", "--people", "20", "--movers", "2", "--listeners", "5", "--rate", "10", "--seconds", "1", "--warmup", "0.3"]);
  assertAllStayed(report, 20);
  const { sent, heard, to_hear } = report.moves;
  assert.equal(sent, 20);
  // Every fourth person listens and the last two move: one of these is a listener, too, and does not hear itself.
  assert.equal(to_hear, 20 * 5 - 10);
  assert.ok(heard > to_hear / 2 && heard <= to_hear, `${heard} of ${to_hear} were heard`);
  assert.ok(report.deliveries > heard * 2, `${report.deliveries} deliveries to all, where five people heard ${heard}`);
});

it("bench concepts with pushes in flight: each ack brings the next, and every push is answered", async (t) => {
  const weft = await Weft.start(t);
  const report = await measure([weft], ["concepts", "--rooms", "2", "--people", "3", "--in-flight", "4", "--seconds", "1", "--warmup", "0.3"]);
  assertAllStayed(report, 6);
  const { sent, acks, heard, to_hear } = report.pushes;
  assert.ok(sent > 6 * 4, `${sent} pushes: more than were begun with`);
  assert.deepEqual(acks, { commit: sent, no_effect: 0, rebased: 0, rejected: 0, duplicate: 0 });
  assert.deepEqual([heard, to_hear], [sent * 2, sent * 2]);
});

it("bench stalled: those who read hear those who move, whatever the others do", async (t) => {
  const weft = await Weft.start(t);
  const report = await measure([weft], ["stalled", "--people", "10", "--stalled-share", "0.3", "--rate", "10", "--seconds", "1", "--warmup", "0.3"]);
  assert.equal(report.people.joined, 10);
  assert.deepEqual(report.people.lost, {});
  assert.equal(report.moves.sent, 70);
  assert.equal(report.moves.to_hear, 70 * 6);
  assert.ok(report.moves.heard > 70 * 3 && report.moves.heard <= 70 * 6);
});

it("bench spreads people over several servers", async (t) => {
  const servers = [await Weft.start(t), await Weft.start(t)];
  const report = await measure(servers, ["idle", "--rooms", "1", "--people", "6", "--seconds", "0.2"]);
  assertAllStayed(report, 6);
  for (const weft of servers) assert.equal((await weft.lastSeen("bench-0")).length, 3);
});

it("bench with a server that is killed in the middle reports what it had, and says so", { timeout: 60_000 }, async (t) => {
  const weft = await Weft.start(t);
  const bench = begin(["cursors", "--people", "5", "--seconds", "60", "--warmup", "0", "--url", urlOf(weft), "--pid", String(weft.pid)]);
  await until("moves to be heard", () => /measuring .* [1-9]\d* heard/.test(bench.said.stderr), { state: () => bench.said.stderr });
  await weft.kill();
  const { status, stdout, stderr } = await within("bench to end", bench.ended, { state: () => bench.said.stderr });
  assert.equal(status, 0, stderr);
  const report = JSON.parse(stdout);
  assert.ok(report.moves.heard > 0);
  assert.ok(report.measured_seconds < 60);
  assert.equal(report.people.here_at_end, 0);
  assert.equal(Object.values(report.people.lost).reduce((a, b) => a + b), 5);
  assert.match(report.notes.join("\n"), /All connections were lost .* s after the measurement began\./);
  assert.equal(report.processes[0].cpu_seconds, null);
});

it("bench counts the goodbyes of a server that drains by their name", { timeout: 60_000 }, async (t) => {
  const weft = await Weft.start(t);
  const bench = begin(["cursors", "--people", "5", "--seconds", "60", "--warmup", "0", "--url", urlOf(weft)]);
  await until("moves to be heard", () => /measuring .* [1-9]\d* heard/.test(bench.said.stderr), { state: () => bench.said.stderr });
  await weft.stop();
  const { status, stdout } = await within("bench to end", bench.ended, { state: () => bench.said.stderr });
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(stdout).goodbyes, { draining: 5 });
});

it("bench ends early on SIGINT, with what was measured", { timeout: 60_000 }, async (t) => {
  const weft = await Weft.start(t);
  const bench = begin(["concepts", "--people", "3", "--rate", "20", "--seconds", "60", "--warmup", "0", "--url", urlOf(weft)]);
  await until("pushes to be heard", () => /measuring .* [1-9]\d* heard/.test(bench.said.stderr), { state: () => bench.said.stderr });
  bench.child.kill("SIGINT");
  const { status, stdout } = await within("bench to end", bench.ended, { state: () => bench.said.stderr });
  assert.equal(status, 0);
  const report = JSON.parse(stdout);
  assert.equal(report.interrupted, true);
  assert.ok(report.pushes.sent > 0 && report.measured_seconds < 60);
  assert.equal(report.people.here_at_end, 3);
});

it("bench mints tokens with a key, and says what a server without one tells it", async (t) => {
  const folder = makeFolder(t);
  const key = join(folder, "key");
  writeFileSync(key, "0123456789abcdef0123456789abcdef0123456789", { mode: 0o600 });
  const weft = await Weft.start(t, { flags: ["--auth-key", key] });
  assertAllStayed(await measure([weft], ["idle", "--people", "4", "--seconds", "0.2", "--auth-key", key]), 4);

  const { status, stderr } = await runWeft(["bench", "idle", "--people", "4", "--url", urlOf(weft)]);
  assert.equal(status, 1);
  assert.match(stderr, /^weft: Nobody got in: goodbye token_invalid: .*\(4 times\)/);
});

it("bench says that nobody listens", async () => {
  const { status, stdout, stderr } = await runWeft(["bench", "cursors", "--people", "3", "--url", `ws://127.0.0.1:${await freePort()}`]);
  assert.deepEqual([status, stdout, stderr], [1, "", "weft: Nobody got in: Connection refused (3 times).\n"]);
});
