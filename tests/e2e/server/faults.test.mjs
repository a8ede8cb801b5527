// SPDX-License-Identifier: Apache-2.0
// The server under strace, which kills it at a chosen system call or makes that call fail.

import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";

import { JsonPeer, MsgpackPeer } from "./support/peer.mjs";
import { databaseFiles, kCalls, placesIn, requireStrace, spread, tamper, watch } from "./support/strace.mjs";
import { until } from "./support/waits.mjs";
import { freePort, makeFolder, Weft } from "./support/weft.mjs";
import { assertNothingLost, Writer } from "./support/writer.mjs";

const kPushes = 8;
const kExitStoreFatal = 70;

/** Two writers whose edits come in small groups, so that a short run has many commits. */
const makeWriters = (weft) =>
  [JsonPeer, MsgpackPeer].map((Peer, i) => new Writer(weft, "room", `w${i}`, { Peer, depth: 2, seed: i + 1 }));

/** A data folder with some history, closed in good order. */
async function makeData(t) {
  const data = join(makeFolder(t), "data");
  const weft = await Weft.start(t, { data });
  const writer = new Writer(weft, "room", "earlier").start().upTo(20);
  await writer.done();
  await writer.end();
  assert.equal(await weft.stop(), 0);
  return data;
}

/** The earlier history belongs to the document, too. */
async function assertWhole(weft, writers, hasEarlier) {
  const earlier = { canvas: "room", client: "earlier", pushes: 20 };
  if (!hasEarlier) return assertNothingLost(weft, writers);
  const reader = new Writer(weft, "room", "reader").start().upTo(0);
  try {
    await until("the reader to be in", () => reader.isDone && reader.seq > 0);
    await assertNothingLost(weft, [...writers, Object.assign(Object.create(reader), earlier)]);
  } finally {
    await reader.end();
  }
}

/**
 * A short run under strace: start, pushes, SIGTERM, end. When it ended before its time it is started again without strace, and
 * the writers go on. Either way nothing is lost or doubled. Returns how the run under strace ended and what was said.
 */
async function shortRun(t, { data, strace, hasEarlier = data !== undefined, during = async () => {} }) {
  const folder = join(makeFolder(t), "data");
  if (data !== undefined) cpSync(data, folder, { recursive: true });
  const weft = new Weft({ data: folder, port: await freePort(), strace: strace(folder) });
  t.after(() => weft.remove());
  const writers = makeWriters(weft);
  try {
    await weft.launch();
    weft.mayEnd();
    let ended;
    weft.exit.then((how) => (ended = how));
    for (const writer of writers) writer.start().upTo(kPushes);
    await until("the writers to be done, or the server to end", () => ended || writers.every((writer) => writer.isDone), {
      state: () => `${writers.map((writer) => writer.describe()).join("")}${weft.tail()}`,
    });
    await during(weft, writers);
    if (!ended) weft.signal("SIGTERM");
    const how = await weft.ended();
    const said = weft.log;

    await weft.start({ strace: null });
    for (const writer of writers) await writer.done();
    await assertWhole(weft, writers, hasEarlier);
    await weft.remove();
    return { ...how, said, refusals: writers.reduce((sum, writer) => sum + writer.refusals, 0) };
  } finally {
    for (const writer of writers) await writer.end();
  }
}

/** The calls of a run that nobody tampers with. */
async function findPlaces(t, data, calls, ofPaths = () => []) {
  const trace = join(makeFolder(t), "trace");
  const { code } = await shortRun(t, { data, strace: (folder) => watch(trace, calls, ofPaths(folder)) });
  assert.equal(code, 0);
  return placesIn(trace);
}

/** Runs one job for each item, two at a time: most of a run is waiting. */
async function forEach(items, job) {
  const queue = [...items];
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await job(item);
  };
  await Promise.all([work(), work()]);
}

describe("faults", () => {
  before(requireStrace);

  /** Kills at each place; returns how often that came to pass. */
  const killAt = async (t, data, places) => {
    let kills = 0;
    await forEach(places, async ({ call, k }) => {
      const run = await shortRun(t, { data, strace: () => tamper(call, "signal=SIGKILL", k) });
      if (run.signal === "SIGKILL") ++kills;
      else assert.equal(run.code, 0, run.said); // this run had fewer calls
    });
    t.diagnostic(`${places.length} places, ${kills} kills`);
    return kills;
  };

  it("V10: killed at any call while the database is made, nothing is lost", { timeout: 120_000 }, async (t) => {
    // The first thread makes the database, so the first calls are its own.
    const places = (await findPlaces(t, undefined, kCalls)).slice(0, 18);
    const kills = await killAt(t, undefined, places);
    assert.ok(kills >= 15, `${kills} kills`);
  });

  it("V10: killed at any call of commits, checkpoint and closing, nothing acknowledged is lost or doubled", { timeout: 120_000 }, async (t) => {
    const data = await makeData(t);
    const all = await findPlaces(t, data, kCalls);
    const places = [...new Set([...spread(all, 20), ...all.slice(-8)])];
    const kills = await killAt(t, data, places);
    assert.ok(kills >= places.length / 2, `${kills} kills`);
  });

  for (const error of ["EIO", "ENOSPC"]) {
    it(`V11: writes that fail with ${error} delay what was pushed, and nothing is lost or doubled`, { timeout: 120_000 }, async (t) => {
      const data = await makeData(t);
      const places = spread(await findPlaces(t, data, ["pwrite64"], databaseFiles), 10);
      let recovered = 0;
      let refusals = 0;
      await forEach(places, async ({ call, k }) => {
        const run = await shortRun(t, { data, strace: (folder) => tamper(call, `error=${error}`, `${k}..${k + 1}`, databaseFiles(folder)) });
        assert.equal(run.code, 0, run.said);
        if (/can be written again; nothing was lost/.test(run.said)) ++recovered;
        refusals += run.refusals;
      });
      t.diagnostic(`${places.length} places, ${recovered} recoveries, ${refusals} refused pushes`);
      assert.ok(recovered > 0);
    });
  }

  it("V11: while nothing can be written new pushes are answered unavailable and readyz is 503", { timeout: 60_000 }, async (t) => {
    const data = await makeData(t);
    const statuses = new Set();
    const readiness = async (weft) => {
      const response = await fetch(`${weft.http}/readyz`);
      await response.text();
      statuses.add(response.status);
      return response.status;
    };
    let late;
    const run = await shortRun(t, {
      data,
      // Attempts fail for some time: they come 100, 200, 400 and 800 ms apart.
      strace: (folder) => tamper("pwrite64", "error=ENOSPC", "60..64", databaseFiles(folder)),
      during: async (weft, writers) => {
        late = new Writer(weft, "room", "late").start().upTo(0);
        for (const writer of writers) writer.upTo(20 * kPushes);
        writers.push(late);
        // Those who write wait for what is under way; somebody else comes while it fails.
        await until("readyz to be 503", async () => (await readiness(weft)) === 503, { everyMs: 5, state: () => weft.tail() });
        late.upTo(4);
        await until("the writers to be done", () => writers.every((writer) => writer.isDone), { state: () => weft.tail() });
        assert.equal(await readiness(weft), 200);
      },
    });
    assert.match(run.said, /weft\.db cannot be written .*new edits are refused until it can/);
    assert.match(run.said, /weft\.db can be written again; nothing was lost/);
    assert.ok(late.refusals > 0, "new pushes were answered unavailable");
    assert.deepEqual([...statuses].sort(), [200, 503]);
    assert.equal(run.code, 0);
  });

  it("V12: a sync that fails ends the process with 70 and a sentence, and nothing acknowledged is lost or doubled", { timeout: 120_000 }, async (t) => {
    const data = await makeData(t);
    const places = spread(await findPlaces(t, data, ["fdatasync", "fsync"], databaseFiles), 12);
    let stops = 0;
    await forEach(places, async ({ call, k }) => {
      const run = await shortRun(t, { data, strace: (folder) => tamper(call, "error=EIO", k, databaseFiles(folder)) });
      if (run.code === 0) return; // this run had fewer syncs
      ++stops;
      assert.equal(run.code, kExitStoreFatal, run.said);
      assert.match(run.said, /critical The disk did not make sure of what was written to .*weft\.db .*the server stops\. Check the disk/);
    });
    t.diagnostic(`${places.length} syncs, ${stops} stops`);
    assert.ok(stops >= places.length / 2, `${stops} stops`);
  });
});
