// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { Flight } from "../../src/crowd/flight.js";
import { crowdName } from "../../src/crowd/names.js";
import { kCrowdSize } from "../../src/crowd/messages.js";

function seeded(seed: number): () => number {
  return () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

describe("a simulated person", () => {
  it("moves without a jump, and gets about", () => {
    const flight = new Flight({ x: 0, y: 0 }, seeded(7));
    const spots = [{ x: 300, y: 100 }, { x: -200, y: 400 }];
    let last = flight.at(0, spots);
    let way = 0;
    for (let ms = 50; ms < 60_000; ms += 50) {
      const now = flight.at(ms, spots);
      const step = Math.hypot(now.x - last.x, now.y - last.y);
      expect(step).toBeLessThan(120);
      way += step;
      last = now;
    }
    expect(way).toBeGreaterThan(3_000);
  });

  it("has a name of its own", () => {
    expect(new Set(Array.from({ length: kCrowdSize }, (_, i) => crowdName(i))).size).toBe(kCrowdSize);
  });
});
