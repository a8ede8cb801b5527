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
  type Welcome,
} from "../../protocol/messages.js";
import { checkEntity, checkOp, checkOpCount, checkPushBytes } from "./checks.js";
import { evaluate, type Entity } from "./evaluate.js";
import { makePush, touchedBy, type Push } from "./push.js";
import { PushQueue } from "./push_queue.js";
import { Replica } from "./replica.js";

/** Pushes that may wait for the server, for example while offline. Further edits are refused. */
export const kPendingPushesMax = 10_000;

/** Where a change of the canvas came from. "rollback": one's own edit was refused and is gone again. */
export type ChangeOrigin = "local" | "remote" | "rollback" | "snapshot";

export interface Change {
  readonly origin: ChangeOrigin;
  /** Entities that are new, different or gone. */
  readonly ids: ReadonlySet<string>;
}

/** One's own push that the server refused as a whole. What it had shown has been taken back. */
export interface Rejected {
  readonly code: string;
  readonly message: string;
  /** Which of `ops` was at fault. */
  readonly opIndex: number;
  readonly ops: readonly Op[];
}

export interface ConceptSyncListener {
  changed(change: Change): void;
  rejected(rejected: Rejected): void;
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
  private readonly replica_ = new Replica(() => this.queue_.all);
  private limits_ = kDefaultLimits;
  private place_: { readonly epoch: number; readonly seq: number; readonly sum: Sum | undefined } | undefined;
  /** Until the missed ops or the snapshot have arrived: where the server said the log was. */
  private catchingUpTo_: number | "snapshot" | "welcome" = "welcome";
  private epoch_ = 0;
  private snapshotRows_: EntityRow[] = [];
  private transaction_: Push | undefined;
  private refusals_ = 0;

  constructor(private readonly listener_: ConceptSyncListener) {}

  get concepts(): ReadonlyMap<string, Entity> {
    return this.replica_.concepts;
  }

  get links(): ReadonlyMap<string, Entity> {
    return this.replica_.links;
  }

  get pendingCount(): number {
    return this.queue_.size;
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
      else this.tell_("local");
      return result;
    } catch (error) {
      this.queue_.remove(push);
      this.replica_.refresh(touchedBy(push));
      this.replica_.takeChanged();
      throw error;
    } finally {
      this.transaction_ = undefined;
      // What was asked for meanwhile had to wait.
      if (this.queue_.hasUnsent) this.listener_.outgoing();
    }
  }

  private edit_(op: Op): void {
    const before = this.replica_.get(op[1]);
    checkOp(op, this.limits_, before === undefined, this.replica_.size);
    checkEntity(evaluate(before, op), this.limits_);
    if (this.transaction_ !== undefined) {
      checkOpCount(this.transaction_.ops.length + 1, this.limits_);
      this.transaction_.ops.push(op);
      this.replica_.show(this.transaction_, op);
      return;
    }
    checkPushBytes([op], this.limits_);
    const target = op[0] === OpKind.set ? this.queue_.mergeTarget(op[1]) : undefined;
    if (target === undefined) this.checkPending_();
    const push = target ?? makePush([], op[0] === OpKind.set);
    if (target === undefined) this.queue_.add(push);
    if (op[0] === OpKind.set) push.ops = [merged(push.ops[0], op)];
    else push.ops.push(op);
    this.replica_.show(push, op);
    this.finishLocal_();
  }

  private finishLocal_(): void {
    this.tell_("local");
    this.listener_.outgoing();
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
    this.catchingUpTo_ = welcome.resumed ? welcome.seq : "snapshot";
    this.snapshotRows_ = [];
    this.refusals_ = 0;
    this.queue_.welcome(welcome.n);
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
    this.replica_.replace(this.snapshotRows_);
    this.snapshotRows_ = [];
    this.tell_("snapshot");
  }

  ops([, seq, , , ops, sum]: OpsMessage): void {
    if (!this.advance_(seq, sum)) return;
    this.replica_.confirm(ops);
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
    }
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
    this.listener_.rejected({ code, message, opIndex, ops: push.ops });
  }

  /** What was made under wider limits, while nobody knew better, would end the session. */
  private rejectTooLarge_(limits: Limits): void {
    for (const push of this.queue_.all.filter(({ n }) => n === undefined)) {
      try {
        checkPushBytes(push.ops, limits);
      } catch (error) {
        this.queue_.remove(push);
        this.replica_.refresh(touchedBy(push));
        this.tell_("rollback");
        this.reject_(push, ["too_large", (error as Error).message, 0]);
      }
    }
  }

  private tell_(origin: ChangeOrigin): void {
    const ids = this.replica_.takeChanged();
    // A snapshot is told even when it changes nothing: it is how an empty canvas arrives.
    if (ids.size > 0 || origin === "snapshot") this.listener_.changed({ origin, ids });
  }
}

function merged(before: Op | undefined, op: Op): Op {
  if (before?.[0] !== OpKind.set || op[0] !== OpKind.set) return op;
  return [OpKind.set, op[1], { ...before[2], ...op[2] }];
}
