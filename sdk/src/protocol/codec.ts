// SPDX-License-Identifier: Apache-2.0

import { Decoder, Encoder } from "@msgpack/msgpack";

import { ClientKind, ServerKind, type ClientMessage, type ServerMessage } from "./messages.js";

/** The server sent bytes that are not the protocol. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/** "__proto__" is a key like any other on the wire, but not in an object; it arrives under this name. */
export const kRenamedProtoKey = "[__proto__]";

const kProtoKeyBytes = "__proto__".length;
const text = new TextDecoder();

/** Decodes the only key length that could be "__proto__"; others take the decoder's normal way. */
const safeKeys = {
  canBeCached: (byteLength: number): boolean => byteLength === kProtoKeyBytes,
  decode: (bytes: Uint8Array, offset: number, byteLength: number): string => {
    const key = text.decode(bytes.subarray(offset, offset + byteLength));
    return key === "__proto__" ? kRenamedProtoKey : key;
  },
};

const encoder = new Encoder({ ignoreUndefined: true });
/** The server keeps cursors in float32, so more is not sent. */
const cursorEncoder = new Encoder({ forceFloat32: true });
const decoder = new Decoder({ keyDecoder: safeKeys });

/** The bytes are the caller's own. */
export function encodeMessage(message: ClientMessage): Uint8Array {
  return (message[0] === ClientKind.cursor ? cursorEncoder : encoder).encode(message);
}

/** Encoded size of a value, for checks against limits. */
export function encodedBytes(value: unknown): number {
  return encoder.encodeSharedRef(value).byteLength;
}

/** Takes the messages out of one binary frame. Kinds that a newer server may send are left out (P4). */
export function decodeFrame(frame: Uint8Array): ServerMessage[] {
  const messages: ServerMessage[] = [];
  try {
    for (const raw of decoder.decodeMulti(frame)) {
      const message = checkServerMessage(raw);
      if (message !== undefined) messages.push(message);
    }
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError(`frame cannot be decoded: ${error instanceof Error ? error.message : String(error)}`);
  }
  return messages;
}

type Check = (item: unknown) => boolean;

const isNumber: Check = (item) => typeof item === "number";
const isString: Check = (item) => typeof item === "string";
const isBool: Check = (item) => typeof item === "boolean";
const isArray: Check = (item) => Array.isArray(item);
const isMap: Check = (item) => typeof item === "object" && item !== null && !Array.isArray(item);
const isAnything: Check = () => true;

/** The items after the kind that must be there. What is inside them is trusted: the server has checked it. */
const shapes: { readonly [kind: number]: readonly Check[] } = {
  [ServerKind.welcome]: [isMap],
  [ServerKind.cursors]: [isNumber, isArray],
  [ServerKind.presence]: [isMap],
  [ServerKind.ops]: [isNumber, isNumber, isString, isArray],
  [ServerKind.event]: [isNumber, isString, isAnything],
  [ServerKind.snapshot]: [isNumber, isBool, isArray],
  [ServerKind.ack]: [isNumber, isNumber, isNumber],
  [ServerKind.pong]: [isNumber],
  [ServerKind.goodbye]: [isNumber, isString],
  [ServerKind.error]: [isString, isString],
  [ServerKind.pace]: [isNumber],
};

function checkServerMessage(raw: unknown): ServerMessage | undefined {
  if (!Array.isArray(raw) || typeof raw[0] !== "number") throw new ProtocolError("message is not an array with a kind");
  const shape = shapes[raw[0]];
  if (shape === undefined) return undefined;
  shape.forEach((isRight, i) => {
    if (!isRight(raw[i + 1])) throw new ProtocolError(`message of kind ${raw[0]}: item ${i + 1} is wrong or missing`);
  });
  return raw as unknown as ServerMessage;
}
