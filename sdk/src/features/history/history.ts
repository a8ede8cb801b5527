// SPDX-License-Identifier: Apache-2.0

import type { Canvas } from "../../canvas.js";
import { Emitter, type Unsubscribe } from "../../lib/emitter.js";
import { isEqual } from "../../lib/equal.js";
import { encodedBytes } from "../../protocol/codec.js";
import { WeftError } from "../../protocol/errors.js";
import { OpKind, type Op, type Value } from "../../protocol/messages.js";
import { checkPushBytes } from "../concepts/checks.js";
import type { Historian, Step } from "../concepts/concept_sync.js";
import { dependsOn, evaluate, isPossibleParent, kLinkType, parentIn, type Entity } from "../concepts/evaluate.js";
import type { Push } from "../concepts/push.js";
import type { CanvasTypes } from "../../types.js";
import { Group, idsOf, type Entry } from "./group.js";
import { Wish, type Walk } from "./wish.js";

/** Lone sets that follow each other this closely are one step for a person, like letters of a word. */
export const kGroupMs = 500;
/** Older groups are forgotten. */
export const kGroupsMax = 200;
/** Room in a push for all that stands around its ops. */
const kHeadsBytes = 32;

/** How steps are put together, and how many are kept. */
export interface HistoryOptions {
  /** Lone sets that follow each other this closely are one step, ms. 500 by default. */
  readonly groupMs?: number;
  /** Older steps are forgotten. 200 by default. */
  readonly groupsMax?: number;
}

/** What undo() and redo() would find. */
export interface HistoryState {
  /** There is something to take back. */
  readonly canUndo: boolean;
  /** Something was taken back, and nothing has been done since. */
  readonly canRedo: boolean;
}

/** What came of a walk over a step. */
interface Outcome {
  /** There was something to do. */
  readonly isAny: boolean;
  /** Why some of it was left out: it is refused for good. */
  readonly refusal: unknown;
}

const histories = new WeakMap<object, History>();

/**
 * Undo and redo for a canvas. It knows what was done since it was asked for the first time: do that right after
 * open(). Later calls give the same one, and their options mean nothing.
 */
export function historyOf<T extends CanvasTypes>(canvas: Canvas<T>, options?: HistoryOptions): History {
  let history = histories.get(canvas);
  if (history === undefined) {
    history = new History(canvas as unknown as Canvas, options);
    histories.set(canvas, history);
  }
  return history;
}

/**
 * Undo and redo of one's own edits alone. A property that somebody else has written since stays as they left it;
 * an entity that somebody else has touched since is not deleted with one's own creating of it. What undoing does
 * is an edit like any other, so that everybody sees it.
 */
export class History implements Historian {
  private readonly undo_: Group[] = [];
  private readonly redo_: Group[] = [];
  /** By entity, in the order in which things were done. */
  private readonly index_ = new Map<string, Set<Entry>>();
  private readonly emitter_ = new Emitter<{ change: HistoryState }>();
  private isPaused_ = false;
  private isIgnoring_ = false;
  /** Where the edits of an undo that runs are noted, to be done again, and what its push is to do. */
  private walking_: Group | undefined;
  private wish_: Wish | undefined;
  /** Those of pushes that are not answered. */
  private wishes_: Wish[] = [];
  private told_: HistoryState = { canUndo: false, canRedo: false };
  private readonly groupMs_: number;
  private readonly groupsMax_: number;

  constructor(
    private readonly canvas_: Canvas,
    options: HistoryOptions = {},
  ) {
    canvas_.historian_ = this;
    this.groupMs_ = options.groupMs ?? kGroupMs;
    this.groupsMax_ = options.groupsMax ?? kGroupsMax;
  }

  /** There is something to take back. */
  get canUndo(): boolean {
    return this.told_.canUndo;
  }

  /** Something was taken back, and nothing has been done since. */
  get canRedo(): boolean {
    return this.told_.canRedo;
  }

  /** Both; the same object until one of them changes. */
  get state(): HistoryState {
    return this.told_;
  }

  /** Takes back the latest group of which anything can be taken back; false when there is none. */
  undo(): boolean {
    return this.walk_(this.undo_, this.redo_);
  }

  /** Does again what undo() took back last; false when there is nothing. */
  redo(): boolean {
    return this.walk_(this.redo_, this.undo_);
  }

  /** Until resume() everything is one group: for a drag, from pointer down to pointer up. */
  pause(): void {
    if (this.isPaused_) return;
    this.closeGroup_();
    this.isPaused_ = true;
  }

  /** Ends what pause() began. */
  resume(): void {
    this.isPaused_ = false;
    this.closeGroup_();
  }

  /** Edits made inside cannot be undone: those that no person made, such as a layout that arranges itself. */
  ignore<Result>(edits: () => Result): Result {
    const before = this.isIgnoring_;
    this.isIgnoring_ = true;
    try {
      return edits();
    } finally {
      this.isIgnoring_ = before;
    }
  }

  /** Forgets all steps; the document stays as it is. */
  clear(): void {
    for (const stack of [this.undo_, this.redo_]) for (const group of stack.splice(0)) this.forget_(group);
    this.wishes_ = [];
    this.tell_();
  }

  /** Told when canUndo or canRedo changes. */
  subscribe(listener: (state: HistoryState) => void): Unsubscribe {
    return this.emitter_.on("change", listener);
  }

  // For the canvas.

  /** @internal */
  edited(steps: readonly Step[], push: Push, isTransaction: boolean): void {
    if (this.isIgnoring_ || steps.length === 0) return;
    const nowMs = Date.now();
    const group = this.walking_ ?? this.groupFor_(steps, isTransaction, nowMs);
    group.lastMs = nowMs;
    for (const step of steps) {
      const entry = group.add(step, push);
      if (entry !== undefined) this.enter_(entry);
    }
    if (this.wish_ === undefined) this.forgetRedo_();
    else this.wish_.push = push;
    this.tell_();
  }

  /** The push never came to be: there is nothing of it to take back, and what it was to take back is still there. @internal */
  undone(push: Push): void {
    for (const stack of [this.undo_, this.redo_]) {
      for (const group of stack) {
        for (const entry of [...group.entries]) if (isWithout(entry, push)) this.remove_(group, entry);
      }
      this.prune_(stack);
    }
    const isRefused = (wish: Wish): boolean => wish.push === push;
    for (const wish of this.wishes_.filter(isRefused).reverse()) this.wishAgain_(wish, push);
    this.wishes_ = this.wishes_.filter((wish) => !isRefused(wish));
    this.tell_();
  }

  /** Somebody else's ops are in the log. @internal */
  foreign(ops: readonly Op[]): void {
    this.dropAnswered_();
    for (const op of ops) {
      for (const wish of this.wishes_) wish.foreign(op);
      for (const entry of this.index_.get(op[1]) ?? []) this.touch_(entry, op);
      this.writtenUnder_(op);
      if (op[0] !== OpKind.delete) for (const on of namedBy(op)) this.touchCreated_(on);
    }
  }

  /** The confirmed document was replaced, and nobody says by whom. @internal */
  replaced(before: ReadonlyMap<string, Entity>, after: ReadonlyMap<string, Entity>): void {
    for (const [id, entries] of this.index_) {
      const [was, now] = [before.get(id), after.get(id)];
      if (isEqual(was, now)) continue;
      if (now === undefined) {
        if (![...entries].some(({ did }) => did === "delete")) this.foreign([[OpKind.delete, id]]);
        continue;
      }
      if (was === undefined && [...entries].some((entry) => entry.did === "create" && !entry.push.isSettled)) continue;
      const keys = new Set([...Object.keys(was?.props ?? {}), ...Object.keys(now.props)]);
      const patch: { [key: string]: Value } = {};
      for (const key of keys) {
        const isSame = isEqual(was?.props[key], now.props[key]);
        if (!isSame && !this.isOwn_(id, key, now.props[key])) patch[key] = now.props[key] ?? null;
      }
      if (Object.keys(patch).length > 0) this.foreign([[OpKind.set, id, patch]]);
    }
  }

  /** @internal */
  closed(): void {
    this.emitter_.clear();
  }

  // Taking back.

  private walk_(from: Group[], to: Group[]): boolean {
    this.closeGroup_();
    this.isPaused_ = false;
    this.dropAnswered_();
    for (let group = from.pop(); group !== undefined; group = from.pop()) {
      const inverse = group.isOtherHalfOf(to.at(-1)) ? to.pop()! : new Group(false);
      const walk: Walk = { from, rest: new Group(false) };
      walk.rest.half = inverse;
      this.walking_ = inverse;
      let outcome: Outcome;
      try {
        outcome = this.takeBackAll_(group, walk);
        this.forget_(group);
      } catch (error) {
        // What came before the refusal is done; the next walk does the rest, and then both are one step again.
        group.half = inverse;
        walk.rest = group;
        from.push(group);
        throw error;
      } finally {
        this.walking_ = this.wish_ = undefined;
        if (inverse.entries.length > 0) to.push(inverse);
        this.tell_();
      }
      if (outcome.refusal !== undefined) throw outcome.refusal;
      if (outcome.isAny) return true;
    }
    return false;
  }

  /** In as few pushes as the limits allow, each of them whole or not at all. Throws for what may be taken later. */
  private takeBackAll_(group: Group, walk: Walk): Outcome {
    const { limits_: limits } = this.canvas_;
    const ops = this.opsAgainst_(group);
    let refusal: unknown;
    let next = ops.next();
    const isAny = next.done !== true;
    while (next.done !== true) {
      const wish = (this.wish_ = new Wish(walk));
      this.canvas_.transact(() => {
        let bytes = kHeadsBytes;
        for (let count = 0; next.done !== true && count < limits.push_ops_max; next = ops.next(), ++count) {
          const op = next.value;
          bytes += encodedBytes(op);
          if (count > 0 && bytes > limits.frame_bytes_max) return;
          try {
            if (count === 0) checkPushBytes([op], limits);
            this.apply_(op);
            wish.add(op);
          } catch (error) {
            if (mayPass(error)) throw error;
            refusal ??= error;
          }
        }
      });
      if (wish.push !== undefined) this.wishes_.push(wish);
    }
    return { isAny, refusal };
  }

  /** What the server refused of a walk is a step again, on top of the stack that it was taken from. */
  private wishAgain_(wish: Wish, push: Push): void {
    const { from, rest } = wish.walk;
    const entries = wish.entries(push);
    for (const entry of entries) this.enter_(entry);
    rest.entries = [...entries, ...rest.entries];
    if (!from.includes(rest)) from.push(rest);
  }

  private dropAnswered_(): void {
    this.wishes_ = this.wishes_.filter(({ push }) => push?.isSettled === false);
  }

  private apply_(op: Op): void {
    if (op[0] === OpKind.create) this.canvas_.create(op[2], op[3], op[1]);
    else if (op[0] === OpKind.set) this.canvas_.set(op[1], op[2]);
    else this.canvas_.delete(op[1]);
  }

  /** Each is worked out when the one before it is shown. */
  private *opsAgainst_(group: Group): Generator<Op, void> {
    for (const entry of group.entries.toReversed()) yield* this.opsAgainstEntry_(entry);
  }

  private *opsAgainstEntry_(entry: Entry): Generator<Op, void> {
    switch (entry.did) {
      case "create":
        if (!entry.isTouched && this.canvas_.get(entry.id) !== undefined && !this.hasDependants_(entry.id)) yield [OpKind.delete, entry.id];
        return;
      case "delete":
        for (const { id, type, props } of inOrder(entry.removed)) {
          const isPossible = type !== kLinkType || [props["from"], props["to"]].every((end) => this.isNode_(end));
          if (isPossible && this.canvas_.get(id) === undefined) yield [OpKind.create, id, type, props];
        }
        return;
      case "set": {
        const entity = this.canvas_.get(entry.id);
        if (entity === undefined) return;
        const patch: { [key: string]: Value } = {};
        for (const [key, { value, isStale }] of entry.writes) {
          if (!isStale && !isEqual(entity.props[key] ?? null, value) && this.isReachable_(entity, key, value)) patch[key] = value;
        }
        if (Object.keys(patch).length > 0) yield [OpKind.set, entry.id, patch];
      }
    }
  }

  /** What refers to something that is gone would be refused, or put elsewhere. */
  private isReachable_(entity: Entity, key: string, value: Value): boolean {
    if (entity.type === kLinkType) return (key !== "from" && key !== "to") || this.isNode_(value);
    return key !== "parent" || isPossibleParent((id) => this.canvas_.get(id), entity.id, parentIn(value));
  }

  private isNode_(id: Value | undefined): boolean {
    const entity = typeof id === "string" ? this.canvas_.get(id) : undefined;
    return entity !== undefined && entity.type !== kLinkType;
  }

  private hasDependants_(id: string): boolean {
    return [this.canvas_.concepts, this.canvas_.links].some(({ all }) => all.some((entity) => dependsOn(entity).includes(id)));
  }

  // What others did.

  private touch_(entry: Entry, op: Op): void {
    if (entry.did === "create") {
      entry.isTouched = true;
    } else if (entry.did === "delete") {
      // It came before one's own delete, which is still on its way: undoing brings it back with that change.
      if (entry.push.isSettled || op[0] === OpKind.delete) return;
      entry.removed = entry.removed.map((entity) => (entity.id === op[1] ? (evaluate(entity, op) ?? entity) : entity));
    } else if (op[0] === OpKind.delete) {
      for (const write of entry.writes.values()) write.isStale = true;
    }
  }

  /**
   * Every settled write of these properties came before theirs. The first that is still on its way comes after it
   * in the log, so theirs is what lies under it.
   */
  private writtenUnder_(op: Op): void {
    if (op[0] === OpKind.delete) return;
    const props = op[0] === OpKind.create ? op[3] : op[2];
    for (const [key, value] of Object.entries(props)) {
      for (const entry of this.index_.get(op[1]) ?? []) {
        const write = entry.did === "set" ? entry.writes.get(key) : undefined;
        if (write === undefined) continue;
        if (!write.last.isSettled) {
          write.value = value;
          break;
        }
        write.isStale = true;
      }
    }
  }

  private touchCreated_(id: string): void {
    for (const entry of this.index_.get(id) ?? []) if (entry.did === "create") entry.isTouched = true;
  }

  /** Whether the value is that of one's own write, which was in the log all along. */
  private isOwn_(id: string, key: string, value: Value | undefined): boolean {
    const isPending = [...(this.index_.get(id) ?? [])].some((entry) => entry.did === "set" && entry.writes.get(key)?.last.isSettled === false);
    return isPending && isEqual(this.canvas_.get(id)?.props[key], value);
  }

  // Groups.

  private groupFor_(steps: readonly Step[], isTransaction: boolean, nowMs: number): Group {
    const last = this.undo_.at(-1);
    if (last?.isOpen === true) {
      const isNear = nowMs - last.lastMs <= this.groupMs_ && nowMs >= last.lastMs;
      if (this.isPaused_ || (!isTransaction && isNear && steps.every(({ did }) => did === "set"))) return last;
      last.isOpen = false;
    }
    const group = new Group(this.isPaused_ || !isTransaction);
    this.undo_.push(group);
    while (this.undo_.length > this.groupsMax_) this.forget_(this.undo_.shift()!);
    return group;
  }

  private closeGroup_(): void {
    const last = this.undo_.at(-1);
    if (last !== undefined) last.isOpen = false;
  }

  private enter_(entry: Entry): void {
    for (const id of idsOf(entry)) {
      const entries = this.index_.get(id);
      if (entries === undefined) this.index_.set(id, new Set([entry]));
      else entries.add(entry);
    }
  }

  private remove_(group: Group, entry: Entry): void {
    group.entries = group.entries.filter((other) => other !== entry);
    this.leave_(entry);
  }

  private leave_(entry: Entry): void {
    for (const id of idsOf(entry)) {
      const entries = this.index_.get(id);
      entries?.delete(entry);
      if (entries?.size === 0) this.index_.delete(id);
    }
  }

  private forget_(group: Group): void {
    for (const entry of group.entries.splice(0)) this.leave_(entry);
  }

  /** Nor does a redo that is refused come back. */
  private forgetRedo_(): void {
    for (const undone of this.redo_.splice(0)) this.forget_(undone);
    this.wishes_ = this.wishes_.filter(({ walk }) => walk.from !== this.redo_);
  }

  private prune_(stack: Group[]): void {
    for (let i = stack.length - 1; i >= 0; --i) if (stack[i]!.entries.length === 0) stack.splice(i, 1);
  }

  private tell_(): void {
    const state = { canUndo: this.undo_.length > 0, canRedo: this.redo_.length > 0 };
    if (isEqual(state, this.told_)) return;
    this.told_ = state;
    this.emitter_.emit("change", state);
  }
}

/** Refusals of the moment: the same edit may be taken later. */
function mayPass(error: unknown): boolean {
  return error instanceof WeftError && (error.code === "too_many" || error.code === "not_allowed");
}

/** Forgets what the push did; true when nothing of the entry is left. */
function isWithout(entry: Entry, push: Push): boolean {
  if (entry.did !== "set") return entry.push === push;
  for (const [key, write] of entry.writes) {
    if (write.first === push) entry.writes.delete(key);
    else if (write.last === push) write.last = write.first;
  }
  return entry.writes.size === 0;
}

/** The entities that an op's references name. */
function namedBy(op: Op): string[] {
  if (op[0] === OpKind.delete) return [];
  const props = op[0] === OpKind.create ? op[3] : op[2];
  const named = [props["from"], props["to"], parentIn(props["parent"])];
  return named.filter((id) => typeof id === "string");
}

/** Nodes before those that lie in them, links last: so each finds what it refers to. */
function inOrder(entities: readonly Entity[]): Entity[] {
  const waiting = new Map(entities.map((entity) => [entity.id, entity]));
  const ordered: Entity[] = [];
  const place = (entity: Entity): void => {
    if (!waiting.delete(entity.id)) return;
    for (const on of dependsOn(entity)) {
      const other = waiting.get(on);
      if (other !== undefined) place(other);
    }
    ordered.push(entity);
  };
  for (const entity of entities.filter(({ type }) => type !== kLinkType)) place(entity);
  for (const entity of entities) place(entity);
  return ordered;
}
