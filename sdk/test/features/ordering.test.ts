// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";

import { childrenOf, indexBetween, indexesBetween, kIndexCharsMax, moveTo, placeAt } from "../../src/features/ordering.js";
import { historyOf } from "../../src/features/history/history.js";
import { World } from "../support/world.js";

afterEach(() => {
  vi.useRealTimers();
});

describe("indexes", () => {
  it("begin in the middle and count on, short in both directions", () => {
    expect(indexBetween(undefined, undefined)).toBe("a0");
    expect(indexBetween("a0", undefined)).toBe("a1");
    expect(indexBetween("az", undefined)).toBe("b00");
    expect(indexBetween(undefined, "a0")).toBe("Zz");
    expect(indexBetween(undefined, "Z0")).toBe("Yzz");
    expect(indexBetween("a0", "a1")).toBe("a0V");
    let [last, first] = ["a0", "a0"];
    for (let i = 0; i < 10_000; ++i) {
      last = indexBetween(last, undefined);
      first = indexBetween(undefined, first);
    }
    expect([last.length, first.length]).toEqual([4, 4]);
  });

  it("lie strictly between their neighbours, wherever something is put in", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { maxLength: 200 }), (places) => {
        const indexes: string[] = [];
        for (const place of places) {
          const at = place % (indexes.length + 1);
          const [after, before] = [indexes[at - 1], indexes[at]];
          const index = indexBetween(after, before);
          if (after !== undefined) expect(index > after).toBe(true);
          if (before !== undefined) expect(index < before).toBe(true);
          indexes.splice(at, 0, index);
        }
      }),
    );
  });

  it("that are many are in order and between", () => {
    fc.assert(
      fc.property(fc.option(fc.constantFrom("Zz", "a0", "a0V"), { nil: undefined }), fc.option(fc.constantFrom("a0V1", "a1", "b00"), { nil: undefined }), fc.nat(100), (after, before, count) => {
        const indexes = indexesBetween(after, before, count);
        const all = [...(after === undefined ? [] : [after]), ...indexes, ...(before === undefined ? [] : [before])];
        expect(indexes.length).toBe(count);
        expect(new Set(all).size).toBe(all.length);
        expect([...all].sort()).toEqual(all);
      }),
    );
  });

  it("that cannot be are refused", () => {
    for (const index of ["", "a", "0", "a0 ", "a00", "b0", "ä0"]) expect(() => indexBetween(index, undefined), index).toThrow("is not an index");
    expect(() => indexBetween("a1", "a1")).toThrow("nothing between");
    expect(() => indexBetween("a2", "a1")).toThrow("nothing between");
    let before = "a1";
    expect(() => {
      for (let i = 0; i < 1_000; ++i) before = indexBetween("a0", before);
    }).toThrow(`${kIndexCharsMax} characters`);
  });
});

describe("placing", () => {
  it("puts nodes in order, and moves are one step for everybody", async () => {
    const world = new World();
    const [ada, bo] = [(await world.join("Ada")).canvas, (await world.join("Bo")).canvas];
    historyOf(ada);
    ada.create("concept", {}, "box");
    for (const id of ["a", "b", "c"]) ada.create("concept", { parent: placeAt(ada, "box", Infinity) }, id);
    await world.advance(100);
    const order = (): string[] => childrenOf(bo, "box").map(({ id }) => id);
    expect(order()).toEqual(["a", "b", "c"]);
    moveTo(ada, "c", "box", 0);
    await world.advance(100);
    expect(order()).toEqual(["c", "a", "b"]);
    moveTo(ada, "c", "box", 2);
    moveTo(ada, "a", "box", 1);
    await world.advance(100);
    expect(order()).toEqual(["b", "a", "c"]);
    moveTo(ada, "b", null);
    await world.advance(100);
    expect([order(), childrenOf(bo, null).map(({ id }) => id)]).toEqual([["a", "c"], ["box", "b"]]);
    expect(() => moveTo(ada, "box", "a")).toThrow("lies in it");
    historyOf(ada).undo();
    await world.advance(100);
    expect(order()).toEqual(["b", "a", "c"]);
  });

  it("finds a place between two that chose the same index at once", async () => {
    const world = new World();
    const { canvas } = await world.join("Ada");
    for (const id of ["a", "b", "c"]) canvas.create("concept", { parent: [null, "a0"] }, id);
    canvas.create("concept", {}, "without");
    canvas.transact(() => canvas.create("concept", { parent: placeAt(canvas, null, 1) }, "new"));
    expect(childrenOf(canvas, null).map(({ id }) => id)).toEqual(["a", "new", "b", "c", "without"]);
    moveTo(canvas, "a", null, 3);
    expect(childrenOf(canvas, null).map(({ id }) => id)).toEqual(["new", "b", "c", "a", "without"]);
  });

  it("spreads siblings anew when an index would become too long", async () => {
    const world = new World();
    const { canvas } = await world.join("Ada");
    canvas.create("concept", { parent: placeAt(canvas, null, 0) }, "first");
    canvas.create("concept", { parent: placeAt(canvas, null, 1) }, "last");
    for (let i = 0; i < 450; ++i) canvas.create("concept", { parent: placeAt(canvas, null, 1) }, `n${i}`);
    const children = childrenOf(canvas, null);
    expect(children.map(({ id }) => id)).toEqual(["first", ...Array.from({ length: 450 }, (_, i) => `n${449 - i}`), "last"]);
    expect(Math.max(...children.map(({ props }) => (props["parent"] as string[])[1]!.length))).toBeLessThanOrEqual(kIndexCharsMax);
  });
});
