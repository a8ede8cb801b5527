// SPDX-License-Identifier: Apache-2.0

import { AckOutcome } from "../../protocol/codes.js";
import { WeftError } from "../../protocol/errors.js";
import { kDefaultLimits } from "../../protocol/limits.js";
import {
  ClientKind,
  OpKind,
  type AckMessage,
  type EntityRow,
  type ErrorMessage,
  type Limits,
  type Op,
  type OpsMessage,
  type Props,
  type RejectionDetail,
  type Since,
  type SnapshotMessage,
  type Sum,
  type Value,
  type Welcome,
} from "../../protocol/messages.js";
import { checkEntity, checkOp, checkOpCount, checkPushBytes, pushBytes } from "./checks.js";
import { evaluate, isPossibleParent, parentIn, type Entity } from "./evaluate.js";
import type { LiveCollection } from "./collection.js";
import type { KeptPush, KeptState, LogPlace, UnkeptDocument, UnkeptPushes } from "./kept.js";
import { makePush, touchedBy, type Push } from "./push.js";
import { PushQueue } from "./push_queue.js";
import { Replica } from "./replica.js";

/** Pushes that may wait for the server, for example while offline. Further edits are refused. */
export const kPendingPushesMax = 10_000;

/**
 * Where a change of the canvas came from. "rollback": one's own edit was refused and is gone again. "stored": what
 * an earlier page kept.
 */
export type ChangeOrigin = "local" | "remote" | "rollback" | "snapshot" | "stored";

/** What became different on the canvas, all at once. */
export interface Change {
  /** Who did it. */
  readonly origin: ChangeOrigin;
  /** Entities that are new, different or gone. */
  readonly ids: ReadonlySet<string>;
}

/** One's own push that the server refused as a whole. What it had shown has been taken back. */
export interface Rejected {
  /** Stays the same for ever: docs/protocol.md, section E. */
  readonly code: string;
  /** A sentence for people, which names the limit if there is one. */
  readonly message: string;
  /** The limit that was passed, if one was. */
  readonly limit?: keyof Limits;
  /** Which of `ops` was at fault. */
  readonly opIndex: number;
  /** All that the push wanted. */
  readonly ops: readonly Op[];
}

/** An edit made here, as far as it can be taken back. */
export type Step =
  | { readonly did: "create"; readonly id: string }
  /** The values before; null where there was none. */
  | { readonly did: "set"; readonly id: string; readonly before: Props }
  /** The entity and all that went with it. */
  | { readonly did: "delete"; readonly removed: readonly Entity[] };

/** Who notes what could be taken back. */
export interface Historian {
  /** Own edits are shown and on their way in `push`, all of them made in one transaction if so. */
  edited(steps: readonly Step[], push: Push, isTransaction: boolean): void;
  /** The push never came to be: it was refused. */
  undone(push: Push): void;
  /** Somebody else's ops are in the log. */
  foreign(ops: readonly Op[]): void;
  /** The confirmed document was replaced, and nobody says by whom. */
  replaced(before: ReadonlyMap<string, Entity>, after: ReadonlyMap<string, Entity>): void;
  /** Nothing more comes. */
  closed(): void;
}

export interface ConceptSyncListener extends Partial<Omit<Historian, "closed">> {
  /** `before` has each changed entity as it was. */
  changed(change: Change, before: ReadonlyMap<string, Entity | undefined>): void;
  rejected(rejected: Rejected): void;
  /** Throws when an entity as an edit would leave it is not the application's wish. */
  check?(entity: Entity): void;
  /** Whether an entity may be shown. */
  fits?(entity: Entity): boolean;
  /** There is something that storage should have: takeUnkept() soon. */
  toKeep?(): void;
  /** There is something to send: takeUnsent() soon. */
  outgoing(): void;
  /** The server wants a push later: call release() after a pause. `refusals` counts them in a row. */
  heldBack(refusals: number): void;
  /** What arrived does not follow on what is known: reconnect and resume. */
  lostTrack(reason: string): void;
}

/** The shared document: confirmed state, one's own unanswered edits, and the place in the log. Sans-io. */
export class ConceptSync {
  private readonly queue_ = new PushQueue();
  private readonly replica_: Replica;
  private limits_ = kDefaultLimits;
  private place_: LogPlace | undefined;
  /** Until the missed ops or the snapshot have arrived: where the server said the log was. */
  private catchingUpTo_: number | "snapshot" | "welcome" = "welcome";
  private epoch_ = 0;
  private snapshotRows_: EntityRow[] = [];
  private transaction_: Push | undefined;
  private steps_: Step[] = [];
  private refusals_ = 0;
  private isKeeping_ = false;
  /** The actors that this client has been: their ops are one's own. */
  private readonly mine_ = new Set<number>();

  constructor(private readonly listener_: ConceptSyncListener) {
    this.replica_ = new Replica(
      () => this.queue_.all,
      (entity) => listener_.fits?.(entity) ?? true,
    );
  }

  get concepts(): LiveCollection {
    return this.replica_.concepts;
  }

  get links(): LiveCollection {
    return this.replica_.links;
  }

  get(id: string): Entity | undefined {
    return this.replica_.get(id);
  }

  get pendingCount(): number {
    return this.queue_.size;
  }

  /** Pushes that are with the server now. */
  get inFlightCount(): number {
    return this.queue_.inFlight;
  }

  get place(): LogPlace | undefined {
    return this.place_;
  }

  get isInTransaction(): boolean {
    return this.transaction_ !== undefined;
  }

  /** Everything that the log had when this session began is here, and every edit made here is in the log. */
  get isSynced(): boolean {
    const isCaughtUp = typeof this.catchingUpTo_ === "number" && (this.place_?.seq ?? 0) >= this.catchingUpTo_;
    return isCaughtUp && this.queue_.size === 0;
  }

  /** For hello. An epoch that a number cannot hold exactly cannot be resumed. */
  get since(): Since | undefined {
    if (this.place_ === undefined || !Number.isSafeInteger(this.place_.epoch)) return undefined;
    const { epoch, seq, sum } = this.place_;
    return sum === undefined ? [epoch, seq] : [epoch, seq, sum];
  }

  // Edits.

  create(id: string, type: string, props: Props): void {
    this.edit_([OpKind.create, id, type, props]);
  }

  set(id: string, props: Props): void {
    this.edit_([OpKind.set, id, props]);
  }

  delete(id: string): void {
    this.edit_([OpKind.delete, id]);
  }

  /** All edits made inside `edits` become one push: all of them or none. If it throws, none. */
  transact<Result>(edits: () => Result): Result {
    if (this.transaction_ !== undefined) return edits();
    this.checkPending_();
    const push = makePush([], false);
    this.transaction_ = push;
    this.queue_.add(push);
    try {
      const result = edits();
      checkPushBytes(push.ops, this.limits_);
      if (push.ops.length === 0) this.queue_.remove(push);
      else this.finish_(this.folded_(push), true);
      return result;
    } catch (error) {
      this.queue_.remove(push);
      this.replica_.refresh(touchedBy(push));
      this.replica_.takeChanged();
      throw error;
    } finally {
      this.transaction_ = undefined;
      this.steps_ = [];
      // What was asked for meanwhile had to wait.
      if (this.queue_.hasUnsent) this.listener_.outgoing();
    }
  }

  private edit_(wish: Op): void {
    const op = this.placed_(wish);
    const before = this.replica_.get(op[1]);
    checkOp(op, this.limits_, before === undefined, this.replica_.size);
    const after = evaluate(before, op);
    checkEntity(after, this.limits_);
    if (after !== undefined) this.check_(after);
    if (this.transaction_ !== undefined) {
      checkOpCount(this.transaction_.ops.length + 1, this.limits_);
      this.transaction_.ops.push(op);
      this.show_(this.transaction_, op, before);
      return;
    }
    checkPushBytes([op], this.limits_);
    const isSet = op[0] === OpKind.set;
    const target = isSet ? this.queue_.mergeTarget(new Set([op[1]])) : undefined;
    if (target === undefined) this.checkPending_();
    const push = target ?? makePush([], isSet);
    if (target === undefined) this.queue_.add(push);
    if (isSet) push.ops = mergedOps(push.ops, [op]);
    else push.ops.push(op);
    this.show_(push, op, before);
    this.finish_(push, false);
    this.steps_ = [];
    this.listener_.outgoing();
  }

  /** A parent that cannot be is no parent, as the server will say (C11). */
  private placed_(op: Op): Op {
    if (op[0] === OpKind.delete || this.place_ === undefined) return op;
    const props = op[0] === OpKind.create ? op[3] : op[2];
    const parent = props["parent"];
    if (!Array.isArray(parent) || isPossibleParent((id) => this.replica_.get(id), op[1], parentIn(parent))) return op;
    const placed = { ...props, parent: [null, (parent as readonly Value[])[1] ?? null] };
    return op[0] === OpKind.create ? [op[0], op[1], op[2], placed] : [op[0], op[1], placed];
  }

  private show_(push: Push, op: Op, before: Entity | undefined): void {
    const gone = this.replica_.show(push, op);
    const step = stepOf(op, before, gone);
    if (step !== undefined) this.steps_.push(step);
  }

  /** While things are dragged, each move is a transaction about the same entities: they share a push, if they fit. */
  private folded_(push: Push): Push {
    push.mergeable = push.ops.every(([kind]) => kind === OpKind.set);
    if (!push.mergeable) return push;
    push.ops = mergedOps([], push.ops);
    const target = this.queue_.mergeTarget(new Set(push.ops.map((op) => op[1])), push);
    if (target === undefined) return push;
    const ops = mergedOps(target.ops, push.ops);
    if (pushBytes(ops) > this.limits_.frame_bytes_max) return push;
    target.ops = ops;
    this.queue_.remove(push);
    return target;
  }

  private finish_(push: Push, isTransaction: boolean): void {
    if (push.at === 0) this.queue_.commit(push);
    else this.queue_.changed(push);
    this.listener_.edited?.(this.steps_, push, isTransaction);
    this.keep_();
    this.tell_("local");
  }

  private check_(entity: Entity): void {
    this.listener_.check?.(entity);
  }

  private checkPending_(): void {
    if (this.queue_.size < kPendingPushesMax) return;
    throw new WeftError("too_many", `${kPendingPushesMax} edits wait for the server already`, "pending_pushes_max");
  }

  // Sending.

  /**
   * The pushes to send now, each with its number. None before welcome, which says where the numbers go on, and
   * none inside a transaction, whose push is not whole yet.
   */
  takeUnsent(): readonly (readonly [n: number, ops: readonly Op[]])[] {
    if (this.catchingUpTo_ === "welcome" || this.transaction_ !== undefined) return [];
    return this.queue_.takeUnsent().map((push) => [push.n!, push.ops]);
  }

  /** The pause after heldBack is over. */
  release(): void {
    this.queue_.release();
    this.listener_.outgoing();
  }

  // What the server says.

  welcome(welcome: Welcome, limits: Limits): void {
    if (limits.frame_bytes_max < this.limits_.frame_bytes_max) this.rejectTooLarge_(limits);
    this.limits_ = limits;
    this.epoch_ = welcome.epoch;
    this.mine_.add(welcome.actor);
    this.catchingUpTo_ = welcome.resumed ? welcome.seq : "snapshot";
    this.snapshotRows_ = [];
    this.refusals_ = 0;
    this.queue_.welcome(welcome.n);
    this.keep_();
    this.listener_.outgoing();
  }

  disconnected(): void {
    this.catchingUpTo_ = "welcome";
    this.queue_.disconnect();
  }

  snapshot([, seq, last, rows, sum]: SnapshotMessage): void {
    for (const row of rows) this.snapshotRows_.push(row);
    if (!last) return;
    this.place_ = { epoch: this.epoch_, seq, sum };
    this.catchingUpTo_ = seq;
    const before = this.replica_.base;
    this.replica_.replace(this.snapshotRows_);
    this.snapshotRows_ = [];
    this.listener_.replaced?.(before, this.replica_.base);
    this.keep_();
    this.tell_("snapshot");
  }

  ops([, seq, actor, , ops, sum]: OpsMessage): void {
    if (!this.advance_(seq, sum)) return;
    this.replica_.confirm(ops);
    if (!this.mine_.has(actor)) this.listener_.foreign?.(ops);
    this.keep_();
    this.tell_("remote");
  }

  ack([, n, seq, outcome, detail, sum]: AckMessage): void {
    const push = this.queue_.find(n);
    const rejection = outcome === AckOutcome.rejected ? (detail as RejectionDetail) : undefined;
    if (rejection?.[0] === "out_of_order") return this.outOfOrder_(push);

    const isNews = this.advance_(seq, sum);
    if (isNews === undefined) return;
    this.refusals_ = 0;
    const effective = outcome === AckOutcome.rebased ? (detail as readonly Op[]) : outcome === AckOutcome.commit ? push?.ops : [];
    if (effective === undefined) {
      // What was committed is not known here any more, so neither is the canvas.
      if (isNews) this.forget_("an acknowledgement of an unknown push");
      return;
    }
    if (isNews) this.replica_.confirm(effective);
    if (push !== undefined) {
      this.queue_.remove(push, rejection?.[0] !== "not_allowed");
      this.replica_.refresh(touchedBy(push));
      if (rejection !== undefined) this.listener_.undone?.(push);
    }
    this.keep_();
    this.tell_(rejection === undefined ? "remote" : "rollback");
    if (this.queue_.hasUnsent) this.listener_.outgoing();
    if (rejection !== undefined && push !== undefined) this.reject_(push, rejection);
  }

  /** True when the error was about a push. */
  error([, code, , about, kind]: ErrorMessage): boolean {
    if (kind !== ClientKind.push) return false;
    if (code !== "unavailable" && code !== "rate_limited") return false;
    const push = this.queue_.find(about);
    if (push === undefined) return false;
    if (this.queue_.hold(push)) this.listener_.heldBack(this.refusals_++);
    return true;
  }

  private outOfOrder_(push: Push | undefined): void {
    if (push === undefined || this.queue_.isStale(push)) return;
    this.listener_.lostTrack("the server expected another push number");
  }

  /** True: it is the next in the log. False: it is known already. undefined: something is missing before it. */
  private advance_(seq: number, sum: Sum | undefined): boolean | undefined {
    const known = this.place_?.seq ?? 0;
    if (seq <= known) return false;
    if (this.place_ === undefined || seq !== known + 1) {
      this.listener_.lostTrack(`the log jumped from ${known} to ${seq}`);
      return undefined;
    }
    this.place_ = { ...this.place_, seq, sum };
    return true;
  }

  private forget_(reason: string): void {
    this.place_ = undefined;
    this.listener_.lostTrack(reason);
  }

  private reject_(push: Push, [code, message, opIndex]: RejectionDetail): void {
    // The message names it (docs/protocol.md, 9 error).
    const limit = (Object.keys(this.limits_) as (keyof Limits)[]).find((name) => message.includes(name));
    this.listener_.rejected({ code, message, opIndex, ops: push.ops, ...(limit && { limit }) });
  }

  /** What was made under wider limits, while nobody knew better, would end the session. */
  private rejectTooLarge_(limits: Limits): void {
    for (const push of this.queue_.all.filter(({ wasSent }) => !wasSent)) {
      try {
        checkPushBytes(push.ops, limits);
      } catch (error) {
        this.queue_.drop(push);
        this.replica_.refresh(touchedBy(push));
        this.listener_.undone?.(push);
        this.tell_("rollback");
        this.reject_(push, ["too_large", (error as Error).message, 0]);
      }
    }
  }

  private tell_(origin: ChangeOrigin): void {
    const before = this.replica_.takeChanged();
    // A snapshot is told even when it changes nothing: it is how an empty canvas arrives.
    if (before.size > 0 || origin === "snapshot") this.listener_.changed({ origin, ids: new Set(before.keys()) }, before);
  }

  // Storage.

  /** What an earlier page of this client kept; from now on this one's is kept. Before the first welcome. */
  restore(kept: KeptState): void {
    const { document } = kept;
    this.isKeeping_ = true;
    if (document !== undefined) this.place_ = document.place;
    this.queue_.restore(
      kept.pushes.map(({ at, n, ops }) => ({ ...makePush([...ops], false), at, n, wasSent: true })),
      kept.consumed,
    );
    this.replica_.restore(document?.rows ?? []);
    this.tell_("stored");
    this.keep_();
  }

  takeUnkeptPushes(): UnkeptPushes | undefined {
    if (!this.isKeeping_ || !this.queue_.hasUnkept) return undefined;
    const { put, forgotten, numbering } = this.queue_.takeUnkept();
    return { put: put.map(({ at, n, ops }): KeptPush => ({ at, n, ops })), forgotten, consumed: this.queue_.consumed, numbering };
  }

  /** What was taken is in storage now. */
  pushesKept(numbering: number): void {
    const hadToWait = !this.queue_.hasUnsent;
    this.queue_.numbersKept(numbering);
    if (hadToWait && this.queue_.hasUnsent) this.listener_.outgoing();
  }

  takeUnkeptDocument(): UnkeptDocument | undefined {
    if (this.place_ === undefined) return undefined;
    const { base } = this.replica_;
    const changed = this.replica_.takeUnkept();
    const rows = [...(changed ?? base.keys())].flatMap((id): EntityRow[] => {
      const entity = base.get(id);
      return entity === undefined ? [] : [[id, entity.type, entity.props]];
    });
    const gone = [...(changed ?? [])].filter((id) => !base.has(id));
    return { place: this.place_, isWhole: changed === undefined, rows, gone };
  }

  /** What was taken of the document did not get into storage. */
  keepWholeDocument(): void {
    this.replica_.keepAll();
  }

  /** Everything that was made here is in storage, or answered. */
  get isKept(): boolean {
    return this.isKeeping_ && !this.queue_.hasUnkept;
  }

  /** What is not answered is somebody else's now, in storage. */
  abandon(): void {
    this.stopKeeping();
    const pushes = [...this.queue_.all];
    for (const push of pushes) this.queue_.remove(push, false);
    this.replica_.refresh(pushes.flatMap(touchedBy));
    this.tell_("rollback");
  }

  stopKeeping(): void {
    this.isKeeping_ = false;
    this.queue_.stopKeeping();
    this.listener_.outgoing();
  }

  private keep_(): void {
    if (this.isKeeping_) this.listener_.toKeep?.();
  }
}

/** Sets of one entity become one; each keeps the place of its first. */
function mergedOps(before: readonly Op[], ops: readonly Op[]): Op[] {
  const merged = new Map<string, Op>();
  for (const op of [...before, ...ops]) {
    const earlier = merged.get(op[1]);
    const isPair = earlier?.[0] === OpKind.set && op[0] === OpKind.set;
    merged.set(op[1], isPair ? [OpKind.set, op[1], { ...earlier[2], ...op[2] }] : op);
  }
  return [...merged.values()];
}

function stepOf(op: Op, before: Entity | undefined, gone: readonly Entity[]): Step | undefined {
  const id = op[1];
  if (op[0] === OpKind.delete) return before && { did: "delete", removed: [before, ...gone] };
  if (op[0] === OpKind.create && before === undefined) return { did: "create", id };
  if (before === undefined || (op[0] === OpKind.create && before.type !== op[2])) return undefined;
  const props = op[0] === OpKind.create ? op[3] : op[2];
  const was = Object.keys(props).map((key) => [key, Object.hasOwn(before.props, key) ? before.props[key]! : null] as const);
  return { did: "set", id, before: Object.fromEntries(was) };
}
