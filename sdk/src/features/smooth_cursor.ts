// SPDX-License-Identifier: Apache-2.0

import type { Cursor } from "./cursors.js";

/** A place on the canvas. */
export interface Point {
  /** In coordinates of the canvas. */
  readonly x: number;
  /** In coordinates of the canvas. */
  readonly y: number;
}

/** How late a cursor is drawn. The defaults go by how its positions come. */
export interface SmoothCursorOptions {
  /**
   * How far behind the server a cursor is drawn, ms, so that the next position is there before it is needed. By
   * default one and a half times what lies between two positions.
   */
  readonly delayMs?: number;
  /** After a pause as long as this a cursor jumps to where it is, ms. */
  readonly pauseMs?: number;
}

/** The server's clock wraps at this. */
const kWrapMs = 2 ** 32;
const kPauseMs = 300;
/** What is between two positions until two are known: the server's usual beat. */
const kUsualGapMs = 50;
const kPositionsMax = 64;

interface Sample extends Point {
  readonly atMs: number;
}

/**
 * Draws one person's cursor a little late, so that it moves evenly however unevenly its positions come. Put in what
 * `canvas.cursors` has when "cursors" is told, and ask where it is for each frame:
 *
 *     const smooth = smoothCursor();
 *     canvas.on("cursors", () => smooth.put(canvas.cursors.get(actor)));
 *     const frame = () => { draw(smooth.at(Date.now())); requestAnimationFrame(frame); };
 */
export class SmoothCursor {
  private samples_: Sample[] = [];
  /** Between the server's clock and ours, by the position that came with the least delay so far. */
  private offsetMs_ = Infinity;
  private lastServerMs_ = 0;
  private wraps_ = 0;
  private gapMs_ = kUsualGapMs;

  constructor(private readonly options_: SmoothCursorOptions = {}) {}

  /** A position; undefined when the cursor is hidden. The same one twice means nothing. */
  put(cursor: Cursor | undefined): void {
    if (cursor === undefined) {
      this.samples_ = [];
      return;
    }
    const serverMs = this.unwrapped_(cursor.serverMs);
    this.offsetMs_ = Math.min(this.offsetMs_, cursor.atMs - serverMs);
    const last = this.samples_.at(-1);
    // Never before its time: a position that was delayed on the way belongs where it was sent.
    const atMs = serverMs + this.offsetMs_;
    if (last !== undefined && atMs <= last.atMs) return;
    const gapMs = last === undefined ? Infinity : atMs - last.atMs;
    if (gapMs >= (this.options_.pauseMs ?? kPauseMs)) {
      // It stood still meanwhile; the way to the new place begins one beat before.
      this.samples_ = last === undefined ? [] : [{ x: last.x, y: last.y, atMs: atMs - this.gapMs_ }];
    } else {
      this.gapMs_ += (gapMs - this.gapMs_) / 8;
    }
    this.samples_.push({ x: cursor.x, y: cursor.y, atMs });
    if (this.samples_.length > kPositionsMax) this.samples_.shift();
  }

  /** Where to draw it now; undefined while it is hidden. */
  at(nowMs: number): Point | undefined {
    const timeMs = nowMs - (this.options_.delayMs ?? this.gapMs_ * 1.5);
    const samples = this.samples_;
    while (samples.length > 2 && samples[1]!.atMs <= timeMs) samples.shift();
    const [from, to] = samples;
    if (from === undefined) return undefined;
    if (to === undefined || timeMs <= from.atMs) return { x: from.x, y: from.y };
    const share = Math.min(1, (timeMs - from.atMs) / (to.atMs - from.atMs));
    return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
  }

  /** Whether it is where it was last seen, so that no more frames are needed until the next position. */
  isAtRest(nowMs: number): boolean {
    const last = this.samples_.at(-1);
    return last === undefined || nowMs - (this.options_.delayMs ?? this.gapMs_ * 1.5) >= last.atMs;
  }

  private unwrapped_(serverMs: number): number {
    if (serverMs < this.lastServerMs_ - kWrapMs / 2) ++this.wraps_;
    this.lastServerMs_ = serverMs;
    return serverMs + this.wraps_ * kWrapMs;
  }
}

/** One for each person whose cursor is drawn. */
export function smoothCursor(options?: SmoothCursorOptions): SmoothCursor {
  return new SmoothCursor(options);
}
