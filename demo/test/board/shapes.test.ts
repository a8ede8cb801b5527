// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { Shapes } from "../../src/board/shapes.js";

const concept = (id: string, x: number, y: number, more: object = {}) => ({ id, type: "concept", props: { title: id, x, y, ...more } });
const group = (id: string, x: number, y: number) => ({ id, type: "group", props: { title: id, x, y, width: 300, height: 200 } });
const link = (id: string, from: string, to: string) => ({ id, type: "link", props: { from, to } });

const at = (shapes: Shapes, id: string) => shapes.nodes.find((node) => node.id === id)?.position;

describe("shapes", () => {
  it("glide to where others move them, and arrive", () => {
    const shapes = new Shapes();
    shapes.setDocument([concept("a", 0, 0)], []);
    shapes.setDocument([concept("a", 100, 0)], []);
    expect(at(shapes, "a")).toEqual({ x: 0, y: 0 });
    expect(shapes.glide(16)).toBe(true);
    expect(at(shapes, "a")!.x).toBeGreaterThan(10);
    expect(at(shapes, "a")!.x).toBeLessThan(90);
    for (let frame = 0; frame < 60 && shapes.glide(16); ++frame);
    expect(at(shapes, "a")).toEqual({ x: 100, y: 0 });
    expect(shapes.isGliding).toBe(false);
  });

  it("are where the pointer is while they are dragged here", () => {
    const shapes = new Shapes();
    shapes.setDocument([concept("a", 0, 0)], []);
    shapes.apply([{ type: "position", id: "a", dragging: true, position: { x: 30, y: 0 } }]);
    shapes.setDocument([concept("a", 30, 0)], []);
    expect(at(shapes, "a")).toEqual({ x: 30, y: 0 });
    expect(shapes.isGliding).toBe(false);
  });

  it("do not glide for whoever wants less motion", () => {
    const shapes = new Shapes(() => false);
    shapes.setDocument([concept("a", 0, 0)], []);
    shapes.setDocument([concept("a", 100, 0)], []);
    expect(at(shapes, "a")).toEqual({ x: 100, y: 0 });
  });

  it("do not glide into another group: its origin is another", () => {
    const shapes = new Shapes();
    shapes.setDocument([group("g", 50, 50), concept("a", 100, 100)], []);
    shapes.setDocument([group("g", 50, 50), concept("a", 50, 50, { parent: ["g", "a0"] })], []);
    expect(at(shapes, "a")).toEqual({ x: 50, y: 50 });
    expect(shapes.nodes.find(({ id }) => id === "a")?.parentId).toBe("g");
  });

  it("are the same objects until something of them changes", () => {
    const shapes = new Shapes();
    const [a, b] = [concept("a", 0, 0), concept("b", 0, 0)];
    shapes.setDocument([a, b], [link("l", "a", "b")]);
    const [nodeA] = shapes.nodes;
    const [edge] = shapes.edges;
    shapes.setDocument([a, concept("b", 5, 5)], [link("l", "a", "b")]);
    expect(shapes.nodes[0]).toBe(nodeA);
    expect(shapes.edges[0]).toBe(edge);
  });

  it("leave out links whose ends are not there yet", () => {
    const shapes = new Shapes();
    shapes.setDocument([concept("a", 0, 0)], [link("l", "a", "b")]);
    expect(shapes.edges).toEqual([]);
    shapes.setDocument([concept("a", 0, 0), concept("b", 0, 0)], [link("l", "a", "b")]);
    expect(shapes.edges.map(({ id }) => id)).toEqual(["l"]);
  });

  it("forget what is gone in the middle of its way", () => {
    const shapes = new Shapes();
    shapes.setDocument([concept("a", 0, 0)], []);
    shapes.setDocument([concept("a", 100, 0)], []);
    shapes.setDocument([], []);
    expect(shapes.glide(16)).toBe(false);
    expect(shapes.nodes).toEqual([]);
  });

  it("glide again when the group that is resized here is deleted by somebody", () => {
    const shapes = new Shapes();
    shapes.setDocument([group("g", 0, 0), concept("a", 0, 0)], []);
    shapes.apply([{ type: "dimensions", id: "g", resizing: true, dimensions: { width: 320, height: 220 } }]);
    shapes.setDocument([group("g", 0, 0), concept("a", 50, 0)], []);
    expect(shapes.isGliding).toBe(false);
    shapes.setDocument([concept("a", 50, 0)], []);
    shapes.setDocument([concept("a", 150, 0)], []);
    expect(shapes.isGliding).toBe(true);
  });

  it("keep what they measured, and show the selection", () => {
    const shapes = new Shapes();
    shapes.setDocument([concept("a", 0, 0)], []);
    shapes.apply([{ type: "dimensions", id: "a", dimensions: { width: 120, height: 50 } }]);
    shapes.setSelection(["a"]);
    shapes.setDocument([concept("a", 0, 0, { color: "red" })], []);
    expect(shapes.sizeOf("a")).toEqual({ width: 120, height: 50 });
    expect(shapes.nodes[0]).toMatchObject({ selected: true, ariaLabel: "Concept a, selected" });
    shapes.setSelection([]);
    expect(shapes.nodes[0]).toMatchObject({ selected: false, ariaLabel: "Concept a" });
  });
});
