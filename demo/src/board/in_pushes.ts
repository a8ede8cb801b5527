// SPDX-License-Identifier: Apache-2.0

import { WeftError } from "@weft/client";

/** Below the 1,000 ops that a push may have by default. */
const kStepsPerPush = 500;

/**
 * Makes edits, in order, in as few pushes as the server's limits allow: a push that would have too many ops or bytes
 * becomes two. A step may run twice, the first time for nothing. Throws a WeftError when one cannot be at all; what
 * came in the pushes before it stays.
 */
export function inPushes(canvas: { transact(edits: () => void): void }, steps: readonly (() => unknown)[]): void {
  if (steps.length > kStepsPerPush) {
    for (let at = 0; at < steps.length; at += kStepsPerPush) inPushes(canvas, steps.slice(at, at + kStepsPerPush));
    return;
  }
  try {
    canvas.transact(() => steps.forEach((step) => step()));
  } catch (error) {
    const isTooMuch = error instanceof WeftError && (error.limit === "push_ops_max" || error.limit === "frame_bytes_max");
    if (!isTooMuch || steps.length < 2) throw error;
    const half = steps.length >> 1;
    inPushes(canvas, steps.slice(0, half));
    inPushes(canvas, steps.slice(half));
  }
}
