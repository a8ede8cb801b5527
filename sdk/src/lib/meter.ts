// SPDX-License-Identifier: Apache-2.0

/** Rates are taken over this long. */
const kWindowMs = 4_000;
const kSliceMs = 1_000;

/** What a link carries, per second over the last four. */
export interface Rates {
  /** Frames sent. */
  readonly framesOut: number;
  /** Bytes sent. */
  readonly bytesOut: number;
  /** Frames received. */
  readonly framesIn: number;
  /** Bytes received. */
  readonly bytesIn: number;
}

type Slice = { atMs: number } & { -readonly [Name in keyof Rates]: number };

/** What a link carries, per second over the last few. Bounded: one slice a second. */
export class Meter {
  private slices_: Slice[] = [];

  sent(bytes: number): void {
    const slice = this.slice_();
    ++slice.framesOut;
    slice.bytesOut += bytes;
  }

  received(bytes: number): void {
    const slice = this.slice_();
    ++slice.framesIn;
    slice.bytesIn += bytes;
  }

  get rates(): Rates {
    this.slice_();
    const sum = (name: keyof Rates): number => this.slices_.reduce((total, slice) => total + slice[name], 0) / (kWindowMs / kSliceMs);
    return { framesOut: sum("framesOut"), bytesOut: sum("bytesOut"), framesIn: sum("framesIn"), bytesIn: sum("bytesIn") };
  }

  private slice_(): Slice {
    const atMs = Math.floor(Date.now() / kSliceMs) * kSliceMs;
    const last = this.slices_.at(-1);
    if (last?.atMs === atMs) return last;
    const slice = { atMs, framesOut: 0, bytesOut: 0, framesIn: 0, bytesIn: 0 };
    // A clock that was set back must not keep old slices for ever.
    this.slices_ = [...this.slices_.filter((old) => old.atMs > atMs - kWindowMs && old.atMs < atMs), slice];
    return slice;
  }
}
