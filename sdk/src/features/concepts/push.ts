// SPDX-License-Identifier: Apache-2.0

import type { Op } from "../../protocol/messages.js";

/** An edit of one's own that the server has not answered yet. */
export interface Push {
  /** Given when it is first sent; from then on the ops stay as they are, because the server may have them. */
  n: number | undefined;
  ops: Op[];
  /** What its deletes take along, as far as it is known here: they are not shown. */
  readonly hides: Set<string>;
  /** An answer may still come to an earlier sending that could not succeed; it means nothing. */
  hasStaleAnswer: boolean;
  /** A lone set that may still take in later ones, as while dragging. */
  readonly mergeable: boolean;
}

export function makePush(ops: Op[], mergeable: boolean): Push {
  return { n: undefined, ops, hides: new Set(), hasStaleAnswer: false, mergeable };
}

/** Whether what is shown of an entity depends on this push. */
export function touches(push: Push, id: string): boolean {
  return push.hides.has(id) || push.ops.some((op) => op[1] === id);
}

export function touchedBy(push: Push): string[] {
  return [...push.ops.map((op) => op[1]), ...push.hides];
}
