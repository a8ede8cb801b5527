// SPDX-License-Identifier: Apache-2.0

import { useSyncExternalStore } from "react";

/** A value that components may watch. */
export interface Store<Value extends object> {
  get(): Value;
  /** A patch; nobody is told when it changes nothing. */
  set(patch: Partial<Value>): void;
  subscribe(listener: () => void): () => void;
  /** In a component: what `select` makes of it. Compared by identity. */
  use<Selected>(select: (value: Value) => Selected): Selected;
}

export function createStore<Value extends object>(first: Value): Store<Value> {
  let value = first;
  const listeners = new Set<() => void>();
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    get: () => value,
    set(patch) {
      if (Object.entries(patch).every(([key, part]) => Object.is(value[key as keyof Value], part))) return;
      value = { ...value, ...patch };
      for (const listener of [...listeners]) listener();
    },
    subscribe,
    use<Selected>(select: (value: Value) => Selected): Selected {
      return useSyncExternalStore(
        subscribe,
        () => select(value),
        () => select(value),
      );
    },
  };
}
