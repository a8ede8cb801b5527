// SPDX-License-Identifier: Apache-2.0

import { encodeMessage } from "./codec.js";
import type { ClientMessage } from "./messages.js";

/** Puts messages back to back into as few frames as the limit allows. */
export function packFrames(messages: readonly ClientMessage[], frameBytesMax: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const finish = (): void => {
    if (parts.length > 0) frames.push(parts.length === 1 ? parts[0]! : concatenated(parts, bytes));
    parts = [];
    bytes = 0;
  };
  for (const message of messages) {
    const part = encodeMessage(message);
    if (bytes + part.byteLength > frameBytesMax) finish();
    parts.push(part);
    bytes += part.byteLength;
  }
  finish();
  return frames;
}

function concatenated(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const frame = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    frame.set(part, at);
    at += part.byteLength;
  }
  return frame;
}
