// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";

import { create, JsonPeer, Outcome, remove, Server, set, sumText } from "./peer.mjs";
import { seeded, sleep, until } from "./waits.mjs";

const kReconnectMs = 20;
const kResendMs = 20;
/** Every so many pushes one is made that the server must reject; it takes a seq all the same. */
const kRejectedEvery = 17;

/**
 * A client as the protocol asks: numbers its pushes, keeps them until they are settled, reconnects, resumes, sends again, and
 * keeps a copy of the document. It checks all the while what it was promised; what was broken comes out of its waits.
 */
export class Writer {
  pushes = 0; // made
  settled = 0; // the highest n that is in the log for all it knows
  acked = 0; // the highest n with an ack
  refusals = 0; // errors that asked to send again
  reconnects = 0;
  epoch;
  seq = 0;
  sum;
  /** id -> {type, properties} */
  copy = new Map();
  /** Gets every message, before it is handled. */
  onMessage;
  #pending = [];
  #target = Infinity;
  #snapshot;
  #fault;
  #isOver = false;
  #resendTimer;
  #life;

  /**
   * `mayReload`: a resume may be answered with a snapshot, even of another epoch, as long as it has all that was told before.
   */
  constructor(weft, canvas, client, { Peer = JsonPeer, depth = 16, seed = 1, mayReload = false } = {}) {
    Object.assign(this, { weft, canvas, client, Peer, depth, mayReload });
    this.random = seeded(seed);
  }

  start() {
    this.#life = this.#live();
    return this;
  }

  /** Makes so many pushes in all, from now on. */
  upTo(pushes) {
    this.#target = pushes;
    this.#sendMore();
    return this;
  }

  /** Makes no more pushes. */
  pause() {
    return this.upTo(this.pushes);
  }

  get isDone() {
    if (this.#fault) throw this.#fault;
    return this.pushes >= this.#target && this.#pending.length === 0;
  }

  done(options) {
    return until(`${this.client} to have its ${this.#target} pushes settled`, () => this.isDone, { state: () => this.describe(), ...options });
  }

  async end() {
    this.#isOver = true;
    clearTimeout(this.#resendTimer);
    this.peer?.drop();
    await this.#life;
    if (this.#fault) throw this.#fault;
  }

  /** Whether push n makes its entity. */
  static makesEntity(n) {
    return n % kRejectedEvery !== 0;
  }

  async #live() {
    while (!this.#isOver) {
      try {
        const peer = await this.Peer.open(this.weft, this.canvas, this.client);
        peer.listener = (message) => this.#guard(() => this.#hear(message));
        this.peer = peer;
        if (this.#isOver) {
          peer.drop();
          break;
        }
        peer.hello(this.epoch === undefined ? {} : { since: [this.epoch, this.seq, this.sum] });
        await peer.end(2 ** 31 - 1);
        ++this.reconnects;
      } catch (error) {
        if (error.code !== "ECONNREFUSED" && error.code !== "ECONNRESET") this.#fault ??= error;
      }
      this.isIn = false;
      await sleep(kReconnectMs);
    }
  }

  #guard(work) {
    try {
      work();
    } catch (error) {
      error.message = `${error.message}\n${this.describe()}`;
      this.#fault ??= error;
      this.#isOver = true;
      this.peer.drop();
    }
  }

  #hear(message) {
    this.onMessage?.(message);
    switch (message[0]) {
      case Server.welcome:
        return this.#welcome(message[1]);
      case Server.ops:
        this.#step(message[1], message[5]);
        return this.#apply(message[4]);
      case Server.snapshot:
        return this.#takeSnapshot(message);
      case Server.ack:
        return this.#ack(message);
      case Server.error:
        return this.#refused(message);
      default: // Others' presence, and goodbyes, which the end of the connection follows.
    }
  }

  #welcome(welcome) {
    assert.ok(welcome.n >= this.acked, `push ${this.acked} was acknowledged, but the log has ${welcome.n} only`);
    assert.ok(welcome.n <= this.pushes, "the log has no more than was pushed");
    if (this.epoch !== undefined && this.mayReload) {
      assert.ok(welcome.seq >= this.seq, `the log has what was told: ${welcome.seq} of ${this.seq}`);
    } else if (this.epoch !== undefined) {
      assert.equal(welcome.epoch, this.epoch, "the epoch stays");
      assert.ok(welcome.resumed, `the server resumes from ${this.seq}`);
      assert.ok(welcome.seq >= this.seq, "the log has what was told");
    }
    this.epoch = welcome.epoch;
    if (!welcome.resumed) this.#snapshot = [];
    // These come as ops.
    while (this.#pending.length > 0 && this.#pending[0].n <= welcome.n) this.#settle();
    this.isIn = true;
    this.#resend();
    this.#sendMore();
  }

  #takeSnapshot([, seq, isLast, rows, sum]) {
    assert.ok(this.#snapshot, "no snapshot behind a resume");
    this.#snapshot.push(...rows);
    if (!isLast) return;
    this.copy = new Map(this.#snapshot.map(([id, type, properties]) => [id, { type, properties }]));
    this.seq = seq;
    this.sum = sum;
    this.#snapshot = undefined;
  }

  #ack([, n, seq, outcome, detail, sum]) {
    if (outcome === Outcome.duplicate) {
      if (this.#pending[0]?.n === n) this.#settle();
      assert.deepEqual([seq, sumText(sum)], [this.seq, sumText(this.sum)], "a duplicate's ack says where the session stands");
      return;
    }
    const oldest = this.#pending[0];
    assert.equal(n, oldest?.n, "acks come in order");
    this.#step(seq, sum);
    if (outcome === Outcome.rejected) {
      assert.deepEqual([detail[0], Writer.makesEntity(n)], ["bad_reference", false], JSON.stringify(detail));
    } else {
      assert.ok(outcome === Outcome.commit || outcome === Outcome.rebased, `outcome ${outcome}`);
      this.#apply(outcome === Outcome.rebased ? detail : oldest.ops);
    }
    this.acked = n;
    this.#settle();
    this.#sendMore();
  }

  #settle() {
    this.settled = this.#pending.shift().n;
  }

  #refused([, code, message, n, kind]) {
    assert.ok(["unavailable", "rate_limited"].includes(code) && kind === 3, `error ${code}: ${message}`);
    assert.ok(n > this.acked, "what was acknowledged is not refused");
    ++this.refusals;
    this.#resendTimer ??= setTimeout(() => {
      this.#resendTimer = undefined;
      if (this.isIn) this.#resend();
    }, kResendMs);
  }

  /** S2: ops and acks come in the order of seq, without holes. */
  #step(seq, sum) {
    assert.equal(seq, this.seq + 1, "seq rises by one");
    assert.notEqual(sumText(sum), sumText(this.sum ?? ""));
    this.seq = seq;
    this.sum = sum;
  }

  #apply(ops) {
    for (const [kind, id, ...rest] of ops) {
      if (kind === 2) {
        this.copy.delete(id);
        continue;
      }
      const [type, patch] = kind === 0 ? rest : [this.copy.get(id).type, rest[0]];
      const properties = { ...this.copy.get(id)?.properties, ...patch };
      for (const key of Object.keys(patch)) if (patch[key] === null) delete properties[key];
      this.copy.set(id, { type, properties });
    }
  }

  #resend() {
    for (const { n, ops } of this.#pending) this.peer.push(n, ...ops);
  }

  #sendMore() {
    while (this.isIn && this.#pending.length < this.depth && this.pushes < this.#target) {
      const n = ++this.pushes;
      const ops = this.#opsOf(n);
      this.#pending.push({ n, ops });
      this.peer.push(n, ...ops);
    }
  }

  /** One entity of its own for every push, and something for all to fight about. */
  #opsOf(n) {
    const own = `${this.client}.${n}`;
    const ops = [create(own, { n, by: this.client })];
    if (!Writer.makesEntity(n)) return [...ops, create(`${own}.link`, { from: own, to: "nobody" }, "link")];
    const dice = this.random();
    if (dice < 0.2) ops.push(create("board"), set("board", { last: own, [this.client]: n }));
    else if (dice < 0.4) ops.push(create("shared"), create(`${own}.link`, { from: own, to: "shared" }, "link"));
    else if (dice < 0.5) ops.push(remove("shared")); // takes everybody's links along
    return ops;
  }

  describe() {
    return (
      `${this.client} made ${this.pushes} pushes, has ${this.settled} settled and ${this.acked} acknowledged, stands at seq ${this.seq}, ` +
      `was refused ${this.refusals} times and came back ${this.reconnects} times. It is ${this.isIn ? "in" : "not in"}, its link is ${this.peer?.closed ? "closed" : "open"}.\n`
    );
  }
}

/** Everything that was acknowledged is there once, and all copies are the document. Requires: the writers are done. */
export async function assertNothingLost(weft, writers) {
  for (const canvas of new Set(writers.map((writer) => writer.canvas))) {
    const own = writers.filter((writer) => writer.canvas === canvas);
    const document = await weft.document(canvas);
    const entities = new Map(document.entities.map(({ id, type, properties }) => [id, { type, properties }]));
    // Every push takes one seq, so more would be a push that is there twice.
    assert.equal(document.seq, own.reduce((sum, writer) => sum + writer.pushes, 0), "one seq for each push");
    for (const writer of own) {
      for (let n = 1; n <= writer.pushes; ++n) {
        assert.equal(entities.has(`${writer.client}.${n}`), Writer.makesEntity(n), `push ${n} of ${writer.client}`);
      }
      await until(`${writer.client} to hear everything`, () => writer.seq === document.seq);
      assert.equal(writer.epoch, document.epoch);
      assert.equal(sumText(writer.sum), sumText(own[0].sum));
      assert.deepEqual(Object.fromEntries(writer.copy), Object.fromEntries(entities), `the copy of ${writer.client}`);
    }
  }
}
