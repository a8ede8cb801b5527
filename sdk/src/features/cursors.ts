// SPDX-License-Identifier: Apache-2.0

import type { CursorsMessage } from "../protocol/messages.js";

/** Where somebody's cursor was last seen. */
export interface Cursor {
  /** Whose it is. */
  readonly actor: number;
  /** In coordinates of the canvas. */
  readonly x: number;
  /** In coordinates of the canvas. */
  readonly y: number;
  /** When it arrived here, ms since 1970. */
  readonly atMs: number;
  /** The server's clock when it left; wraps at 2^32 ms. For smoothing: differences only. */
  readonly serverMs: number;
}

/** Everybody else's latest cursor. Hidden ones are not there. */
export class Cursors {
  private readonly cursors_ = new Map<number, Cursor>();

  private list_: readonly Cursor[] | undefined;

  get all(): ReadonlyMap<number, Cursor> {
    return this.cursors_;
  }

  get list(): readonly Cursor[] {
    return (this.list_ ??= [...this.cursors_.values()]);
  }

  /** The actors whose cursor moved or went. `me` is left out (S3). */
  apply([, serverMs, entries]: CursorsMessage, me: number | undefined, nowMs: number): number[] {
    const changed: number[] = [];
    this.list_ = undefined;
    for (const [actor, x, y] of entries) {
      if (actor === me) continue;
      if (x === undefined || y === undefined) this.cursors_.delete(actor);
      else this.cursors_.set(actor, { actor, x, y, atMs: nowMs, serverMs });
      changed.push(actor);
    }
    return changed;
  }

  remove(actor: number): boolean {
    this.list_ = undefined;
    return this.cursors_.delete(actor);
  }

  clear(): void {
    this.list_ = undefined;
    this.cursors_.clear();
  }
}
