// SPDX-License-Identifier: Apache-2.0
// The other side of V16: with a protection switched off the checker finds what was lost, on real processes. And the protection
// by those who outlive Redis is seen to be worth something by itself.

import assert from "node:assert/strict";
import { it } from "node:test";

import { create, JsonPeer } from "../server/support/peer.mjs";
import { until } from "../server/support/waits.mjs";
import { complaintsAbout } from "./support/checker.mjs";
import { Cluster } from "./support/cluster.mjs";

const kPushes = 20;
const forgetful = []; // no append-only file, no snapshots: what Redis keeps ends with its process

async function acknowledged(instance) {
  const writer = await JsonPeer.join(instance, "board", "writer");
  const acks = [];
  for (let n = 1; n <= kPushes; ++n) acks.push({ client: "writer", n, seq: (await writer.pushed(n, create(`writer.${n}`)))[2] });
  return acks;
}

/** Of the pushes only; nobody watches. */
async function complaintsAboutPushes(cluster, acks) {
  const documents = await Promise.all(cluster.living.map(async (instance, i) => {
    const response = await fetch(`${instance.http}/v1/canvases/board`);
    const { epoch = 0, seq = 0, entities = [] } = response.status === 200 ? await response.json() : {};
    return { from: `instance ${i}`, epoch, seq, entities: new Map(entities.map(({ id, type, properties }) => [id, { type, properties }])) };
  }));
  return complaintsAbout({ pushes: new Map([["writer", kPushes]]), makesEntity: () => true, acks, documents, witnesses: [], present: [] });
}

it("V16: without persistence, and with nobody who outlives Redis, acknowledged pushes are lost, and the checker says so", async (t) => {
  const cluster = await Cluster.start(t, { redis: forgetful });
  const acks = await acknowledged(cluster.instances[0]);
  await Promise.all(cluster.instances.map((instance) => instance.kill()));
  await cluster.redis.restart();
  await Promise.all(cluster.instances.map((instance) => instance.start()));
  const complaints = await complaintsAboutPushes(cluster, acks);
  assert.ok(complaints.some((sentence) => sentence.includes("push writer.1 is missing")), complaints.join("\n"));
});

it("V16: without persistence an instance that outlives Redis brings everything back", async (t) => {
  const cluster = await Cluster.start(t, { redis: forgetful });
  const watcher = await JsonPeer.join(cluster.instances[1], "board", "watcher");
  const acks = await acknowledged(cluster.instances[0]);
  await watcher.ops(kPushes);
  await cluster.instances[0].kill();
  await cluster.redis.restart({ keepsData: false });
  let complaints;
  await until("the survivor's history to be in Redis again", async () => {
    complaints = await complaintsAboutPushes(cluster, acks);
    return complaints.length === 0 && (await fetch(`${cluster.instances[1].http}/readyz`)).status === 200;
  }, { state: () => `${complaints?.slice(0, 5).join("\n")}\n${cluster.tail()}` });
  await cluster.instances[0].start();
  assert.deepEqual(await complaintsAboutPushes(cluster, acks), [], "a fresh instance has it from Redis");
});
