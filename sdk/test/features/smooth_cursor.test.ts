// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { smoothCursor, type SmoothCursorOptions } from "../../src/features/smooth_cursor.js";

/** A cursor that moves 1 a ms in x, seen every 50 ms, each position this late. */
function moving(latenciesMs: readonly number[], options?: SmoothCursorOptions, startMs = 1_000) {
  const smooth = smoothCursor(options);
  latenciesMs.forEach((latencyMs, i) => {
    const sentMs = startMs + i * 50;
    smooth.put({ actor: 2, x: i * 50, y: 0, serverMs: sentMs % 2 ** 32, atMs: sentMs + latencyMs + 7_000_000 });
  });
  return { smooth, xAt: (ms: number) => smooth.at(startMs + ms + 7_000_000)?.x };
}

describe("smoothCursor", () => {
  it("moves evenly between positions, a little late", () => {
    const { xAt } = moving([10, 10, 10, 10], { delayMs: 75 });
    const steps = Array.from({ length: 12 }, (_, i) => xAt(85 + i * 10)!);
    expect(steps.map(Math.round)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110]);
  });

  it("moves as evenly when positions come unevenly", () => {
    const even = moving([10, 10, 10, 10, 10], { delayMs: 100 });
    const uneven = moving([10, 40, 10, 55, 12], { delayMs: 100 });
    for (let ms = 110; ms < 300; ms += 7) expect(uneven.xAt(ms)).toBeCloseTo(even.xAt(ms)!, 6);
  });

  it("goes past the server's clock's end", () => {
    const { xAt } = moving([10, 10, 10, 10], { delayMs: 75 }, 2 ** 32 - 60);
    expect(Math.round(xAt(85 + 100)!)).toBe(100);
  });

  it("stands where it was last seen, and says that it rests", () => {
    const { smooth, xAt } = moving([10, 10], { delayMs: 75 });
    expect(xAt(10_000)).toBe(50);
    expect(smooth.isAtRest(7_000_000 + 1_000 + 100)).toBe(false);
    expect(smooth.isAtRest(7_000_000 + 1_000 + 200)).toBe(true);
  });

  it("does not creep through a pause", () => {
    const smooth = smoothCursor({ delayMs: 75 });
    smooth.put({ actor: 2, x: 0, y: 0, serverMs: 1_000, atMs: 1_000 });
    smooth.put({ actor: 2, x: 100, y: 0, serverMs: 6_000, atMs: 6_000 });
    expect(smooth.at(5_900)!.x).toBe(0);
    expect(smooth.at(6_025)!.x).toBe(0);
    expect(smooth.at(6_050)!.x).toBeCloseTo(50);
    expect(smooth.at(6_075)!.x).toBe(100);
  });

  it("is nowhere while hidden, and begins anew after", () => {
    const { smooth, xAt } = moving([10, 10], { delayMs: 75 });
    smooth.put(undefined);
    expect(xAt(100)).toBeUndefined();
    smooth.put({ actor: 2, x: 9, y: 9, serverMs: 2_000, atMs: 2_010 + 7_000_000 });
    expect(xAt(1_000)).toBe(9);
  });
});
