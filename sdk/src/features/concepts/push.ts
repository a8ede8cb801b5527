// SPDX-License-Identifier: Apache-2.0

import type { Op } from "../../protocol/messages.js";

/** An edit of one's own that the server has not answered yet. */
export interface Push {
  /** Its place among the pushes of this client, for storage. 0 until it is whole. */
  at: number;
  n: number | undefined;
  /** Once it was sent the ops stay as they are, because the server may have them. */
  wasSent: boolean;
  ops: Op[];
  /** What its deletes take along, as far as it is known here: they are not shown. */
  readonly hides: Set<string>;
  /** An answer may still come to an earlier sending that could not succeed; it means nothing. */
  hasStaleAnswer: boolean;
  /** Only sets, which may still take in later ones, as while dragging. */
  mergeable: boolean;
  /** It is answered, or was given up. */
  isSettled: boolean;
}

export function makePush(ops: Op[], mergeable: boolean): Push {
  return { at: 0, n: undefined, wasSent: false, ops, hides: new Set(), hasStaleAnswer: false, mergeable, isSettled: false };
}

/** Whether what is shown of an entity depends on this push. */
export function touches(push: Push, id: string): boolean {
  return push.hides.has(id) || push.ops.some((op) => op[1] === id);
}

export function touchedBy(push: Push): string[] {
  return [...push.ops.map((op) => op[1]), ...push.hides];
}
