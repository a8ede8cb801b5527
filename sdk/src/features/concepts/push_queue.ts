// SPDX-License-Identifier: Apache-2.0

import type { Push } from "./push.js";

/** Pushes that are with the server at a time, so that a long absence does not come back as one burst. */
export const kPushesInFlightMax = 200;

/**
 * The unanswered pushes in the order they were made, and their numbers. The first `sent_` of them are with the
 * server on this connection. Decides what is sent when; sends nothing.
 */
export class PushQueue {
  private pushes_: Push[] = [];
  private sent_ = 0;
  /** The highest number that the server is known to have used up. */
  private consumed_ = 0;
  private held_ = false;

  get all(): readonly Push[] {
    return this.pushes_;
  }

  get size(): number {
    return this.pushes_.length;
  }

  get isHeld(): boolean {
    return this.held_;
  }

  add(push: Push): void {
    this.pushes_.push(push);
  }

  find(n: number): Push | undefined {
    return this.pushes_.find((push) => push.n === n);
  }

  /** The push that a later set of `id` may be put into: unsent, and only other lone sets after it. */
  mergeTarget(id: string): Push | undefined {
    for (let i = this.pushes_.length - 1; i >= this.sent_; --i) {
      const push = this.pushes_[i]!;
      if (!push.mergeable || push.n !== undefined) return undefined;
      if (push.ops[0]?.[1] === id) return push;
    }
    return undefined;
  }

  /** A session begins; `n` is the highest number of ours in the log. Everything will be sent again. */
  welcome(n: number): void {
    this.disconnect();
    this.consumed_ = n;
    const first = this.pushes_[0]?.n;
    // The log knows less than it answered once, or numbers were lost on the way: count on from what it knows.
    if (first !== undefined && first > n + 1) this.pushes_.forEach((push) => (push.n = undefined));
  }

  disconnect(): void {
    this.sent_ = 0;
    this.held_ = false;
    this.forgetStale_();
  }

  /** Whether takeUnsent() would give something. */
  get hasUnsent(): boolean {
    return !this.held_ && this.sent_ < Math.min(this.pushes_.length, kPushesInFlightMax);
  }

  /** The pushes to send now, numbered. Nothing while held. */
  takeUnsent(): Push[] {
    if (!this.hasUnsent) return [];
    const unsent = this.pushes_.slice(this.sent_, kPushesInFlightMax);
    let next = this.pushes_.reduce((max, push) => Math.max(max, push.n ?? 0), this.consumed_) + 1;
    for (const push of unsent) push.n ??= next++;
    this.sent_ += unsent.length;
    return unsent;
  }

  /** The push is answered for good. */
  remove(push: Push, isConsumed = true): void {
    const i = this.pushes_.indexOf(push);
    if (i < 0) return;
    this.pushes_.splice(i, 1);
    if (i < this.sent_) --this.sent_;
    // It was sent again after a refusal and is answered now, so nothing more comes to what was sent before that.
    if (!this.held_) this.forgetStale_();
    if (isConsumed && push.n !== undefined) this.consumed_ = Math.max(this.consumed_, push.n);
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

  private forgetStale_(): void {
    for (const push of this.pushes_) push.hasStaleAnswer = false;
  }
}
