// SPDX-License-Identifier: Apache-2.0

import "../support/browser.js";

import { createClient, historyOf } from "@weft/client";
import { describe, expect, it } from "vitest";

import { Edits } from "../../src/board/edits.js";
import type { FileConcept, MapFile } from "../../src/model/map_file.js";
import type { MapTypes } from "../../src/model/map.js";
import { ui } from "../../src/ui.js";

/** On a canvas that never connects: what is made waits. */
function offline(): Edits {
  const canvas = createClient<MapTypes>({ url: "http://127.0.0.1:1" }).open("test", { isConnected: false });
  historyOf(canvas);
  return new Edits(canvas, () => undefined);
}

const concept = (id: string, more: Partial<FileConcept> = {}): FileConcept => ({ id, kind: "concept", title: id, color: "plain", x: 0, y: 0, ...more });
const file = (concepts: readonly FileConcept[], links: MapFile["links"] = []): MapFile => ({ format: "weft-map", version: 1, concepts, links });
const many = (count: number, more: Partial<FileConcept> = {}): FileConcept[] => Array.from({ length: count }, (_, i) => concept(`c${i}`, more));

describe("a file that is inserted", () => {
  it("comes whole, however many bytes its notes have, and goes with one step of undo", () => {
    const edits = offline();
    expect(edits.insertFile(file(many(600, { note: "n".repeat(8_000) }), [{ from: "c0", to: "c599" }]))).toBe(true);
    expect(edits.canvas.concepts.size).toBe(600);
    expect(edits.canvas.links.size).toBe(1);
    expect(ui.get().selection.length).toBe(600);
    expect(edits.canvas.syncStatus.pendingCount).toBeLessThan(20);
    edits.undo();
    expect(edits.canvas.concepts.size).toBe(0);
  });

  it("leaves nothing when a part of it cannot be", () => {
    const edits = offline();
    const before = edits.addConcept({ x: 0, y: 0 }, { title: "Mine" })!;
    expect(edits.insertFile(file([...many(700), concept("huge", { note: "n".repeat(70_000) })]))).toBe(false);
    expect([...edits.canvas.concepts.keys()]).toEqual([before]);
  });

  it("leaves what was there before when not even its beginning can be", () => {
    const edits = offline();
    const before = edits.addConcept({ x: 0, y: 0 }, { title: "Mine" })!;
    expect(edits.insertFile(file([concept("huge", { note: "n".repeat(70_000) })]))).toBe(false);
    expect([...edits.canvas.concepts.keys()]).toEqual([before]);
  });
});

describe("more than goes into one push", () => {
  const withMany = (count: number): Edits => {
    const edits = offline();
    edits.insertFile(file(many(count)));
    return edits;
  };
  const colors = (edits: Edits) => new Set(edits.canvas.concepts.all.map(({ props }) => props.color));

  it("is painted, and back with one step of undo", () => {
    const edits = withMany(1_200);
    edits.paint(ui.get().selection, "red");
    expect(colors(edits)).toEqual(new Set(["red"]));
    edits.undo();
    expect(colors(edits)).toEqual(new Set([undefined]));
    expect(edits.canvas.concepts.size).toBe(1_200);
  });

  it("is moved, grouped, ungrouped and deleted", () => {
    const edits = withMany(1_200);
    const ids = ui.get().selection;
    edits.nudge(ids, 10, 0);
    expect(edits.canvas.concepts.all.every(({ props }) => props.x === edits.canvas.concepts.all[0]!.props.x)).toBe(true);
    edits.group(ids);
    const [group] = ui.get().selection;
    expect(edits.canvas.concepts.all.filter(({ props }) => (props as { parent?: readonly string[] }).parent?.[0] === group).length).toBe(1_200);
    edits.ungroup([group!]);
    expect(edits.canvas.concepts.size).toBe(1_200);
    edits.remove([...edits.canvas.concepts.keys()]);
    expect(edits.canvas.concepts.size).toBe(0);
  });
});
