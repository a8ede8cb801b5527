// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Client, create, JsonPeer, MsgpackPeer, Outcome, Server } from "../server/support/peer.mjs";
import { roomCases } from "../server/support/room_cases.mjs";
import { until } from "../server/support/waits.mjs";
import { Cluster } from "./support/cluster.mjs";

/** Everybody of a case on another instance than the one before, beginning with `first`. */
const spread = (clusterOf, first) => ({
  at: (i) => clusterOf().instances[(first + i) % clusterOf().instances.length],
  document: (canvas) => clusterOf().document(canvas),
  withFlags: async (t, flags) => {
    const other = await Cluster.start(t, { flags });
    return spread(() => other, first);
  },
});

describe("two instances", () => {
  let cluster;
  before(() => (cluster = new Cluster()).start());
  after(() => cluster.remove());
  roomCases(spread(() => cluster, 0));

  it("R19: whoever comes learns of everybody, wherever they are, and each is there once", async () => {
    const peers = [];
    for (let i = 0; i < 6; ++i) {
      peers.push(await (i % 2 ? JsonPeer : MsgpackPeer).join(cluster.instances[i % 2], "all", `c${i}`, { presence: { i } }));
    }
    assert.equal(new Set(peers.map((peer) => peer.actor)).size, 6, "actors are numbered across instances");
    const joinsAt = (peer) => peer.heard.filter(([kind]) => kind === Server.presence).flatMap(([, batch]) => batch.join ?? []);
    const expected = peers.map((peer, i) => [peer.actor, { i }]).sort(([a], [b]) => a - b);
    for (const peer of peers) {
      await until(`${peer.client} to know all`, () => joinsAt(peer).length >= 6, { state: () => JSON.stringify(joinsAt(peer)) });
      assert.deepEqual(joinsAt(peer).map(([actor, , presence]) => [actor, presence]).sort(([a], [b]) => a - b), expected);
    }
    await peers[0].leave();
    peers[1].send([Client.cursor, 3, 4]);
    for (const peer of peers.slice(2)) {
      assert.deepEqual(await peer.presenceOf("leave", peers[0].actor), [peers[0].actor, "left"]);
      await peer.cursorOf(peers[1].actor, 3, 4);
    }
    for (const peer of peers.slice(1)) await peer.roundTrip();
    for (const peer of peers) assert.equal(joinsAt(peer).length, 6, "nobody is told to have come twice");
  });

  it("S2: pushes of both instances have one order, and everybody hears it", async () => {
    const kPushes = 200;
    const peers = await Promise.all([0, 1].map((i) => JsonPeer.join(cluster.instances[i], "order", `c${i}`)));
    await Promise.all(
      peers.map(async (peer) => {
        for (let n = 1; n <= kPushes; ++n) peer.push(n, create(`${peer.client}-${n}`));
        for (let n = 1; n <= kPushes; ++n) assert.equal((await peer.ack(n))[3], Outcome.commit);
      }),
    );
    const heardBy = (peer) => new Map(peer.heard.filter(([kind]) => kind === Server.ops || kind === Server.ack).map((m) => (m[0] === Server.ops ? [m[1], m[5]] : [m[2], m[5]])));
    for (const peer of peers) {
      if (!heardBy(peer).has(2 * kPushes)) await peer.ops(2 * kPushes);
      assert.equal(heardBy(peer).size, 2 * kPushes);
    }
    assert.deepEqual([...heardBy(peers[0])], [...heardBy(peers[1])], "the same sums in the same order");
    assert.equal((await cluster.document("order")).seq, 2 * kPushes);
  });

  it("R20, I3: whoever moves to an instance where nobody was keeps the actor, and nobody sees them go", async (t) => {
    const own = await Cluster.start(t, { instances: 3 });
    for (let i = 0; i < 10; ++i) {
      const watcher = await JsonPeer.join(own.instances[i % 3], `room-${i}`, "watcher");
      const ada = await JsonPeer.join(own.instances[(i + 1) % 3], `room-${i}`, "ada", { presence: { i } });
      await watcher.presenceOf("join", ada.actor);
      const before = watcher.heard.length;
      ada.drop();
      const back = await JsonPeer.join(own.instances[(i + 2) % 3], `room-${i}`, "ada");
      assert.equal(back.actor, ada.actor, `on room-${i}`);
      back.send([Client.event, "here", null]);
      await watcher.event("here");
      assert.deepEqual(watcher.heard.slice(before).filter(([kind]) => kind === Server.presence), []);
    }
  });

  it("R24: the people of an instance that is killed are gone within five seconds, and it may come back", async (t) => {
    const own = await Cluster.start(t);
    const ada = await JsonPeer.join(own.instances[0], "room", "ada");
    const bo = await JsonPeer.join(own.instances[1], "room", "bo");
    await ada.presenceOf("join", bo.actor);
    const killed = Date.now();
    await own.instances[1].kill();
    assert.deepEqual(await ada.presenceOf("leave", bo.actor), [bo.actor, "lost"]);
    assert.ok(Date.now() - killed < 5_000, `after ${Date.now() - killed} ms`);
    await own.instances[1].start();
    const back = await JsonPeer.join(own.instances[1], "room", "bo");
    await ada.presenceOf("join", back.actor);
    await back.presenceOf("join", ada.actor);
  });

  it("R23: the people of an instance that is stopped in good order move, and nobody sees them go", async (t) => {
    const own = await Cluster.start(t);
    const ada = await JsonPeer.join(own.instances[0], "room", "ada");
    const bo = await JsonPeer.join(own.instances[1], "room", "bo", { presence: { page: 1 } });
    await ada.presenceOf("join", bo.actor);
    const before = ada.heard.length;
    const [status] = await Promise.all([own.instances[1].stop(), bo.goodbye(4201)]);
    assert.equal(status, 0);
    const back = await JsonPeer.join(own.instances[0], "room", "bo");
    assert.equal(back.actor, bo.actor);
    back.send([Client.event, "here", null]);
    await ada.event("here");
    assert.deepEqual(ada.heard.slice(before).filter(([kind]) => kind === Server.presence), []);
  });
});

describe("two instances, the other way round", () => {
  let cluster;
  before(() => (cluster = new Cluster()).start({ postgres: {}, ack: "store" }));
  after(() => cluster.remove());
  roomCases(spread(() => cluster, 1));
});
