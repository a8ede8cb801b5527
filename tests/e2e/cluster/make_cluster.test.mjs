// SPDX-License-Identifier: Apache-2.0
// `make cluster` as its user meets it: through the proxy, with parts of it killed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, create, MsgpackPeer, Outcome } from "../server/support/peer.mjs";
import { until } from "../server/support/waits.mjs";
import { MadeCluster } from "./support/make_cluster.mjs";

test("V18: make cluster serves through the proxy, and heals when an instance and Redis are killed", async (t) => {
  const cluster = await MadeCluster.start(t);
  const state = () => cluster.tail();
  const proxy = { port: cluster.port, owns: (peer) => peer, tail: state };
  // Round robin: three in a row are on three instances.
  const people = [];
  for (const name of ["ada", "bo", "cy"]) people.push(await MsgpackPeer.join(proxy, "try", name, { name }));
  t.after(() => people.forEach((peer) => peer.drop()));
  const [ada, bo, cy] = people;
  assert.equal(new Set(people.map((peer) => peer.actor >> 8)).size, 3, "each instance gives actors from a range of its own");
  ada.send([Client.cursor, 512, 300]);
  await bo.cursorOf(ada.actor, 512, 300);
  await cy.cursorOf(ada.actor, 512, 300);
  assert.equal((await ada.pushed(1, create("a")))[3], Outcome.commit);
  await bo.ops(1);

  cluster.kill("weft 1");
  await until("somebody to lose the link", () => people.some((peer) => peer.closed), { state });
  const lost = people.find((peer) => peer.closed);
  const others = people.filter((peer) => peer !== lost);
  const back = await MsgpackPeer.join(proxy, "try", lost.client, { name: lost.client });
  assert.equal(back.actor, lost.actor, "whoever returns within the grace period keeps the place");
  assert.equal((await others[0].pushed(others[0] === ada ? 2 : 1, create("b")))[3], Outcome.commit);
  await back.ops(2);
  await cluster.isReady(1);

  cluster.kill("redis");
  const n = back.welcome.n + 1;
  back.send([Client.push, n, [create("c")]]);
  // It is acknowledged when Redis is back; nobody lost the link meanwhile.
  assert.equal((await back.ack(n))[3], Outcome.commit);
  await others[1].ops(3);
  assert.ok([back, ...others].every((peer) => !peer.closed), "everybody stayed connected");
  for (const instance of [1, 2, 3]) {
    await cluster.isReady(instance);
    const document = await (await fetch(`${cluster.addressOf(instance)}/v1/canvases/try`)).json();
    assert.deepEqual(document.entities.map((entity) => entity.id).sort(), ["a", "b", "c"]);
  }
  assert.deepEqual(await cluster.stop(), [], "nothing is left behind");
});
