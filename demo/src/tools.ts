// SPDX-License-Identifier: Apache-2.0

import type { Canvas } from "@weft/client";

import { conceptColor, kConceptColors } from "./colors.js";
import { byId, make } from "./dom.js";
import { kNewTitle, positionOf, type Nodes } from "./nodes.js";
import type { Selection } from "./selection.js";
import { attempt } from "./session.js";
import type { Point, Viewport } from "./viewport.js";

/** What the buttons and keys do. */
export class Tools {
  constructor(
    private readonly canvas_: Canvas,
    private readonly viewport_: Viewport,
    private readonly selection_: Selection,
    private readonly nodes_: Nodes,
  ) {
    for (const color of kConceptColors) {
      const swatch = make("button", "swatch");
      swatch.type = "button";
      swatch.dataset["color"] = color;
      swatch.dataset["testid"] = `color-${color}`;
      swatch.title = color;
      swatch.setAttribute("aria-label", `Colour ${color}`);
      swatch.addEventListener("click", () => this.paint(color));
      byId("palette").append(swatch);
    }
    byId("add").addEventListener("click", () => this.add(this.freeSpot_()));
    byId("remove").addEventListener("click", () => this.removeSelected());
    byId("zoom-fit").addEventListener("click", () => this.fit());
    byId("share").addEventListener("click", () => void share());
    selection_.onChange(() => this.update());
  }

  /** A new concept here, its title ready to be typed over. */
  add(at: Point): void {
    attempt(() => {
      const id = this.canvas_.create("concept", { title: kNewTitle, x: Math.round(at.x), y: Math.round(at.y) });
      this.selection_.set([id]);
      this.nodes_.rename(id);
    });
  }

  removeSelected(): void {
    const ids = [...this.selection_.ids];
    if (ids.length === 0) return;
    attempt(() => this.canvas_.transact(() => ids.forEach((id) => this.canvas_.delete(id))));
    byId("stage").focus({ preventScroll: true });
  }

  paint(color: string): void {
    const ids = [...this.selection_.ids].filter((id) => this.canvas_.concepts.has(id));
    if (ids.length === 0) return;
    attempt(() => this.canvas_.transact(() => ids.forEach((id) => this.canvas_.set(id, { color }))));
  }

  nudge(dx: number, dy: number): void {
    for (const id of this.selection_.ids) {
      const concept = this.canvas_.concepts.get(id);
      if (concept === undefined) continue;
      const { x, y } = positionOf(concept.props);
      attempt(() => this.canvas_.set(id, { x: x + dx, y: y + dy }));
    }
  }

  fit(): void {
    this.viewport_.fit([...this.canvas_.concepts.values()].map(({ props }) => positionOf(props)));
  }

  /** What can be used now, and which colour the selection has. */
  update(): void {
    const { canEdit } = this.canvas_;
    const selected = [...this.selection_.ids].map((id) => this.canvas_.concepts.get(id)).filter((concept) => concept !== undefined);
    byId<HTMLButtonElement>("add").disabled = !canEdit;
    byId<HTMLButtonElement>("remove").disabled = !canEdit || this.selection_.ids.size === 0;
    for (const swatch of byId("palette").querySelectorAll<HTMLButtonElement>(".swatch")) {
      swatch.disabled = !canEdit || selected.length === 0;
      const isOn = selected.length > 0 && selected.every(({ props }) => conceptColor(props["color"]) === swatch.dataset["color"]);
      swatch.setAttribute("aria-pressed", String(isOn));
    }
  }

  /** Near the middle of the screen, but not on top of another concept. */
  private freeSpot_(): Point {
    const { x, y } = this.viewport_.centerOfWorld;
    const taken = [...this.canvas_.concepts.values()].map(({ props }) => positionOf(props));
    for (let i = 0; i < 40; ++i) {
      const spot = { x: x + 46 * Math.sqrt(i) * Math.cos(2.4 * i), y: y + 46 * Math.sqrt(i) * Math.sin(2.4 * i) };
      if (taken.every((other) => Math.abs(other.x - spot.x) > 150 || Math.abs(other.y - spot.y) > 64)) return spot;
    }
    return { x, y };
  }
}

/** The address without the token: a link that is passed on must not carry who one is. */
async function share(): Promise<void> {
  const label = byId("share-label");
  const address = location.href.split("#")[0]!;
  try {
    await navigator.clipboard.writeText(address);
    label.textContent = "Copied";
    setTimeout(() => (label.textContent = "Copy link"), 1_600);
  } catch {
    // Without a secure context there is no clipboard.
    prompt("The link to this canvas", address);
  }
}
