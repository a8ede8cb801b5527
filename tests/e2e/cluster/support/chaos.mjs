// SPDX-License-Identifier: Apache-2.0

import { bothForms } from "../../server/support/peer.mjs";
import { seeded, sleep, until } from "../../server/support/waits.mjs";
import { Writer } from "../../server/support/writer.mjs";
import { complaintsAbout } from "./checker.mjs";
import { Cluster } from "./cluster.mjs";
import { Person } from "./person.mjs";

const kCalmMs = 60_000; // for all that was broken to be whole again
const kPushEveryMs = 50;
const kCanvases = ["one", "two"];

/**
 * People at work on two canvases of a cluster whose instances and Redis are killed and stopped, and whose network breaks, all
 * in the order that the seed gives. Then calm. Returns what the checker has to complain about, and counts of what happened.
 */
export async function runChaos(t, { seed, seconds, instances = 3, writers = 6, watchers = 4, postgres, ack }) {
  const random = seeded(seed);
  const flags = ["--pushes-per-second", "1000000", "--presence-grace-seconds", "2"];
  const cluster = await Cluster.start(t, { instances, isProxied: true, flags, postgres, ack });
  const people = Array.from({ length: writers + watchers }, (_, i) => {
    const canvas = kCanvases[i % kCanvases.length];
    const options = { Peer: bothForms[(i >> 1) % 2], depth: 8, seed: seed + i };
    return Object.assign(new Person(cluster.door(seeded(seed + i)), canvas, `p${i}`, options), { canvas, isWriter: i < writers });
  });
  for (const person of people) person.start();
  // Of its own, so that the troubles are the same however often the timer comes.
  const whims = seeded(seed + 1_000);
  const life = setInterval(() => live(people, whims), kPushEveryMs);
  const troubles = new Troubles(cluster, random);
  try {
    const end = Date.now() + seconds * 1_000;
    while (Date.now() < end) {
      troubles.make();
      await sleep(50 + random() * 600);
      for (const { writer } of people) writer.isDone; // Whatever a writer found wrong is thrown here.
    }
    await troubles.end();
    clearInterval(life);
    await becomeCalm(cluster, people);
    const complaints = [];
    for (const canvas of kCanvases) complaints.push(...(await waitForTruth(cluster, canvas, people.filter((person) => person.canvas === canvas))));
    const counts = {
      ...troubles.counts,
      pushes: people.reduce((sum, { writer }) => sum + writer.pushes, 0),
      reconnects: people.reduce((sum, { writer }) => sum + writer.reconnects, 0),
      refusals: people.reduce((sum, { writer }) => sum + writer.refusals, 0),
    };
    return { complaints, counts };
  } finally {
    clearInterval(life);
    await troubles.end().catch(() => {});
    for (const { writer } of people) await writer.end();
  }
}

function live(people, random) {
  for (const person of people) {
    if (person.isWriter) person.push(random() < 0.5 ? 1 : 3);
    if (random() < 0.5) person.move(Math.floor(random() * 1_000), Math.floor(random() * 1_000));
    if (random() < 0.1) person.show({ page: Math.floor(random() * 10), [`k${Math.floor(random() * 3)}`]: random() < 0.3 ? null : random() });
  }
}

/** Every instance is ready; everybody is connected, has said their last word, and knows what became of each push. */
async function becomeCalm(cluster, people) {
  const state = () => people.map((person) => person.writer.describe()).join("");
  for (const person of people) person.writer.pause();
  const isReady = async (instance) => (await fetch(`${instance.http}/readyz`)).status === 200;
  await until("every instance to be ready", async () => (await Promise.all(cluster.instances.map(isReady))).every(Boolean), {
    ms: kCalmMs,
    state: () => cluster.tail(),
  });
  await until("everybody to be connected, with their pushes settled", () => people.every((person) => person.writer.isDone && person.isIn), { ms: kCalmMs, state });
  for (const [i, person] of people.entries()) {
    person.show({ last: i });
    person.move(i, i);
  }
}

/** What the checker still complains about when it has had the time to become true. */
async function waitForTruth(cluster, canvas, people) {
  const end = Date.now() + kCalmMs / 2;
  for (;;) {
    const documents = await Promise.all(
      cluster.instances.map(async (instance, i) => {
        const { epoch, seq, entities } = await instance.document(canvas);
        return { from: `instance ${i}`, epoch, seq, entities: new Map(entities.map(({ id, type, properties }) => [id, { type, properties }])) };
      }),
    );
    for (const { writer } of people) writer.isDone; // throws what it found wrong
    const complaints = complaintsAbout({
      pushes: new Map(people.map(({ client, writer }) => [client, writer.pushes])),
      makesEntity: Writer.makesEntity,
      acks: people.flatMap((person) => person.acks),
      documents,
      witnesses: people.map((person) => person.witness()),
      present: people.map((person) => person.present()),
    });
    if (complaints.length === 0 || Date.now() > end) return complaints.map((sentence) => `${canvas}: ${sentence}`);
    await sleep(200);
  }
}

/** Makes one trouble after another, no two of the same kind on the same thing, and ends each. */
class Troubles {
  counts = {};
  #busy = new Map(); // what is in trouble -> until it is whole again
  #fault;

  constructor(cluster, random) {
    this.cluster = cluster;
    this.random = random;
  }

  /** Requires: nothing went wrong that was not meant to, or throws it. */
  make() {
    if (this.#fault) throw this.#fault;
    const pick = (list) => list[Math.floor(this.random() * list.length)];
    const instance = pick([...this.cluster.instances.keys()]);
    const kinds = ["kill", "kill", "kill", "drain", "redis", "redis", "pause", "cut", "cut", "refuse", "stall", "stall", "delay", "unsubscribe"];
    if (this.cluster.postgres) kinds.push("postgres", "postgres");
    const kind = pick(kinds);
    const length = this.random();
    const isRedis = ["redis", "pause", "unsubscribe"].includes(kind);
    const isProcess = ["kill", "drain"].includes(kind);
    const what = kind === "postgres" ? kind : isRedis ? "redis" : `${isProcess ? "instance" : "proxy"} ${instance}`;
    if (this.#busy.has(what)) return;
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    const done = this[kind](instance, length)
      .catch((error) => (this.#fault ??= error))
      .finally(() => this.#busy.delete(what));
    this.#busy.set(what, done);
  }

  async end() {
    await Promise.all(this.#busy.values());
    for (const proxy of this.cluster.proxies) proxy.heal();
    if (this.#fault) throw this.#fault;
  }

  async kill(i, length) {
    await this.cluster.instances[i].kill();
    await sleep(length * 1_500);
    await this.#revive(i);
  }

  async drain(i, length) {
    await this.cluster.instances[i].stop();
    await sleep(length * 500);
    await this.#revive(i);
  }

  /** It may refuse to start while Redis is away. */
  async #revive(i) {
    const weft = this.cluster.instances[i];
    await until(`instance ${i} to start`, () => weft.start().then(() => true, (error) => weft.mayEnd() && !/instead of listening/.test(error.message) && Promise.reject(error)), {
      ms: kCalmMs,
      everyMs: 200,
      state: () => weft.tail(),
    });
  }

  async redis(_, length) {
    await this.cluster.redis.kill();
    await sleep(length * 2_500);
    await this.cluster.redis.start();
  }

  async postgres(_, length) {
    await this.cluster.postgres.kill();
    await sleep(length * 2_500);
    await this.cluster.postgres.start();
  }

  async pause(_, length) {
    this.cluster.redis.pause();
    await sleep(length * 3_000);
    this.cluster.redis.resume();
  }

  async unsubscribe() {
    await this.cluster.redis.command("CLIENT", "KILL", "TYPE", "pubsub");
  }

  async cut(i) {
    this.cluster.proxies[i].cut();
  }

  async refuse(i, length) {
    const proxy = this.cluster.proxies[i];
    proxy.refuse();
    proxy.cut();
    await sleep(length * 2_500);
    proxy.accept();
  }

  async stall(i, length) {
    const proxy = this.cluster.proxies[i];
    proxy.stall();
    await sleep(length * 5_000);
    proxy.resume();
  }

  async delay(i, length) {
    const proxy = this.cluster.proxies[i];
    proxy.delay(5 + length * 150);
    await sleep(length * 2_000);
    proxy.delay(0);
  }
}
