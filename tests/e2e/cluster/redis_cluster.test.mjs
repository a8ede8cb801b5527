// SPDX-License-Identifier: Apache-2.0
// Instances on a Redis Cluster of three nodes: each canvas is on one of them, by its hash slot.

import assert from "node:assert/strict";
import { it } from "node:test";

import { Client, create, JsonPeer, Outcome } from "../server/support/peer.mjs";
import { until } from "../server/support/waits.mjs";
import { freePort, Weft } from "../server/support/weft.mjs";
import { durable, Redis } from "./support/redis.mjs";

const kSlots = 16_384;
const kNodes = 3;
const kCanvases = ["amber", "birch", "cedar", "dune", "elm", "fern", "grove", "heath", "iris"];

async function startNodes(t) {
  const options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no", ...durable];
  const nodes = [];
  // By itself a node takes the port 10,000 above its own for the others, which may be anybody's.
  const busPorts = [];
  for (let i = 0; i < kNodes; ++i) {
    busPorts.push(await freePort());
    nodes.push(await Redis.start(t, [...options, "--cluster-port", `${busPorts[i]}`]));
  }
  for (const [i, node] of nodes.entries()) {
    const first = Math.floor((i * kSlots) / kNodes);
    const last = Math.floor(((i + 1) * kSlots) / kNodes) - 1;
    await node.command("CLUSTER", "ADDSLOTSRANGE", first, last);
    await node.command("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
    if (i > 0) await node.command("CLUSTER", "MEET", "127.0.0.1", nodes[0].port, busPorts[0]);
  }
  for (const node of nodes) {
    await until("the nodes to know each other", async () => {
      const info = await node.command("CLUSTER", "INFO");
      return info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${kNodes}`) && info.includes(`cluster_slots_ok:${kSlots}`);
    }, { state: () => node.tail() });
  }
  return nodes;
}

async function startInstances(t, nodes) {
  const url = `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
  return Promise.all([0, 1].map(async () =>
    Weft.start(t, { data: null, port: await freePort(), flags: ["--redis", url, "--redis-settle-seconds", "0"] })));
}

const nodeOf = async (nodes, canvas) => {
  const slot = await nodes[0].command("CLUSTER", "KEYSLOT", `weft:{${canvas}}:meta`);
  return Math.floor((slot * kNodes) / kSlots);
};

it("I14: instances on a Redis Cluster share canvases of every node, and a node that dies takes only its own along until it is back", async (t) => {
  const nodes = await startNodes(t);
  const [here, there] = await startInstances(t, nodes);
  const places = new Map();
  for (const canvas of kCanvases) places.set(canvas, await nodeOf(nodes, canvas));
  assert.equal(new Set(places.values()).size, kNodes, "the canvases are spread over all nodes");

  const pairs = new Map();
  for (const canvas of kCanvases) {
    const ada = await JsonPeer.join(here, canvas, "ada");
    const bo = await JsonPeer.join(there, canvas, "bo");
    pairs.set(canvas, { ada, bo });
    await ada.presenceOf("join", bo.actor);
    bo.send([Client.cursor, 7, 8]);
    await ada.cursorOf(bo.actor, 7, 8);
    assert.equal((await ada.pushed(1, create("a")))[3], Outcome.commit);
    assert.deepEqual((await bo.ops(1))[4], [create("a")]);
  }

  const dead = places.get(kCanvases[0]);
  const lost = kCanvases.filter((canvas) => places.get(canvas) === dead);
  const others = kCanvases.filter((canvas) => places.get(canvas) !== dead);
  await nodes[dead].kill();
  for (const canvas of lost) pairs.get(canvas).ada.send([Client.push, 2, [create("b")]]);
  for (const canvas of others) {
    const { ada, bo } = pairs.get(canvas);
    assert.equal((await bo.pushed(1, create("b")))[3], Outcome.commit);
    await ada.ops(2);
  }
  await nodes[dead].start();
  for (const canvas of lost) {
    const { ada, bo } = pairs.get(canvas);
    assert.equal((await ada.ack(2))[3], Outcome.commit);
    await bo.ops(2);
    bo.send([Client.cursor, 9, 9]);
    await ada.cursorOf(bo.actor, 9, 9);
  }
  for (const instance of [here, there]) {
    await until("the instance to be ready again", async () => (await fetch(`${instance.http}/readyz`)).status === 200, { state: () => instance.tail() });
  }
  for (const { ada, bo } of pairs.values()) assert.ok(!ada.closed && !bo.closed, "nobody lost the link");
});
