// SPDX-License-Identifier: Apache-2.0

import { readFileSync, readdirSync } from "node:fs";

import { decode, encode } from "@msgpack/msgpack";
import { describe, expect, it } from "vitest";

import { decodeFrame, encodeMessage, kRenamedProtoKey, ProtocolError } from "../../src/protocol/codec.js";
import { ServerKind, type ClientMessage } from "../../src/protocol/messages.js";
import { packFrames } from "../../src/protocol/pack.js";

interface Golden {
  readonly name: string;
  readonly direction: "client" | "server";
  readonly json: unknown[];
  readonly msgpack: string;
}

const folder = new URL("../../../tests/golden/", import.meta.url);
const golden: Golden[] = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Golden[]);

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The JSON form of a value: binary as base64 (P6). */
function asJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asJson(item)]));
}

const isKnown = ({ json }: Golden): boolean => (Object.values(ServerKind) as unknown[]).includes(json[0]);

describe("golden frames", () => {
  it("are there for both directions", () => {
    expect(golden.filter(({ direction }) => direction === "client").length).toBeGreaterThan(10);
    expect(golden.filter(({ direction }) => direction === "server").length).toBeGreaterThan(10);
  });

  it.each(golden.filter((one) => one.direction === "server" && isKnown(one)))("P6 decodes $name", ({ json, msgpack }) => {
    expect(decodeFrame(bytesOf(msgpack)).map(asJson)).toEqual([json]);
  });

  // Our own encoding is byte for byte the golden one, but for cursors, which travel as float32, and for integers
  // beyond 2^53, which a number cannot tell from a float.
  it.each(golden.filter((one) => one.direction === "client"))("encodes $name", ({ json, msgpack }) => {
    const message = decode(bytesOf(msgpack)) as ClientMessage;
    expect(asJson(message)).toEqual(json);
    const encoded = encodeMessage(message);
    if (json[0] === 1 || /-?9007199254740992/.test(JSON.stringify(json))) expect(decode(encoded)).toEqual(message);
    else expect(hexOf(encoded)).toBe(msgpack);
  });

  it("P3 decodes all server messages from one frame", () => {
    const all = golden.filter((one) => one.direction === "server" && isKnown(one));
    const frame = bytesOf(all.map(({ msgpack }) => msgpack).join(""));
    expect(decodeFrame(frame).map(asJson)).toEqual(all.map(({ json }) => json));
  });

  it("P5 refuses every cut of every message", () => {
    for (const { msgpack } of golden.filter((one) => one.direction === "server")) {
      const whole = bytesOf(msgpack);
      for (let length = 1; length < whole.length; ++length) {
        expect(() => decodeFrame(whole.subarray(0, length))).toThrow(ProtocolError);
      }
    }
  });
});

describe("codec", () => {
  it("P4 leaves out kinds it does not know and items it does not expect", () => {
    expect(decodeFrame(encode([99, "later"]))).toEqual([]);
    expect(decodeFrame(encode([10, 16, "later"]))).toEqual([[10, 16, "later"]]);
  });

  it.each([
    ["no array", encode({ kind: 0 })],
    ["no kind", encode([])],
    ["a kind that is no number", encode(["welcome"])],
    ["a missing item", encode([6, 1])],
    ["an item of the wrong type", encode([3, "seq", 1, "u", []])],
    ["nonsense", Uint8Array.from([0xc1])],
  ])("refuses %s", (_, frame) => {
    expect(() => decodeFrame(frame)).toThrow(ProtocolError);
  });

  it("takes the key __proto__ without touching any prototype", () => {
    const key = [..."__proto__"].map((char) => char.charCodeAt(0));
    const frame = Uint8Array.from([0x92, 0x02, 0x81, 0xa1, 0x78, 0x81, 0xa9, ...key, 0x01]);
    const [message] = decodeFrame(frame);
    expect(message).toEqual([2, { x: { [kRenamedProtoKey]: 1 } }]);
  });

  it("sends cursors in float32 and integers as integers", () => {
    expect(hexOf(encodeMessage([1, 512, 300]))).toBe("9301cd0200cd012c");
    expect(hexOf(encodeMessage([1, 0.25, -12.5]))).toBe("9301ca3e800000cac1480000");
  });

  it("keeps other numbers in full", () => {
    expect(decode(encodeMessage([3, 1, [[1, "a", { x: 0.1 }]]]))).toEqual([3, 1, [[1, "a", { x: 0.1 }]]]);
  });
});

describe("packFrames", () => {
  const event = (length: number): ClientMessage => [4, "e", "x".repeat(length)];

  it("puts messages back to back up to the limit", () => {
    const frames = packFrames([event(10), event(10), event(10), event(10)], 40);
    expect(frames.length).toBe(2);
    expect(frames.every((frame) => frame.byteLength <= 40)).toBe(true);
    expect(frames.reduce((sum, frame) => sum + frame.byteLength, 0)).toBe(4 * encodeMessage(event(10)).byteLength);
  });

  it("makes no frame out of nothing", () => {
    expect(packFrames([], 40)).toEqual([]);
  });
});
