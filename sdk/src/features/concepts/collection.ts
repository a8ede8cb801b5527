// SPDX-License-Identifier: Apache-2.0

import { Emitter, type Unsubscribe } from "../../lib/emitter.js";
import { isEqual } from "../../lib/equal.js";
import type { Value } from "../../protocol/messages.js";
import type { ChangeOrigin } from "./concept_sync.js";
import type { Entity } from "./evaluate.js";

/** What became different in a collection, all at once. */
export interface CollectionChange<E> {
  /** Who did it. */
  readonly origin: ChangeOrigin;
  /** New ones. */
  readonly added: readonly E[];
  /** Different ones, as they are now. */
  readonly updated: readonly E[];
  /** As they were. */
  readonly removed: readonly E[];
}

export type PropKey<E> = E extends { readonly props: infer P } ? keyof P & string : never;
export type PropValue<E, Key extends string> = E extends { readonly props: infer P } ? (Key extends keyof P ? P[Key] : undefined) : never;

/** The nodes or the links of a canvas: a live map, not a copy, whose entities are replaced and never changed. */
export interface Collection<E> extends ReadonlyMap<string, E> {
  /** All of them; the same array until something changes. */
  readonly all: readonly E[];
  /** Told once per push, snapshot or rollback. */
  subscribe(listener: (change: CollectionChange<E>) => void): Unsubscribe;
  /** One entity. undefined while it is not there; it may come, go and come back. */
  subscribeTo(id: string, listener: (entity: E | undefined, before: E | undefined) => void): Unsubscribe;
  /** One property of one entity. */
  subscribeTo<Key extends PropKey<E>>(
    id: string,
    key: Key,
    listener: (value: PropValue<E, Key> | undefined, before: PropValue<E, Key> | undefined) => void,
  ): Unsubscribe;
}

interface Told {
  readonly entity: Entity | undefined;
  readonly before: Entity | undefined;
}

type AnyListener = (now: never, before: never) => void;

/** The form that the replica writes to. Whoever writes calls tell() when the whole change is in. */
export class LiveCollection extends Map<string, Entity> implements Collection<Entity> {
  private readonly listeners_ = new Emitter<{ change: CollectionChange<Entity> }>();
  private readonly perEntity_ = new Emitter<{ [id: string]: Told }>();
  private all_: readonly Entity[] | undefined;

  get all(): readonly Entity[] {
    return (this.all_ ??= [...this.values()]);
  }

  override set(id: string, entity: Entity): this {
    this.all_ = undefined;
    return super.set(id, entity);
  }

  override delete(id: string): boolean {
    this.all_ = undefined;
    return super.delete(id);
  }

  subscribe(listener: (change: CollectionChange<Entity>) => void): Unsubscribe {
    return this.listeners_.on("change", listener);
  }

  subscribeTo(id: string, listener: (entity: Entity | undefined, before: Entity | undefined) => void): Unsubscribe;
  subscribeTo(id: string, key: string, listener: (value: Value | undefined, before: Value | undefined) => void): Unsubscribe;
  subscribeTo(id: string, ...rest: [key: string, listener: AnyListener] | [listener: AnyListener]): Unsubscribe {
    const [key, listener] = rest.length === 1 ? [undefined, rest[0]] : rest;
    const tell = listener as (now: unknown, before: unknown) => void;
    return this.perEntity_.on(id, ({ entity, before }) => {
      if (key === undefined) return tell(entity, before);
      const [now, was] = [propOf(entity, key), propOf(before, key)];
      if (!isEqual(now, was)) tell(now, was);
    });
  }

  /** For the canvas: `changed` has every entity that is different, as it was. */
  tell(changed: ReadonlyMap<string, Entity | undefined>, isMine: (entity: Entity) => boolean, origin: ChangeOrigin): void {
    const change = { origin, added: [] as Entity[], updated: [] as Entity[], removed: [] as Entity[] };
    for (const [id, was] of changed) {
      const before = was !== undefined && isMine(was) ? was : undefined;
      const entity = this.get(id);
      if (entity === undefined && before === undefined) continue;
      if (entity === undefined) change.removed.push(before!);
      else if (before === undefined) change.added.push(entity);
      else change.updated.push(entity);
      this.perEntity_.emit(id, { entity, before });
    }
    if (change.added.length + change.updated.length + change.removed.length > 0) this.listeners_.emit("change", change);
  }

  /** Nobody listens any more; the entities stay. */
  unsubscribeAll(): void {
    this.listeners_.clear();
    this.perEntity_.clear();
  }
}

function propOf(entity: Entity | undefined, key: string): Value | undefined {
  return entity !== undefined && Object.hasOwn(entity.props, key) ? entity.props[key] : undefined;
}
