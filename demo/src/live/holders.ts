// SPDX-License-Identifier: Apache-2.0

import { useCallback, useSyncExternalStore } from "react";

import { useBoard } from "../board/board_context.js";
import { personColor } from "../model/colors.js";
import type { MapCanvas } from "../model/map.js";
import { nameOf } from "../session.js";

/** Somebody else who has it selected, or writes on it. */
export interface Holder {
  readonly actor: number;
  readonly name: string;
  readonly color: string;
  readonly isEditing: boolean;
}

const kNobody: readonly Holder[] = [];

/** Who holds what: computed once per change of people, and told only to what is held by others than before. */
export class Holders {
  private held_: ReadonlyMap<string, readonly Holder[]> = new Map();
  private readonly listeners_ = new Map<string, Set<() => void>>();

  constructor(private readonly canvas_: MapCanvas) {}

  /** Looks from now on, until what it gives is called. */
  watch(): () => void {
    this.update_();
    return this.canvas_.others.subscribe(() => this.update_());
  }

  of(id: string): readonly Holder[] {
    return this.held_.get(id) ?? kNobody;
  }

  listen(id: string, listener: () => void): () => void {
    const set = this.listeners_.get(id) ?? new Set();
    this.listeners_.set(id, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0 && this.listeners_.get(id) === set) this.listeners_.delete(id);
    };
  }

  private update_(): void {
    const held = new Map<string, Holder[]>();
    for (const person of this.canvas_.others.all) {
      const { selection, editing } = person.presence;
      const ids = new Set(Array.isArray(selection) ? (selection as readonly unknown[]).filter((id) => typeof id === "string") : []);
      if (typeof editing === "string") ids.add(editing);
      for (const id of ids) {
        const holder = { actor: person.actor, name: nameOf(person), color: personColor(person), isEditing: id === editing };
        const before = this.of(id).find(({ actor }) => actor === person.actor);
        held.set(id, [...(held.get(id) ?? []), before !== undefined && isSame(before, holder) ? before : holder]);
      }
    }
    const changed = new Set<string>();
    for (const id of new Set([...held.keys(), ...this.held_.keys()])) {
      const [now, before] = [held.get(id) ?? kNobody, this.of(id)];
      if (now.length === before.length && now.every((holder, i) => holder === before[i])) {
        if (now.length > 0) held.set(id, before as Holder[]);
      } else {
        changed.add(id);
      }
    }
    this.held_ = held;
    for (const id of changed) for (const listener of this.listeners_.get(id) ?? []) listener();
  }
}

export function useHolders(id: string): readonly Holder[] {
  const { holders } = useBoard();
  const listen = useCallback((listener: () => void) => holders.listen(id, listener), [holders, id]);
  return useSyncExternalStore(
    listen,
    () => holders.of(id),
    () => kNobody,
  );
}

function isSame(a: Holder, b: Holder): boolean {
  return a.name === b.name && a.color === b.color && a.isEditing === b.isEditing;
}
