// SPDX-License-Identifier: Apache-2.0

import type { ErrorCode } from "./codes.js";
import type { Limits } from "./messages.js";

/** Why something was refused, by the server or before it was sent. `code` is stable, `message` is for people. */
export class WeftError extends Error {
  /** What `error.name` says of all of them. */
  override readonly name = "WeftError";

  constructor(
    /** Stays the same for ever: docs/protocol.md, section E, and those that the SDK finds before anything is sent. */
    readonly code: ErrorCode | (string & {}),
    message: string,
    /** The limit that was passed, if one was. */
    readonly limit?: keyof Limits | "pending_pushes_max",
  ) {
    super(message);
  }
}

/** Throws for a value that would end the session: nested deeper than `levels`, or of a type that the wire has not. */
export function checkValue(value: unknown, levels: number): void {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  if (value instanceof Date) throw new WeftError("bad_op", "a Date cannot be sent; send a number or a string");
  if (levels === 0) throw new WeftError("bad_op", "a value nests too deep");
  for (const inner of Object.values(value)) checkValue(inner, levels - 1);
}

export function overLimit(code: "too_large" | "too_many" | "bad_id", what: string, is: number, limits: Limits, limit: keyof Limits): WeftError {
  return new WeftError(code, `${what}: ${is} is over ${limit} = ${limits[limit]}`, limit);
}
