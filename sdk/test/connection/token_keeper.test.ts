// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { kRenewLeadMs, kRenewPauseMs, TokenKeeper } from "../../src/connection/token_keeper.js";

describe("TokenKeeper", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function renewedAfterMs(lifeMs: number): Promise<number> {
    const start = Date.now();
    let atMs = Infinity;
    const keeper = new TokenKeeper(() => ({ token: "t", expiresAt: start + lifeMs }));
    await keeper.fetch();
    keeper.watch(() => (atMs = Date.now() - start));
    vi.advanceTimersByTime(lifeMs);
    return atMs;
  }

  it("renews shortly before the end, and short-lived tokens at half their life", async () => {
    expect(await renewedAfterMs(3_600_000)).toBe(3_600_000 - kRenewLeadMs);
    expect(await renewedAfterMs(40_000)).toBe(20_000);
    expect(await renewedAfterMs(6_000)).toBe(kRenewPauseMs);
  });

  it("does not renew what has no end, and stops when told", async () => {
    const eternal = new TokenKeeper(() => "t");
    expect(await eternal.fetch()).toBe("t");
    eternal.watch(() => {});
    expect(vi.getTimerCount()).toBe(0);

    const keeper = new TokenKeeper(() => ({ token: "t", expiresAt: Date.now() + 60_000 }));
    await keeper.fetch();
    keeper.watch(() => {});
    keeper.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gives nothing without a provider", async () => {
    expect(await new TokenKeeper(undefined).fetch()).toBeUndefined();
  });
});
