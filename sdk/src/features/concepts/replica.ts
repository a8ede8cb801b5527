// SPDX-License-Identifier: Apache-2.0

import { isEqual } from "../../lib/equal.js";
import { OpKind, type EntityRow, type Op } from "../../protocol/messages.js";
import { LiveCollection } from "./collection.js";
import { dependsOn, evaluate, kLinkType, type Entity } from "./evaluate.js";
import { touchedBy, touches, type Push } from "./push.js";

/**
 * The canvas as the server has confirmed it, and over it what is shown: the confirmed state with one's own
 * unanswered pushes applied. A value not yet acknowledged is therefore shown over a remote one, and dropping
 * a push is all that a rollback needs.
 */
export class Replica {
  readonly concepts = new LiveCollection();
  readonly links = new LiveCollection();
  private base_ = new Map<string, Entity>();
  /** What is shown differently, as it was. */
  private changed_ = new Map<string, Entity | undefined>();
  /** Confirmed entities that are others than storage has. undefined: all of them. */
  private unkept_: Set<string> | undefined;

  constructor(
    /** The queue's own list, in order. */
    private readonly pending_: () => readonly Push[],
    /** Whether an entity may be shown. It stays in the confirmed state in any case. */
    private readonly fits_: (entity: Entity) => boolean = () => true,
  ) {}

  get(id: string): Entity | undefined {
    return this.concepts.get(id) ?? this.links.get(id);
  }

  get size(): number {
    return this.concepts.size + this.links.size;
  }

  get base(): ReadonlyMap<string, Entity> {
    return this.base_;
  }

  /** The ids whose entity is another one than at the last call, with what it was. */
  takeChanged(): ReadonlyMap<string, Entity | undefined> {
    const changed = this.changed_;
    this.changed_ = new Map();
    for (const [id, before] of changed) if (isEqual(before, this.get(id))) changed.delete(id);
    return changed;
  }

  /** The confirmed entities that changed since the last call; undefined: take all of them. */
  takeUnkept(): ReadonlySet<string> | undefined {
    const unkept = this.unkept_;
    this.unkept_ = new Set();
    return unkept;
  }

  /** What was taken did not get into storage, or somebody else wrote there. */
  keepAll(): void {
    this.unkept_ = undefined;
  }

  /** What is in storage already. */
  restore(rows: readonly EntityRow[]): void {
    this.replace(rows);
    this.unkept_ = new Set();
  }

  /** Ops that the log has, in its order. */
  confirm(ops: readonly Op[]): void {
    for (const op of ops) {
      const entity = evaluate(this.base_.get(op[1]), op);
      if (entity === undefined) this.base_.delete(op[1]);
      else this.base_.set(op[1], entity);
      this.unkept_?.add(op[1]);
      if (entity !== undefined) this.hideIfDoomed_(entity);
    }
    this.refresh(ops.map((op) => op[1]));
  }

  /** A snapshot takes the place of everything confirmed. */
  replace(rows: readonly EntityRow[]): void {
    this.base_ = new Map(rows.map(([id, type, props]) => [id, { id, type, props }]));
    this.unkept_ = undefined;
    const ids = new Set([...this.concepts.keys(), ...this.links.keys(), ...this.base_.keys()]);
    for (const push of this.pending_()) {
      for (const op of push.ops) if (op[0] === OpKind.delete) this.hideDependants_(push, op[1], this.base_.values());
      for (const id of touchedBy(push)) ids.add(id);
    }
    this.refresh(ids);
  }

  /**
   * Shows an op that was just put into `push`, and returns what else went out of sight with it. Requires: no
   * later pending op is about the same entity.
   */
  show(push: Push, op: Op): readonly Entity[] {
    const gone: Entity[] = [];
    if (op[0] === OpKind.create) push.hides.delete(op[1]);
    if (op[0] === OpKind.delete) {
      this.hideDependants_(push, op[1], [...this.concepts.values(), ...this.links.values()]);
      for (const id of push.hides) {
        const entity = this.get(id);
        if (entity !== undefined) gone.push(entity);
        this.put_(id, undefined);
      }
    }
    this.put_(op[1], evaluate(this.get(op[1]), op));
    return gone;
  }

  /** Works out again what is shown of these. */
  refresh(ids: Iterable<string>): void {
    const pending = this.pending_();
    for (const id of ids) this.put_(id, this.overlay_(id, pending));
  }

  private overlay_(id: string, pending: readonly Push[]): Entity | undefined {
    let entity = this.base_.get(id);
    for (const push of pending) {
      if (!touches(push, id)) continue;
      for (const op of push.ops) if (op[1] === id) entity = evaluate(entity, op);
      if (push.hides.has(id)) entity = undefined;
    }
    return entity;
  }

  private put_(id: string, entity: Entity | undefined): void {
    const before = this.get(id);
    if (isEqual(before, entity)) return;
    if (entity !== undefined && !this.fits_(entity)) return this.put_(id, undefined);
    if (!this.changed_.has(id)) this.changed_.set(id, before);
    if (before !== undefined && before.type !== entity?.type) this.mapOf_(before).delete(id);
    if (entity !== undefined) this.mapOf_(entity).set(id, entity);
  }

  private mapOf_(entity: Entity): Map<string, Entity> {
    return entity.type === kLinkType ? this.links : this.concepts;
  }

  /** The links and descendants of a deleted entity go with it, as the server will answer. */
  private hideDependants_(push: Push, id: string, among: Iterable<Entity>): void {
    const dependants = new Map<string, string[]>();
    for (const entity of among) {
      for (const on of dependsOn(entity)) {
        const list = dependants.get(on);
        if (list === undefined) dependants.set(on, [entity.id]);
        else list.push(entity.id);
      }
    }
    const next = [id];
    for (let at = next.pop(); at !== undefined; at = next.pop()) {
      for (const dependant of dependants.get(at) ?? []) {
        if (dependant === id || push.hides.has(dependant)) continue;
        push.hides.add(dependant);
        next.push(dependant);
      }
    }
  }

  /** Somebody attached this to what one has deleted but the server does not know that yet. */
  private hideIfDoomed_(entity: Entity): void {
    for (const push of this.pending_()) {
      const isGone = (id: string): boolean =>
        push.hides.has(id) || push.ops.some((op) => op[0] === OpKind.delete && op[1] === id);
      if (dependsOn(entity).some(isGone)) push.hides.add(entity.id);
    }
  }
}
