// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { backoffDelayMs, jitteredDelayMs, kBackoffBaseMs, kBackoffCapMs } from "../../src/lib/backoff.js";

const kAlmostOne = 1 - Number.EPSILON;

describe("backoff", () => {
  it("is full jitter: from nothing to a bound that doubles until the cap", () => {
    for (let failures = 0; failures < 2_000; failures += failures < 20 ? 1 : 500) {
      const bound = Math.min(kBackoffCapMs, kBackoffBaseMs * 2 ** failures);
      expect(backoffDelayMs(failures, () => 0)).toBe(0);
      expect(backoffDelayMs(failures, () => kAlmostOne)).toBe(bound - 1);
      expect(backoffDelayMs(failures, () => 0.5)).toBe(bound / 2);
    }
  });

  it("keeps advised delays inside what was advised", () => {
    expect(jitteredDelayMs(100, 5_000, () => 0)).toBe(100);
    expect(jitteredDelayMs(100, 5_000, () => kAlmostOne)).toBeLessThan(5_000);
    expect(jitteredDelayMs(700, 100, () => kAlmostOne)).toBe(700);
  });
});
