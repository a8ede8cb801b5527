// SPDX-License-Identifier: Apache-2.0

import type { Value } from "../../protocol/messages.js";
import type { Step } from "../concepts/concept_sync.js";
import type { Entity } from "../concepts/evaluate.js";
import type { Push } from "../concepts/push.js";

/** One property that was written here. */
export interface Write {
  /** What undoing brings back; null: no value. */
  value: Value;
  /** The pushes that carried the first and the last write of it. */
  first: Push;
  last: Push;
  /** Somebody else wrote it since. */
  isStale: boolean;
}

/** What was done here to one entity, and what is needed to take it back. */
export type Entry =
  | { readonly did: "set"; readonly id: string; readonly writes: Map<string, Write> }
  /** `isTouched`: somebody else did something with it since, so that it is not one's own alone any more. */
  | { readonly did: "create"; readonly id: string; readonly push: Push; isTouched: boolean }
  | { readonly did: "delete"; removed: readonly Entity[]; readonly push: Push };

/** What one undo takes back. */
export class Group {
  entries: Entry[] = [];
  lastMs = 0;
  /** The group on the other stack that is the rest of this step: a walk over it was refused halfway. */
  half: Group | undefined;

  /** Whether later edits may still join. */
  constructor(public isOpen: boolean) {}

  isOtherHalfOf(other: Group | undefined): boolean {
    return other !== undefined && (this.half === other || other.half === this);
  }

  /** Returns the entry if it is a new one. */
  add(step: Step, push: Push): Entry | undefined {
    if (step.did === "set") return this.addSet_(step.id, step.before, push);
    const entry: Entry =
      step.did === "create" ? { did: "create", id: step.id, push, isTouched: false } : { did: "delete", removed: step.removed, push };
    this.entries.push(entry);
    return entry;
  }

  private addSet_(id: string, before: { readonly [key: string]: Value }, push: Push): Entry | undefined {
    const latest = this.entries.findLast((entry) => entry.did !== "delete" && entry.id === id);
    // What was created here goes away whole.
    if (latest?.did === "create" && !latest.isTouched) return undefined;
    const entry = latest?.did === "set" ? latest : ({ did: "set", id, writes: new Map<string, Write>() } as const);
    for (const [key, value] of Object.entries(before)) {
      const write = entry.writes.get(key);
      // What somebody else wrote in between is what lies under this write now.
      if (write === undefined || write.isStale) entry.writes.set(key, { value, first: push, last: push, isStale: false });
      else write.last = push;
    }
    if (entry === latest) return undefined;
    this.entries.push(entry);
    return entry;
  }
}

/** The entities that an entry is about. */
export function idsOf(entry: Entry): readonly string[] {
  return entry.did === "delete" ? entry.removed.map(({ id }) => id) : [entry.id];
}
