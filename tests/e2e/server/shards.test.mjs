// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { it } from "node:test";

import { Client, create, JsonPeer, MsgpackPeer, Outcome, Server } from "./support/peer.mjs";
import { seeded, until } from "./support/waits.mjs";
import { makeFolder, Weft } from "./support/weft.mjs";

const formOf = (i) => (i % 2 ? JsonPeer : MsgpackPeer);
const actorsOf = (peer) => {
  const here = new Set();
  for (const [kind, batch] of peer.heard) {
    if (kind !== Server.presence) continue;
    for (const [actor] of batch.join ?? []) here.add(actor);
    for (const [actor] of batch.leave ?? []) here.delete(actor);
  }
  return [...here].sort((a, b) => a - b);
};

it("V13: over four shards each canvas keeps to itself", { timeout: 60_000 }, async (t) => {
  const kCanvases = 48;
  const weft = await Weft.start(t, { data: makeFolder(t), flags: ["--shards", "4"] });
  assert.match(weft.log, /with 4 shards/);
  const rooms = await Promise.all(
    Array.from({ length: kCanvases }, async (_, i) => ({
      name: `canvas-${i}`,
      peers: await Promise.all(["a", "b", "c"].map((client, k) => formOf(i + k).join(weft, `canvas-${i}`, client))),
    })),
  );
  await Promise.all(
    rooms.map(async ({ name, peers: [a, b, c] }, i) => {
      a.send([Client.cursor, i, 1], [Client.event, name, i]);
      const [, , seq, outcome] = await a.pushed(1, create(name));
      assert.deepEqual([seq, outcome], [1, Outcome.commit]);
      for (const peer of [b, c]) {
        await peer.cursorOf(a.actor, i, 1);
        assert.equal((await peer.event(name))[3], i);
        assert.deepEqual((await peer.ops(1))[4], [create(name)]);
      }
      assert.deepEqual((await weft.document(name)).entities.map(({ id }) => id), [name]);
    }),
  );
  for (const { name, peers } of rooms) {
    for (const peer of peers) {
      await until(`all three to be known on ${name}`, () => actorsOf(peer).length === 3);
      const events = peer.heard.filter((message) => message[0] === Server.event);
      assert.ok(events.every((message) => message[2] === name), "no event of another canvas");
      assert.ok(peer.heard.filter((message) => message[0] === Server.ops).every((message) => message[4][0][1] === name));
    }
  }
});

it("V14: 500 sessions come, go and break off; presence stays exact; a drain tells all who are there", { timeout: 120_000 }, async (t) => {
  const kSessions = 500;
  const kCanvases = 25;
  const kWaves = 3;
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  const random = seeded(seed);
  const weft = await Weft.start(t, {
    data: makeFolder(t),
    flags: ["--shards", "3", "--presence-grace-seconds", "0.5", "--drain-seconds", "1"],
  });
  const canvasOf = (i) => `room-${i % kCanvases}`;
  const pushes = new Map();
  const come = async (i) => {
    const peer = await formOf(i).join(weft, canvasOf(i), `client-${i}`, { presence: { i } });
    const n = peer.welcome.n + 1;
    peer.send([Client.cursor, i, n], [Client.event, "here", i]);
    assert.equal((await peer.pushed(n, create(`e-${i}-${n}`)))[3], Outcome.commit);
    pushes.set(canvasOf(i), (pushes.get(canvasOf(i)) ?? 0) + 1);
    return peer;
  };
  const all = Array.from({ length: kSessions }, (_, i) => i);
  const here = new Map((await Promise.all(all.map(come))).map((peer, i) => [i, peer]));

  for (let wave = 0; wave < kWaves; ++wave) {
    const movers = all.filter(() => random() < 0.4);
    await Promise.all(
      movers.map(async (i) => {
        const peer = here.get(i);
        const dice = random();
        // Closed, cut off, or still there when the newer session takes over.
        if (dice < 0.4) await peer.leave();
        else if (dice < 0.8) peer.drop();
        here.set(i, await come(i));
        if (dice >= 0.8) await peer.goodbye(4006);
      }),
    );
  }
  for (const i of all) assert.equal(here.get(i).closed, undefined, `client-${i} is connected`);

  // A third leaves for good, and what everybody knows is who is there.
  for (const i of all.filter((i) => i % 3 === 0)) {
    if (random() < 0.5) here.get(i).drop();
    else await here.get(i).leave();
    here.delete(i);
  }
  for (const [i, peer] of here) {
    const expected = [...here].filter(([k]) => canvasOf(k) === canvasOf(i)).map(([, other]) => other.actor).sort((a, b) => a - b);
    await until(`client-${i} to know exactly who is there`, () => actorsOf(peer).join() === expected.join(), {
      state: () => `It knows ${actorsOf(peer)}, there are ${expected}.`,
    });
  }
  for (const [canvas, count] of pushes) assert.equal((await weft.document(canvas)).seq, count);

  // Full again, and then a drain.
  for (const peer of await Promise.all(all.filter((i) => i % 3 === 0).map(come))) here.set(Number(peer.client.slice(7)), peer);
  assert.equal(here.size, kSessions);
  const start = Date.now();
  const told = [];
  const ends = [...here.values()].map(async (peer) => {
    const { advice } = await peer.goodbye(4201);
    told.push(Date.now() - start);
    assert.deepEqual([advice.retry, advice.after], [true, [100, 5000]]);
  });
  const code = await weft.stop();
  await Promise.all(ends);
  assert.equal(code, 0);
  told.sort((a, b) => a - b);
  t.diagnostic(`told between ${told[0]} and ${told.at(-1)} ms`);
  assert.ok(told.at(-1) - told[0] > 300, "the goodbyes are spread over the window");

  await weft.start();
  for (const [canvas, count] of pushes) assert.equal((await weft.document(canvas)).seq, count);
});

it("V14: over sessions-max and sessions-per-canvas-max a session is refused with its code, and the others stay", async (t) => {
  const weft = await Weft.start(t, { flags: ["--shards", "1", "--sessions-max", "6", "--sessions-per-canvas-max", "3"] });
  const refused = async (canvas, code) => {
    const peer = await JsonPeer.open(weft, canvas, "late");
    peer.hello();
    return peer.goodbye(code);
  };
  const first = [];
  for (let i = 0; i < 3; ++i) first.push(await JsonPeer.join(weft, "one", `c${i}`));
  assert.match((await refused("one", 4003)).reason, /3 .*sessions_per_canvas_max/);
  for (let i = 0; i < 3; ++i) first.push(await JsonPeer.join(weft, "two", `c${i}`));
  const overloaded = await refused("three", 4202);
  assert.match(overloaded.reason, /6 .*sessions_max/);
  assert.equal(overloaded.advice.retry, true);
  for (const peer of first) await peer.roundTrip();
  await first[5].leave();
  await JsonPeer.join(weft, "three", "late");
});
