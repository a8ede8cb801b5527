// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Meter } from "../../src/lib/meter.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("a meter tells what went through per second, over the last few", () => {
  const meter = new Meter();
  for (let i = 0; i < 40; ++i) {
    meter.sent(100);
    meter.received(10);
    vi.advanceTimersByTime(100);
  }
  expect(meter.rates).toMatchObject({ framesOut: expect.closeTo(10, -1), bytesIn: expect.closeTo(100, -2) });
  vi.advanceTimersByTime(10_000);
  expect(meter.rates).toEqual({ framesOut: 0, bytesOut: 0, framesIn: 0, bytesIn: 0 });
});

it("a meter goes on when the clock is set back", () => {
  const meter = new Meter();
  meter.sent(100);
  vi.setSystemTime(Date.now() - 3_600_000);
  meter.sent(100);
  expect(meter.rates.framesOut).toBe(0.25);
});
