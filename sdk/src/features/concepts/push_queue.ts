// SPDX-License-Identifier: Apache-2.0

import type { Push } from "./push.js";

/** Pushes that are with the server at a time, so that a long absence does not come back as one burst. */
export const kPushesInFlightMax = 200;

/**
 * The unanswered pushes in the order they were made, and their numbers. The first `sent_` of them are with the
 * server on this connection. Decides what is sent when; sends nothing.
 *
 * When pushes are kept in storage, a push must not be sent under a number that storage does not know, or a crash
 * could make the next page send it a second time. So a kept push gets its number when it is made, in the same
 * record; where that cannot be, sending waits until storage knows.
 */
export class PushQueue {
  private pushes_: Push[] = [];
  private sent_ = 0;
  /** The highest number that the server is known to have used up. */
  private consumed_ = 0;
  private isConsumedKnown_ = false;
  private held_ = false;
  private places_ = 0;

  // For storage.
  private isKept_ = false;
  private unkept_ = new Set<Push>();
  private forgotten_: number[] = [];
  /** Counts what changed about numbers, and how much of that storage knows. */
  private numbering_ = 0;
  private numberingKept_ = 0;

  get all(): readonly Push[] {
    return this.pushes_;
  }

  get size(): number {
    return this.pushes_.length;
  }

  get isHeld(): boolean {
    return this.held_;
  }

  get inFlight(): number {
    return this.sent_;
  }

  get consumed(): number {
    return this.consumed_;
  }

  /** A push that is not whole yet. commit() when it is; nothing is sent meanwhile. */
  add(push: Push): void {
    this.pushes_.push(push);
  }

  commit(push: Push): void {
    push.at ||= ++this.places_;
    if (!this.isKept_) return;
    if (this.isConsumedKnown_) push.n ??= this.nextNumber_();
    this.unkept_.add(push);
  }

  /** Its ops are others now. */
  changed(push: Push): void {
    if (this.isKept_) this.unkept_.add(push);
  }

  find(n: number): Push | undefined {
    return this.pushes_.find((push) => push.n === n && push.wasSent);
  }

  /** The push that later sets of exactly these entities may be put into: unsent, and only sets of others after it. */
  mergeTarget(ids: ReadonlySet<string>, before: Push | undefined = undefined): Push | undefined {
    for (let i = this.pushes_.length - 1; i >= this.sent_; --i) {
      const push = this.pushes_[i]!;
      if (push === before) continue;
      if (!push.mergeable || push.wasSent) return undefined;
      const common = push.ops.filter((op) => ids.has(op[1])).length;
      if (common === ids.size && common === push.ops.length) return push;
      if (common > 0) return undefined;
    }
    return undefined;
  }

  /** A session begins; `n` is the highest number of ours in the log. Everything will be sent again. */
  welcome(n: number): void {
    this.disconnect();
    this.consumed_ = n;
    this.isConsumedKnown_ = true;
    const first = this.pushes_[0]?.n;
    // The log knows less than it answered once, or numbers were lost on the way: count on from what it knows.
    if (first !== undefined && first > n + 1) this.pushes_.forEach((push) => (push.n = undefined));
    this.numberKept_();
  }

  disconnect(): void {
    this.sent_ = 0;
    this.held_ = false;
    this.forgetStale_();
  }

  /** Whether takeUnsent() would give something. */
  get hasUnsent(): boolean {
    return !this.held_ && this.numbering_ === this.numberingKept_ && this.sent_ < Math.min(this.pushes_.length, kPushesInFlightMax);
  }

  /** The pushes to send now, numbered. Nothing while held. */
  takeUnsent(): Push[] {
    if (!this.hasUnsent) return [];
    const unsent = this.pushes_.slice(this.sent_, kPushesInFlightMax);
    let next = this.nextNumber_();
    for (const push of unsent) {
      push.n ??= next++;
      push.wasSent = true;
    }
    this.sent_ += unsent.length;
    return unsent;
  }

  /** The push is answered for good. */
  remove(push: Push, isConsumed = true): void {
    const i = this.pushes_.indexOf(push);
    if (i < 0) return;
    this.pushes_.splice(i, 1);
    push.isSettled = true;
    if (this.isKept_) {
      this.unkept_.delete(push);
      this.forgotten_.push(push.at);
    }
    if (i < this.sent_) --this.sent_;
    // It was sent again after a refusal and is answered now, so nothing more comes to what was sent before that.
    if (!this.held_) this.forgetStale_();
    if (isConsumed && push.n !== undefined) this.consumed_ = Math.max(this.consumed_, push.n);
  }

  /** The push was never sent and never will be. The numbers of those after it move up. */
  drop(push: Push): void {
    const i = this.pushes_.indexOf(push);
    if (i < 0) return;
    this.remove(push, false);
    if (push.n === undefined) return;
    for (const later of this.pushes_.slice(i)) later.n = undefined;
    this.numberKept_();
  }

  /**
   * The server did not take this push now. It and everything after it waits for release(); false when the
   * answer belongs to an earlier sending.
   */
  hold(push: Push): boolean {
    if (this.isStale(push)) return false;
    const i = this.pushes_.indexOf(push);
    // Answers to the sending before this one have all come, or never will: the server may leave them unsaid (C13).
    for (const later of this.pushes_.slice(i + 1, this.sent_)) later.hasStaleAnswer = true;
    this.sent_ = Math.min(this.sent_, i);
    this.held_ = true;
    return true;
  }

  release(): void {
    this.held_ = false;
  }

  /** Whether an answer to this push is one to an earlier sending. It is the only one. */
  isStale(push: Push): boolean {
    const isStale = push.hasStaleAnswer;
    push.hasStaleAnswer = false;
    return isStale;
  }

  // For storage.

  /**
   * From now on pushes are kept. `kept` come from an earlier page of this client, before all that was made here;
   * `consumed` is the highest number that it knew to be used up, undefined when it knew none.
   */
  restore(kept: readonly Push[], consumed: number | undefined): void {
    this.isKept_ = true;
    this.places_ = kept.at(-1)?.at ?? 0;
    for (const push of this.pushes_) push.at = push.at === 0 ? 0 : ++this.places_;
    if (consumed !== undefined && !this.isConsumedKnown_) {
      this.consumed_ = consumed;
      this.isConsumedKnown_ = true;
    }
    const made = this.pushes_;
    this.pushes_ = [...kept, ...made];
    for (const push of made) if (push.at !== 0) this.commit(push);
  }

  stopKeeping(): void {
    this.isKept_ = false;
    this.numberingKept_ = this.numbering_;
    this.takeUnkept();
  }

  /** What storage does not know yet. */
  takeUnkept(): { readonly put: readonly Push[]; readonly forgotten: readonly number[]; readonly numbering: number } {
    const taken = { put: [...this.unkept_], forgotten: this.forgotten_, numbering: this.numbering_ };
    this.unkept_ = new Set();
    this.forgotten_ = [];
    return taken;
  }

  get hasUnkept(): boolean {
    return this.unkept_.size + this.forgotten_.length > 0;
  }

  /** What was taken with this `numbering` is in storage now. */
  numbersKept(numbering: number): void {
    this.numberingKept_ = Math.max(this.numberingKept_, numbering);
  }

  /** Numbers that change, or come late, must be in storage before they are used. */
  private numberKept_(): void {
    if (!this.isKept_) return;
    let next = this.nextNumber_();
    for (const push of this.pushes_) {
      if (push.n !== undefined || push.at === 0) continue;
      push.n = next++;
      this.unkept_.add(push);
      ++this.numbering_;
    }
  }

  private nextNumber_(): number {
    const last = this.pushes_.findLast(({ n }) => n !== undefined);
    return Math.max(last?.n ?? 0, this.consumed_) + 1;
  }

  private forgetStale_(): void {
    for (const push of this.pushes_) push.hasStaleAnswer = false;
  }
}
