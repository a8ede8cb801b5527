// SPDX-License-Identifier: Apache-2.0

import type { Canvas, Person } from "@weft/client";

import { personColor } from "./colors.js";
import { byId, makeSvg } from "./dom.js";
import { linkPath, type Box } from "./geometry.js";
import { titleOf } from "./nodes.js";
import type { Selection } from "./selection.js";

/** The links on the page. They follow the nodes they join. */
export class Links {
  private readonly layer_ = byId<SVGSVGElement>("links");
  private readonly groups_ = new Map<string, SVGGElement>();

  constructor(
    private readonly canvas_: Canvas,
    private readonly selection_: Selection,
    private readonly box_: (id: string) => Box | undefined,
  ) {
    selection_.onChange(() => this.showSelection_());
  }

  update(ids: Iterable<string>): void {
    for (const id of ids) {
      if (this.canvas_.links.has(id)) this.draw_(id);
      else this.remove_(id);
    }
  }

  /** Draws those again that join one of these nodes. */
  follow(nodeIds: readonly string[]): void {
    const moved = new Set(nodeIds);
    for (const [id, { props }] of this.canvas_.links) {
      if (moved.has(String(props["from"])) || moved.has(String(props["to"]))) this.draw_(id);
    }
  }

  showHolders(holders: ReadonlyMap<string, Person>): void {
    for (const [id, group] of this.groups_) {
      const person = holders.get(id);
      group.classList.toggle("is-held", person !== undefined);
      if (person !== undefined) group.style.setProperty("--holder", personColor(person));
    }
  }

  private draw_(id: string): void {
    const { from, to } = this.canvas_.links.get(id)!.props;
    const a = this.box_(String(from));
    const b = this.box_(String(to));
    // An end may be gone on this page while its deletion is on the way.
    if (a === undefined || b === undefined) return this.remove_(id);
    const group = this.groups_.get(id) ?? this.create_(id);
    const path = linkPath(a, b);
    for (const line of group.children) line.setAttribute("d", path);
    group.dataset["from"] = String(from);
    group.dataset["to"] = String(to);
    const title = (end: unknown): string => titleOf(this.canvas_.concepts.get(String(end)));
    group.setAttribute("aria-label", `Link from ${title(from)} to ${title(to)}`);
  }

  private create_(id: string): SVGGElement {
    const group = makeSvg("g", "link");
    group.dataset["testid"] = "link";
    group.dataset["id"] = id;
    group.tabIndex = 0;
    group.setAttribute("role", "button");
    group.append(makeSvg("path", "link-hit"), makeSvg("path", "link-line"));
    group.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.stopPropagation();
      if (event.shiftKey) this.selection_.toggle(id);
      else this.selection_.set([id]);
    });
    group.addEventListener("focus", () => {
      if (group.matches(":focus-visible")) this.selection_.set([id]);
    });
    this.groups_.set(id, group);
    this.layer_.append(group);
    return group;
  }

  private remove_(id: string): void {
    this.groups_.get(id)?.remove();
    this.groups_.delete(id);
  }

  private showSelection_(): void {
    for (const [id, group] of this.groups_) group.classList.toggle("is-selected", this.selection_.ids.has(id));
  }
}
