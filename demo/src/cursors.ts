// SPDX-License-Identifier: Apache-2.0

import type { Canvas } from "@weft/client";

import { personColor } from "./colors.js";
import { byId, make, makeSvg } from "./dom.js";
import { Motion } from "./motion.js";
import { nameOf } from "./session.js";
import type { Viewport } from "./viewport.js";

/** Everybody else's cursor, with a name, gliding from one known place to the next. */
export class RemoteCursors {
  private readonly layer_ = byId("cursors");
  private readonly elements_ = new Map<string, HTMLElement>();
  private readonly motion_: Motion;

  constructor(
    private readonly canvas_: Canvas,
    private readonly viewport_: Viewport,
  ) {
    this.motion_ = new Motion((ids) => this.place_(ids));
    viewport_.onChange(() => this.place_([...this.elements_.keys()]));
  }

  update(actors: Iterable<number>): void {
    for (const actor of actors) {
      const cursor = this.canvas_.cursors.get(actor);
      const person = this.canvas_.people.get(actor);
      const key = String(actor);
      if (cursor === undefined || person === undefined || person.isMe) {
        this.remove_(key);
        continue;
      }
      const element = this.elements_.get(key) ?? this.create_(key);
      const name = nameOf(person);
      element.dataset["name"] = name;
      element.style.setProperty("--person", personColor(person));
      element.classList.toggle("is-quiet", person.activity !== "active");
      element.querySelector(".cursor-name")!.textContent = name;
      this.motion_.glide(key, cursor);
    }
  }

  /** After people changed: names, colours, and cursors that came before their person. */
  refresh(): void {
    this.update(new Set([...this.canvas_.cursors.keys(), ...[...this.elements_.keys()].map(Number)]));
  }

  private create_(key: string): HTMLElement {
    const element = make("div", "cursor");
    element.dataset["testid"] = "cursor";
    const arrow = makeSvg("svg", "cursor-arrow");
    arrow.setAttribute("viewBox", "0 0 20 22");
    const path = makeSvg("path", "");
    path.setAttribute("d", "M3 2.2 16.4 12c.8.6.4 1.9-.6 1.9l-5.6.3a1.6 1.6 0 0 0-1.2.6l-3.4 4.4c-.6.8-1.9.5-2-.5L2 3c-.1-.8.4-1.2 1-.8Z");
    arrow.append(path);
    element.append(arrow, make("span", "cursor-name"));
    this.elements_.set(key, element);
    this.layer_.append(element);
    return element;
  }

  private remove_(key: string): void {
    this.elements_.get(key)?.remove();
    this.elements_.delete(key);
    this.motion_.remove(key);
  }

  private place_(keys: readonly string[]): void {
    for (const key of keys) {
      const at = this.motion_.at(key);
      const element = this.elements_.get(key);
      if (!at || !element) continue;
      const { x, y } = this.viewport_.toScreen(at);
      element.style.transform = `translate(${x}px, ${y}px)`;
    }
  }
}
