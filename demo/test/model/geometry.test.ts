// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { boxAround, facingSides, freePlace, kZoomMin, viewOf } from "../../src/model/geometry.js";

const box = (x: number, y: number, width = 100, height = 40) => ({ x, y, width, height });

describe("boxAround", () => {
  it("holds all of them", () => {
    expect(boxAround([box(0, 0), box(200, -50)])).toEqual({ x: 0, y: -50, width: 300, height: 90 });
  });
  it("is undefined for none", () => {
    expect(boxAround([])).toBeUndefined();
  });
});

describe("facingSides", () => {
  it.each([
    ["right of it", box(300, 10), "right", "left"],
    ["left of it", box(-300, 10), "left", "right"],
    ["below", box(10, 200), "bottom", "top"],
    ["above", box(10, -200), "top", "bottom"],
  ])("%s", (_, to, leaves, enters) => {
    const { from, to: end } = facingSides(box(0, 0), to);
    expect([from.side, end.side]).toEqual([leaves, enters]);
  });
  it("goes by the gap between them, not by the distance of their middles", () => {
    // Far to the right by their middles, but these two overlap in x: the way is down.
    expect(facingSides(box(0, 0, 400), box(250, 90, 400)).from.side).toBe("bottom");
  });
  it("begins in the middle of the side", () => {
    expect(facingSides(box(0, 0), box(300, 0)).from).toEqual({ x: 100, y: 20, side: "right" });
  });
});

describe("freePlace", () => {
  it("takes the wish when it is free", () => {
    expect(freePlace(box(0, 0), [box(0, 200)])).toMatchObject({ x: 0, y: 0 });
  });
  it("steps below what is there", () => {
    expect(freePlace(box(0, 0), [box(0, 0)])).toEqual({ x: 0, y: 64 });
  });
  it("gives the wish when everything is taken", () => {
    expect(freePlace(box(0, 0), [box(-5_000, -5_000, 10_000, 10_000)])).toMatchObject({ x: 0, y: 0 });
  });
});

describe("viewOf", () => {
  it("puts the box into the middle, no larger than life", () => {
    expect(viewOf(box(0, 0), { width: 800, height: 600 })).toEqual({ x: 350, y: 280, zoom: 1 });
  });
  it("shrinks what is too large", () => {
    expect(viewOf(box(0, 0, 1_600, 100), { width: 800, height: 600 }).zoom).toBe(0.5);
    expect(viewOf(box(0, 0, 1_600_000, 100), { width: 800, height: 600 }).zoom).toBe(kZoomMin);
  });
});
