// SPDX-License-Identifier: Apache-2.0

import type { Canvas } from "@weft/client";

import { byId, makeSvg } from "./dom.js";
import { linkPath, type Box } from "./geometry.js";
import type { Selection } from "./selection.js";
import { attempt } from "./session.js";
import type { Viewport } from "./viewport.js";

/** Drawing a new link: dragged from a node's edge to another node, or L and then a click or Enter. */
export class Linker {
  private from_: string | undefined;
  private readonly line_ = makeSvg("path", "link-draft");
  private readonly stage_ = byId("stage");

  constructor(
    private readonly canvas_: Canvas,
    private readonly viewport_: Viewport,
    private readonly selection_: Selection,
    private readonly box_: (id: string) => Box | undefined,
  ) {
    addEventListener("pointermove", (event) => this.draw_(event));
    addEventListener("pointerup", (event) => this.finish(nodeIdAt(event)), true);
  }

  get isLinking(): boolean {
    return this.from_ !== undefined;
  }

  start(id: string, event?: PointerEvent): void {
    event?.stopPropagation();
    if (!this.canvas_.canEdit) return;
    this.from_ = id;
    this.stage_.classList.add("is-linking");
    byId("links").append(this.line_);
    if (event !== undefined) this.draw_(event);
  }

  cancel(): void {
    this.from_ = undefined;
    this.line_.remove();
    this.line_.removeAttribute("d");
    this.stage_.classList.remove("is-linking");
    this.mark_(undefined);
  }

  /** Links to this node; anywhere else the link is dropped. */
  finish(to: string | undefined): void {
    const from = this.from_;
    if (from === undefined) return;
    this.cancel();
    if (to === undefined || to === from || this.isLinked_(from, to)) return;
    attempt(() => this.selection_.set([this.canvas_.create("link", { from, to })]));
  }

  private draw_(event: PointerEvent): void {
    const a = this.from_ === undefined ? undefined : this.box_(this.from_);
    if (a === undefined) return;
    const over = nodeIdAt(event);
    const to = over === this.from_ ? undefined : over;
    this.mark_(to);
    const point = this.viewport_.toWorld({ x: event.clientX, y: event.clientY });
    const b = (to === undefined ? undefined : this.box_(to)) ?? { ...point, halfWidth: 0, halfHeight: 0 };
    this.line_.setAttribute("d", linkPath(a, b));
  }

  private isLinked_(from: string, to: string): boolean {
    return [...this.canvas_.links.values()].some(({ props }) => props["from"] === from && props["to"] === to);
  }

  private mark_(id: string | undefined): void {
    document.querySelector(".node.is-target")?.classList.remove("is-target");
    if (id !== undefined) document.querySelector(`.node[data-id="${CSS.escape(id)}"]`)?.classList.add("is-target");
  }
}

function nodeIdAt({ clientX, clientY }: PointerEvent): string | undefined {
  return document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>(".node")?.dataset["id"];
}
