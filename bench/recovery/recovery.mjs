// SPDX-License-Identifier: Apache-2.0
// How long people notice that something died: the table of docs/operations.md.
//
//   make bench-recovery            all of it, about two minutes
//
// Two instances on one Redis that syncs every edit. Times are those that clients see. Prints Markdown.

import { cpus } from "node:os";

import WebSocket from "ws";
import { decodeMulti, encode } from "@msgpack/msgpack";

import { Cluster } from "../../tests/e2e/cluster/support/cluster.mjs";
import { Client, create, MsgpackPeer, Server } from "../../tests/e2e/server/support/peer.mjs";
import { until } from "../../tests/e2e/server/support/waits.mjs";

const kCrashes = 10;
const kRedisKills = 10;
const kSessions = Number(process.env.SESSIONS ?? 5_000);
const kCanvases = 50;

const sorted = (times) => [...times].sort((a, b) => a - b);
const at = (times, share) => sorted(times)[Math.min(times.length - 1, Math.floor(times.length * share))];
const row = (what, times) => console.log(`| ${what} | ${at(times, 0.5)} | ${at(times, 1)} | ${times.length} |`);

async function crashToLeave(cluster) {
  const times = [];
  for (let i = 0; i < kCrashes; ++i) {
    const [dying, surviving] = i % 2 === 0 ? cluster.instances : [...cluster.instances].reverse();
    const watcher = await MsgpackPeer.join(surviving, `crash-${i}`, "watcher");
    const ghost = await MsgpackPeer.join(dying, `crash-${i}`, "ghost");
    await watcher.presenceOf("join", ghost.actor);
    const killed = Date.now();
    await dying.kill();
    await watcher.presenceOf("leave", ghost.actor);
    times.push(Date.now() - killed);
    watcher.drop();
    ghost.drop();
    await dying.start();
  }
  return times;
}

const isReady = async (instance) => (await fetch(`${instance.http}/readyz`).catch(() => ({}))).status === 200;

/** From the moment at which Redis answers again until what was pushed meanwhile is acknowledged everywhere. */
async function redisRestart(cluster) {
  const times = [];
  for (let i = 0; i < kRedisKills; ++i) {
    const peers = await Promise.all(cluster.instances.map((instance, n) => MsgpackPeer.join(instance, `redis-${i}`, `writer-${n}`)));
    await cluster.redis.kill();
    peers.forEach((peer, n) => peer.send([Client.push, 1, [create(`from-${n}`)]]));
    await cluster.redis.start();
    const back = Date.now();
    await Promise.all(peers.map((peer) => peer.ack(1)));
    await until("both instances to be ready", async () => (await Promise.all(cluster.instances.map(isReady))).every(Boolean), { everyMs: 5 });
    await cluster.document(`redis-${i}`);
    times.push(Date.now() - back);
    peers.forEach((peer) => peer.drop());
  }
  return times;
}

/** One of many: says hello and tells when its snapshot or what it missed has come. */
function session(port, canvas, client, since) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/canvases/${canvas}`, "weft.v1", { perMessageDeflate: false });
    socket.on("open", () => socket.send(encode([Client.hello, { client, ...(since && { since }) }])));
    socket.on("error", reject);
    socket.on("close", (code) => reject(new Error(`closed with ${code}`)));
    socket.on("message", (data) => {
      for (const message of decodeMulti(data)) {
        if (message[0] === Server.welcome) resolve({ socket, welcome: message[1] });
      }
    });
  });
}

async function insist(port, canvas, client, since) {
  for (;;) {
    try {
      return await session(port, canvas, client, since);
    } catch {
      await new Promise((again) => setTimeout(again, 50));
    }
  }
}

/** All sessions of one instance come to the other at once, without the pauses that clients make. */
async function reconnect(cluster) {
  const [dying, surviving] = cluster.instances;
  const people = [];
  for (let i = 0; i < kSessions; i += 250) {
    const batch = Array.from({ length: Math.min(250, kSessions - i) }, (_, n) => ({ canvas: `many-${(i + n) % kCanvases}`, client: `client-${i + n}` }));
    const opened = await Promise.all(batch.map(({ canvas, client }) => insist(dying.port, canvas, client)));
    people.push(...batch.map((person, n) => ({ ...person, ...opened[n] })));
  }
  const watcher = await MsgpackPeer.join(surviving, "many-0", "watcher");
  for (const person of people) person.socket.removeAllListeners("close").on("error", () => {});
  const killed = Date.now();
  await dying.kill();
  const times = await Promise.all(people.map(async ({ canvas, client, welcome }) => {
    const back = await insist(surviving.port, canvas, client, [welcome.epoch, welcome.seq, welcome.sum]);
    const time = Date.now() - killed;
    return { ...back, actor: back.welcome.actor === welcome.actor, resumed: back.welcome.resumed, time };
  }));
  const leaves = watcher.heard.filter((message) => message[0] === Server.presence && message[1].leave).length;
  console.log(`\n${times.filter(({ resumed }) => resumed).length} of ${kSessions} resumed, ${times.filter(({ actor }) => actor).length} kept their actor, a watcher saw ${leaves} messages of leaves.\n`);
  for (const { socket } of times) socket.terminate();
  return times.map(({ time }) => time);
}

console.log(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}; instances, Redis and clients share them.\n`);
const cluster = await new Cluster().start({ instances: 2 });
try {
  const crashes = await crashToLeave(cluster);
  const restarts = await redisRestart(cluster);
  const reconnects = await reconnect(cluster);
  console.log("| what | median ms | longest ms | of |\n|---|--:|--:|--:|");
  row("an instance is killed: until the others are told that its people have left", crashes);
  row("Redis is killed: from its restart until edits made meanwhile are acknowledged, both instances are ready and have the same document", restarts);
  row(`an instance with ${kSessions} sessions is killed: until a session has its welcome from the other one`, reconnects);
} finally {
  await cluster.remove();
}
process.exit(0);
