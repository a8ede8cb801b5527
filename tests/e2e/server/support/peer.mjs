// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";

import { decodeMulti, encode } from "@msgpack/msgpack";
import WebSocket from "ws";

import { kDeadlineMs, within } from "./waits.mjs";

/** Kinds of messages, docs/protocol.md. */
export const Client = { hello: 0, cursor: 1, presence: 2, push: 3, event: 4, view: 5, token: 6, ping: 7 };
export const Server = { welcome: 0, cursors: 1, presence: 2, ops: 3, event: 4, snapshot: 5, ack: 6, pong: 7, goodbye: 8, error: 9, pace: 10 };
export const Outcome = { commit: 0, noEffect: 1, rebased: 2, rejected: 3, duplicate: 4 };

export const create = (id, props = {}, type = "concept") => [0, id, type, props];
export const set = (id, props) => [1, id, props];
export const remove = (id) => [2, id];

/** Somebody with a WebSocket. Every wait ends with what it waited for. */
class Peer {
  /** All messages, in the order in which they came. */
  heard = [];
  /** {code, reason} of the close frame. */
  closed;
  /** What was agreed on besides the subprotocol, and the connection's byte stream. */
  extensions;
  stream;
  /** Gets every message instead of `heard` and the waits, when set before hello. */
  listener;
  #untaken = [];
  #waiting = [];
  #closing;
  #onClosed;

  constructor(weft, canvas, client) {
    this.weft = weft;
    this.canvas = canvas;
    this.client = client;
    this.#closing = new Promise((resolve) => (this.#onClosed = resolve));
  }

  static perMessageDeflate = false;

  /** Opens the connection; no hello yet. */
  static async open(weft, canvas, client = "c", headers = {}) {
    const peer = new this(weft, canvas, client);
    const url = `ws://127.0.0.1:${weft.port}/v1/canvases/${canvas}`;
    const socket = new WebSocket(url, this.subprotocol, { perMessageDeflate: this.perMessageDeflate, headers });
    peer.socket = socket;
    weft.owns(peer);
    socket.on("upgrade", (response) => {
      peer.extensions = response.headers["sec-websocket-extensions"];
      peer.stream = response.socket;
    });
    socket.on("message", (data, isBinary) => peer.#take(data, isBinary));
    socket.on("close", (code, reason) => peer.#end({ code, reason: reason.toString() }));
    await within(
      `${client} to be connected to ${canvas}`,
      new Promise((resolve, reject) => {
        socket.on("open", resolve);
        socket.on("error", reject);
      }),
      { state: () => weft.tail() },
    );
    return peer;
  }

  /** Opens a session and waits until it has the document. `hello` adds to the hello, `token` and `name` for example. */
  static async join(weft, canvas, client = "c", hello = {}) {
    const peer = await this.open(weft, canvas, client);
    peer.hello(hello);
    await peer.isIn();
    return peer;
  }

  hello(more = {}) {
    this.send([Client.hello, { client: this.client, ...more }]);
  }

  /** Waits for welcome and the document or, after a resume, for all that was missed. */
  async isIn() {
    this.welcome = (await this.take("welcome", (message) => message[0] === Server.welcome))[1];
    this.actor = this.welcome.actor;
    const newest = this.welcome.seq;
    if (!this.welcome.resumed) {
      await this.take("the last part of the snapshot", (message) => message[0] === Server.snapshot && message[2]);
    } else if (this.since && this.since[1] < newest) {
      await this.take(`the missed ops up to ${newest}`, (message) => message[0] === Server.ops && message[1] === newest);
    }
    return this.welcome;
  }

  /** One frame with these messages. */
  send(...messages) {
    this.socket.send(this.encode(messages));
  }

  push(n, ...ops) {
    this.send([Client.push, n, ops]);
  }

  /** Pushes and waits for the ack. */
  async pushed(n, ...ops) {
    this.push(n, ...ops);
    return this.ack(n);
  }

  // ---- Hearing ---------------------------------------------------------------------------------------------

  /** The first message not yet taken that fits. Others stay where they are. */
  take(what, fits, ms = kDeadlineMs) {
    const at = this.#untaken.findIndex(fits);
    if (at >= 0) return Promise.resolve(this.#untaken.splice(at, 1)[0]);
    const heard = new Promise((resolve, reject) => {
      if (this.closed) reject(new Error(`${this.client} waited for ${what}, but ${this.#describeEnd()}`));
      this.#waiting.push({ what, fits, resolve, reject });
    });
    return within(`${what} to reach ${this.client} on ${this.canvas}`, heard, { ms, state: () => this.#state() });
  }

  /** Whether such a message is there that nobody has taken. */
  has(fits) {
    return this.#untaken.some(fits);
  }

  ack(n) {
    return this.take(`the ack of push ${n}`, (message) => message[0] === Server.ack && message[1] === n);
  }

  ops(seq) {
    return this.take(`ops ${seq}`, (message) => message[0] === Server.ops && message[1] === seq);
  }

  event(name) {
    return this.take(`event ${name}`, (message) => message[0] === Server.event && message[2] === name);
  }

  error(code) {
    return this.take(`error ${code}`, (message) => message[0] === Server.error && message[1] === code);
  }

  cursorOf(actor, x, y) {
    return this.take(
      `the cursor of ${actor} at ${x},${y}`,
      (message) => message[0] === Server.cursors && message[2].some((entry) => entry[0] === actor && entry[1] === x && entry[2] === y),
    );
  }

  /** A presence message whose `part` has an entry for the actor; returns that entry. */
  async presenceOf(part, actor, ms) {
    const entryIn = (message) => message[0] === Server.presence && message[1][part]?.find((entry) => entry[0] === actor);
    return entryIn(await this.take(`presence ${part} of ${actor}`, entryIn, ms));
  }

  /** Goodbye, and behind it nothing but a close frame with the same code (S6). */
  async goodbye(code, ms) {
    const goodbye = await this.take(`goodbye ${code}`, (message) => message[0] === Server.goodbye, ms);
    assert.equal(goodbye[1], code, `goodbye says: ${goodbye[2]}`);
    assert.equal(this.heard.at(-1), goodbye, "goodbye is the last message");
    assert.equal((await this.end()).code, code);
    return { code, reason: goodbye[2], advice: goodbye[3] };
  }

  /** How the connection ended. */
  end(ms = kDeadlineMs) {
    return within(`the end of ${this.client}'s connection`, this.#closing, { ms, state: () => this.#state() });
  }

  /** Answers only when all that was sent before has been handled. */
  async roundTrip() {
    const value = Peer.#pings++;
    this.send([Client.ping, value]);
    await this.take(`pong ${value}`, (message) => message[0] === Server.pong && message[1] === value);
  }
  static #pings = 1000;

  // ---- Leaving ---------------------------------------------------------------------------------------------

  async leave() {
    this.socket.close(1000);
    return this.end();
  }

  /** Cuts the link. */
  drop() {
    this.socket.terminate();
  }

  #take(data, isBinary) {
    for (const message of this.decode(data, isBinary)) {
      if (this.listener) {
        this.listener(message);
        continue;
      }
      this.heard.push(message);
      const at = this.#waiting.findIndex((waiting) => waiting.fits(message));
      if (at < 0) {
        this.#untaken.push(message);
      } else {
        this.#waiting.splice(at, 1)[0].resolve(message);
      }
    }
  }

  #end(closed) {
    this.closed = closed;
    for (const { what, reject } of this.#waiting.splice(0)) {
      reject(new Error(`${this.client} waited for ${what}, but ${this.#describeEnd()}`));
    }
    this.#onClosed(closed);
  }

  #describeEnd() {
    return `the connection ended with ${this.closed.code} ${this.closed.reason}. ${this.#state()}`;
  }

  #state() {
    return `It last heard ${this.heard.slice(-5).map((message) => JSON.stringify(message)?.slice(0, 300)).join(", ") || "nothing"}.\n${this.weft.tail()}`;
  }
}

/** weft.v1+json: text frames, each an array of messages. */
export class JsonPeer extends Peer {
  static subprotocol = "weft.v1+json";

  encode(messages) {
    return JSON.stringify(messages);
  }

  decode(data, isBinary) {
    assert.ok(!isBinary, "a JSON session hears text frames");
    return JSON.parse(data.toString());
  }
}

/** weft.v1: binary frames with messages back to back. */
export class MsgpackPeer extends Peer {
  static subprotocol = "weft.v1";

  encode(messages) {
    return Buffer.concat(messages.map((message) => encode(message)));
  }

  decode(data, isBinary) {
    assert.ok(isBinary, "a MessagePack session hears binary frames");
    return [...decodeMulti(data)];
  }
}

export const bothForms = [JsonPeer, MsgpackPeer];

/** The same peer, but it offers compression, and compresses all that it sends. */
export const compressed = (Form) =>
  class extends Form {
    static perMessageDeflate = { threshold: 0 };
  };

/** The 8 bytes of a sum, whatever the form, as text. */
export const sumText = (sum) => (typeof sum === "string" ? sum : Buffer.from(sum).toString("base64"));
