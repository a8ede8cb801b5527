// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { absolute, ancestors, droppedInto, groupAt, grouping, inDrawingOrder, outermost, ungrouping, type Placed } from "../../src/model/tree.js";

function tree(...placed: readonly (readonly [id: string, parent: string | null, x: number, y: number, width?: number, height?: number])[]) {
  return new Map<string, Placed>(
    placed.map(([id, parent, x, y, width = 100, height = 40]) => [id, { id, parent, isGroup: id.startsWith("g"), box: { x, y, width, height } }]),
  );
}

const nested = tree(["g1", null, 100, 100, 600, 500], ["g2", "g1", 50, 60, 300, 200], ["a", "g2", 10, 20], ["b", null, 900, 50]);

describe("places", () => {
  it("add up over all groups around", () => {
    expect(absolute(nested, "a")).toEqual({ x: 160, y: 180, width: 100, height: 40 });
  });
  it("name groups from the inside out", () => {
    expect(ancestors(nested, "a").map(({ id }) => id)).toEqual(["g2", "g1"]);
  });
  it("end where a circle or a missing group would not", () => {
    expect(ancestors(tree(["g1", "g2", 0, 0], ["g2", "g1", 0, 0]), "g1")).toHaveLength(64);
    expect(absolute(tree(["a", "gone", 7, 8]), "a")).toMatchObject({ x: 7, y: 8 });
  });
  it("leave out what goes with its group", () => {
    expect(outermost(nested, ["a", "g1", "b"])).toEqual(["g1", "b"]);
  });
  it("are drawn parents first", () => {
    expect(inDrawingOrder(tree(["a", "g1", 0, 0], ["g1", null, 0, 0])).map(({ id }) => id)).toEqual(["g1", "a"]);
  });
});

describe("dropping", () => {
  it("finds the innermost group", () => {
    expect(groupAt(nested, { x: 200, y: 200 }, "b")).toBe("g2");
    expect(groupAt(nested, { x: 650, y: 550 }, "b")).toBe("g1");
    expect(groupAt(nested, { x: 0, y: 0 }, "b")).toBeNull();
  });
  it("puts no group into itself", () => {
    expect(groupAt(nested, { x: 200, y: 200 }, "g1")).toBeNull();
    expect(groupAt(nested, { x: 200, y: 200 }, "g2")).toBe("g1");
  });
  it("keeps the place on the map when the group changes", () => {
    const moved = tree(["g1", null, 100, 100, 600, 500], ["b", null, 300, 300]);
    expect(droppedInto(moved, ["b"])).toEqual([{ id: "b", parent: "g1", at: { x: 200, y: 200 } }]);
  });
  it("lets go of what was dragged out", () => {
    const moved = tree(["g1", null, 100, 100, 200, 200], ["b", "g1", 500, 10]);
    expect(droppedInto(moved, ["b"])).toEqual([{ id: "b", parent: null, at: { x: 600, y: 110 } }]);
  });
  it("says nothing about what stays in its group", () => {
    expect(droppedInto(nested, ["a", "b"])).toEqual([]);
  });
});

describe("grouping", () => {
  it("leaves room around, and everything in place", () => {
    const flat = tree(["a", null, 0, 0], ["b", null, 200, 100]);
    const { parent, box, moves } = grouping(flat, ["a", "b"])!;
    expect(parent).toBeNull();
    for (const { id, at } of moves) {
      const before = absolute(flat, id)!;
      expect({ x: box.x + at.x, y: box.y + at.y }).toEqual({ x: before.x, y: before.y });
      expect(at.x).toBeGreaterThan(0);
      expect(at.y).toBeGreaterThan(0);
      expect(at.x + before.width).toBeLessThan(box.width);
      expect(at.y + before.height).toBeLessThan(box.height);
    }
  });
  it("stays in the group that all members share", () => {
    const inside = tree(["g1", null, 100, 100, 600, 500], ["a", "g1", 50, 100], ["b", "g1", 250, 200]);
    const { parent, box } = grouping(inside, ["a", "b"])!;
    expect(parent).toBe("g1");
    expect(box.x).toBe(50 - 28);
  });
  it("is nothing for nothing", () => {
    expect(grouping(nested, [])).toBeUndefined();
    expect(grouping(nested, ["gone"])).toBeUndefined();
  });
  it("is undone by ungrouping", () => {
    expect(ungrouping(nested, "g2")).toEqual([{ id: "a", parent: "g1", at: { x: 60, y: 80 } }]);
    expect(ungrouping(nested, "g1")).toEqual([{ id: "g2", parent: null, at: { x: 150, y: 160 } }]);
  });
});
