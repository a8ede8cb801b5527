// SPDX-License-Identifier: Apache-2.0

/** Ends the listening. Again, it does nothing. */
export type Unsubscribe = () => void;

/** Typed events. A listener that throws does not keep the others from hearing; the error surfaces on its own. */
export class Emitter<Events extends object> {
  private readonly listeners_ = new Map<keyof Events, Set<(payload: never) => void>>();

  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): Unsubscribe {
    const listeners = this.listeners_.get(name) ?? new Set();
    this.listeners_.set(name, listeners);
    // A wrapper of its own, so that the same function may listen twice and leave once.
    const entry = (payload: Events[Name]): void => listener(payload);
    listeners.add(entry);
    return () => {
      listeners.delete(entry);
      // Names may be as many as entities.
      if (listeners.size === 0 && this.listeners_.get(name) === listeners) this.listeners_.delete(name);
    };
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    for (const listener of [...(this.listeners_.get(name) ?? [])]) {
      try {
        (listener as (payload: Events[Name]) => void)(payload);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  has(name: keyof Events): boolean {
    return (this.listeners_.get(name)?.size ?? 0) > 0;
  }

  clear(): void {
    this.listeners_.clear();
  }
}
