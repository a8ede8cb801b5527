// SPDX-License-Identifier: Apache-2.0

import { Client, Outcome, Server, sumText } from "../../server/support/peer.mjs";
import { Writer } from "../../server/support/writer.mjs";
import { stable } from "./checker.mjs";

/**
 * Somebody who pushes, moves and changes their presence, comes back wherever a door leads, and writes down everything that
 * they are told.
 */
export class Person {
  acks = [];
  entries = new Map(); // seq -> {text, sum, ids}
  people = new Map(); // actor -> {user, presence}
  cursors = new Map(); // actor -> [x, y]
  actor;
  /** What this person wants to be seen: null takes a key away. */
  presence = {};
  cursor;

  constructor(door, canvas, client, options) {
    this.client = client;
    this.writer = new Writer(door, canvas, client, { ...options, mayReload: true });
    this.writer.onMessage = (message) => this.#note(message);
    this.writer.pause();
  }

  /** As the server names anonymous people. */
  get user() {
    return `anon:${this.client}`;
  }

  get isIn() {
    return this.writer.isIn && this.writer.peer.closed === undefined;
  }

  start() {
    this.writer.start();
    return this;
  }

  /** Makes so many more pushes. */
  push(count) {
    this.writer.upTo(this.writer.pushes + count);
  }

  /** Says it if somebody listens, and in any case when this person is in again. */
  move(x, y) {
    this.cursor = [x, y];
    if (this.isIn) this.writer.peer.send([Client.cursor, x, y]);
  }

  show(presence) {
    this.presence = { ...this.presence, ...presence };
    if (this.isIn) this.writer.peer.send([Client.presence, presence]);
  }

  /** How this person takes part in the checker's history. */
  witness() {
    return {
      name: this.user,
      epoch: this.writer.epoch,
      seq: this.writer.seq,
      sum: sumText(this.writer.sum ?? ""),
      copy: this.writer.copy,
      entries: this.entries,
      people: [...this.people].map(([actor, { user, presence }]) => ({ actor, user, presence })),
      cursors: this.cursors,
    };
  }

  present() {
    const presence = Object.fromEntries(Object.entries(this.presence).filter(([, value]) => value !== null));
    return { actor: this.actor, user: this.user, presence, cursor: this.cursor };
  }

  #note(message) {
    switch (message[0]) {
      case Server.welcome:
        this.actor = message[1].actor;
        this.people.clear();
        this.cursors.clear();
        // What was said before may have been lost with the link.
        queueMicrotask(() => {
          this.show(this.presence);
          if (this.cursor) this.move(...this.cursor);
        });
        break;
      case Server.ops: {
        const [, seq, actor, user, ops, sum] = message;
        this.entries.set(seq, { text: stable([actor, user, ops]), sum: sumText(sum), ids: ops.filter(([kind]) => kind === 0).map(([, id]) => id) });
        break;
      }
      case Server.ack:
        if (message[3] !== Outcome.duplicate) this.acks.push({ client: this.client, n: message[1], seq: message[2] });
        break;
      case Server.presence:
        this.#notePresence(message[1]);
        break;
      case Server.cursors:
        for (const [actor, ...at] of message[2]) {
          if (at.length === 0) this.cursors.delete(actor);
          else this.cursors.set(actor, at);
        }
        break;
      default:
    }
  }

  #notePresence({ join = [], update = [], leave = [] }) {
    for (const [actor, user, presence] of join) this.people.set(actor, { user: user.id, presence: { ...presence } });
    for (const [actor, patch] of update) {
      const { presence } = this.people.get(actor);
      Object.assign(presence, patch);
      for (const key of Object.keys(patch)) if (patch[key] === null) delete presence[key];
    }
    for (const [actor] of leave) {
      this.people.delete(actor);
      this.cursors.delete(actor);
    }
  }
}
