// SPDX-License-Identifier: Apache-2.0

import type { Op } from "../../protocol/messages.js";

/** An edit of one's own that the server has not answered yet. */
export interface Push {
  /** Given when it is first sent; from then on the ops stay as they are, because the server may have them. */
  n: number | undefined;
  ops: Op[];
  /** What its deletes take along, as far as it is known here: they are not shown. */
  readonly hides: Set<string>;
  /** Answers still to come to earlier sendings that could not succeed; they mean nothing. */
  staleAnswers: number;
  /** A lone set that may still take in later ones, as while dragging. */
  readonly mergeable: boolean;
}

export function makePush(ops: Op[], mergeable: boolean): Push {
  return { n: undefined, ops, hides: new Set(), staleAnswers: 0, mergeable };
}

/** Whether what is shown of an entity depends on this push. */
export function touches(push: Push, id: string): boolean {
  return push.hides.has(id) || push.ops.some((op) => op[1] === id);
}

export function touchedBy(push: Push): string[] {
  return [...push.ops.map((op) => op[1]), ...push.hides];
}
