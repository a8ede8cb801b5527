// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Beat } from "../../src/lib/beat.js";

describe("Beat", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("runs the first request after quiet at once and shares the next beat among the others", () => {
    const times: number[] = [];
    const start = Date.now();
    const beat = new Beat(50, () => times.push(Date.now() - start) > 0);
    beat.request();
    for (let i = 0; i < 12; ++i) {
      vi.advanceTimersByTime(10);
      beat.request();
    }
    vi.advanceTimersByTime(1_000);
    expect(times).toEqual([0, 50, 100, 150]);
    beat.request();
    expect(times.at(-1)).toBe(1_120);
  });

  it("owns no timer while idle, and none after stop", () => {
    const run = vi.fn(() => true);
    const beat = new Beat(50, run);
    beat.request();
    expect(vi.getTimerCount()).toBe(0);
    beat.request();
    expect(vi.getTimerCount()).toBe(1);
    beat.stop();
    vi.advanceTimersByTime(1_000);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("does not count a run that did nothing", () => {
    const run = vi.fn(() => false);
    const beat = new Beat(50, run);
    beat.request();
    beat.request();
    expect(run).toHaveBeenCalledTimes(2);
  });

  it("is not silenced by a clock that was set back", () => {
    const run = vi.fn(() => true);
    const beat = new Beat(50, run);
    beat.request();
    vi.setSystemTime(Date.now() - 3_600_000);
    beat.request();
    expect(run).toHaveBeenCalledTimes(2);
  });
});
