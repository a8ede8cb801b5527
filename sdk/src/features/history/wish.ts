// SPDX-License-Identifier: Apache-2.0

import { OpKind, type Op, type Props } from "../../protocol/messages.js";
import type { Push } from "../concepts/push.js";
import type { Entry, Group, Write } from "./group.js";

/** One undo() or redo(). */
export interface Walk {
  /** The stack that the step was taken from. */
  readonly from: Group[];
  /** What the server refuses of it goes in here, and back to that stack. */
  rest: Group;
}

/** What one push of a walk is to do, until it is answered: if the server refuses it, it is a step again. */
export class Wish {
  /** undefined until the push is whole. */
  push: Push | undefined;
  private readonly ops_: Op[] = [];
  /** By entity, the properties that others wrote since; "" for anything that they did with it. */
  private readonly theirs_ = new Map<string, Set<string>>();

  constructor(readonly walk: Walk) {}

  add(op: Op): void {
    this.ops_.push(op);
    this.theirs_.set(op[1], new Set());
  }

  /** Somebody else's op is in the log, before the push. */
  foreign(op: Op): void {
    const theirs = this.theirs_.get(op[1]);
    theirs?.add("");
    for (const key of Object.keys(propsOf(op))) theirs?.add(key);
  }

  /** What leads to the same again, the last op first. What others wrote meanwhile stays as they left it. */
  entries(push: Push): Entry[] {
    return this.ops_.map((op) => this.entry_(op, push)).reverse();
  }

  private entry_(op: Op, push: Push): Entry {
    const id = op[1];
    const theirs = this.theirs_.get(id)!;
    if (op[0] === OpKind.create) return { did: "delete", removed: [{ id, type: op[2], props: op[3] }], push };
    if (op[0] === OpKind.delete) return { did: "create", id, push, isTouched: theirs.has("") };
    const writes = Object.entries(op[2]).map(([key, value]): [string, Write] => [key, { value, first: push, last: push, isStale: theirs.has(key) }]);
    return { did: "set", id, writes: new Map(writes) };
  }
}

function propsOf(op: Op): Props {
  return op[0] === OpKind.delete ? {} : op[0] === OpKind.create ? op[3] : op[2];
}
