// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import { connect } from "node:net";

import { kDeadlineMs, until, within } from "./waits.mjs";

/** A bare TCP connection, to say what no client library would. */
export class RawPeer {
  bytes = Buffer.alloc(0);
  isOver = false;
  #over;

  constructor(weft) {
    this.weft = weft;
  }

  static async open(weft) {
    const peer = new RawPeer(weft);
    weft.owns(peer);
    peer.socket = connect({ host: "127.0.0.1", port: weft.port, allowHalfOpen: true });
    peer.#over = new Promise((resolve) => {
      const end = () => {
        peer.isOver = true;
        resolve();
      };
      peer.socket.on("end", end);
      peer.socket.on("close", end);
    });
    peer.socket.on("error", () => {}); // A reset ends the connection too.
    peer.socket.on("data", (chunk) => (peer.bytes = Buffer.concat([peer.bytes, chunk])));
    await within("a TCP connection", new Promise((resolve) => peer.socket.on("connect", resolve)), { state: () => weft.tail() });
    return peer;
  }

  /** After the upgrade: what comes next are frames. */
  static async upgrade(weft, canvas, subprotocol = "weft.v1+json") {
    const peer = await RawPeer.open(weft);
    peer.write(upgradeRequest(weft, canvas, subprotocol));
    await peer.head();
    return peer;
  }

  write(bytes) {
    this.socket.write(bytes);
  }

  get text() {
    return this.bytes.toString("latin1");
  }

  /** The head of the HTTP response; what came behind it stays. */
  async head() {
    const end = await until("the head of a response", () => this.text.indexOf("\r\n\r\n") + 1 || this.isOver, this.#options());
    if (end === true) throw new Error(`The connection ended without a head: ${this.text}`);
    const head = this.text.slice(0, end + 3);
    this.bytes = this.bytes.subarray(end + 3);
    return head;
  }

  /** Until the server has said all that it will say. */
  async end(ms = kDeadlineMs) {
    await within("the server to end the connection", this.#over, { ...this.#options(), ms });
    return this.text;
  }

  /** The frames that have come, decoded: [{opcode, payload}]. */
  frames() {
    const frames = [];
    for (let at = 0; at + 2 <= this.bytes.length; ) {
      let length = this.bytes[at + 1] & 0x7f;
      let header = 2;
      if (length === 126) {
        if (at + 4 > this.bytes.length) break;
        length = this.bytes.readUInt16BE(at + 2);
        header = 4;
      } else if (length === 127) {
        if (at + 10 > this.bytes.length) break;
        length = Number(this.bytes.readBigUInt64BE(at + 2));
        header = 10;
      }
      if (at + header + length > this.bytes.length) break;
      frames.push({ opcode: this.bytes[at] & 0x0f, payload: this.bytes.subarray(at + header, at + header + length) });
      at += header + length;
    }
    return frames;
  }

  frame(what, fits, ms = kDeadlineMs) {
    return until(what, () => this.frames().find(fits), { ...this.#options(), ms });
  }

  /** Code and reason of the close frame. */
  async closeFrame(ms) {
    const { payload } = await this.frame("a close frame", (frame) => frame.opcode === Opcode.close, ms);
    return { code: payload.length >= 2 ? payload.readUInt16BE(0) : 1005, reason: payload.subarray(2).toString() };
  }

  drop() {
    this.socket.destroy();
  }

  #options() {
    return { state: () => `It heard: ${JSON.stringify(this.text.slice(0, 2000))}\n${this.weft.tail()}` };
  }
}

export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** A client's frame. `claimed` lies about the length, `isMasked` about being a client. */
export function frame(opcode, payload, { isFinal = true, isMasked = true, claimed } = {}) {
  const body = Buffer.from(payload);
  const length = claimed ?? body.length;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65536 ? 4 : 10);
  header[0] = (isFinal ? 0x80 : 0) | opcode;
  header[1] = (isMasked ? 0x80 : 0) | (length < 126 ? length : length < 65536 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  if (!isMasked) return Buffer.concat([header, body]);
  const mask = randomBytes(4);
  return Buffer.concat([header, mask, body.map((byte, i) => byte ^ mask[i % 4])]);
}

export function upgradeRequest(weft, canvas, subprotocol, more = []) {
  return [
    `GET /v1/canvases/${canvas} HTTP/1.1`,
    `Host: 127.0.0.1:${weft.port}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    ...more,
    "\r\n",
  ].join("\r\n");
}

/** One HTTP request as written; the whole answer. */
export async function ask(weft, request) {
  const peer = await RawPeer.open(weft);
  peer.write(request);
  const answer = await peer.end();
  peer.drop();
  const [head, body] = [answer.slice(0, answer.indexOf("\r\n\r\n")), answer.slice(answer.indexOf("\r\n\r\n") + 4)];
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body };
}
