// SPDX-License-Identifier: Apache-2.0

import type { Canvas, ChangeOrigin, Entity, Person } from "@weft/client";

import { conceptColor, personColor } from "./colors.js";
import { byId, make } from "./dom.js";
import type { Box } from "./geometry.js";
import { Motion } from "./motion.js";
import type { Selection } from "./selection.js";
import { attempt, nameOf } from "./session.js";
import type { Point, Viewport } from "./viewport.js";

export const kNewTitle = "New concept";
/** A press that moves less than this is a click. */
const kDragFromPx = 4;
const kTitleCharsMax = 200;

/** The concepts on the page: drawn, dragged, renamed. */
export class Nodes {
  private readonly layer_ = byId("nodes");
  private readonly elements_ = new Map<string, HTMLElement>();
  private readonly sizes_ = new Map<string, { halfWidth: number; halfHeight: number }>();
  private readonly motion_: Motion;
  private readonly resized_: ResizeObserver;
  private top_ = 0;

  constructor(
    private readonly canvas_: Canvas,
    private readonly viewport_: Viewport,
    private readonly selection_: Selection,
    /** Links follow. */
    private readonly moved_: (ids: readonly string[]) => void,
    private readonly startLink_: (id: string, event: PointerEvent) => void,
  ) {
    this.motion_ = new Motion((ids) => this.place_(ids));
    this.resized_ = new ResizeObserver((entries) => this.measure_(entries.map(({ target }) => target as HTMLElement)));
    selection_.onChange(() => this.showSelection_());
  }

  /** Where the node is drawn now, which may be on the way to where it is. */
  box(id: string): Box | undefined {
    const at = this.motion_.at(id);
    const size = this.sizes_.get(id);
    return at && size && { x: at.x, y: at.y, ...size };
  }

  element(id: string): HTMLElement | undefined {
    return this.elements_.get(id);
  }

  update(ids: Iterable<string>, origin: ChangeOrigin): void {
    for (const id of ids) {
      const concept = this.canvas_.concepts.get(id);
      if (concept === undefined) this.remove_(id);
      else this.show_(concept, origin);
    }
  }

  /** The title becomes a text field, all of it selected. */
  rename(id: string): void {
    const element = this.elements_.get(id);
    const title = element?.querySelector<HTMLElement>(".node-title");
    if (element === undefined || title === null || title === undefined || !this.canvas_.canEdit) return;
    title.contentEditable = "plaintext-only";
    element.classList.add("is-editing");
    title.focus();
    getSelection()?.selectAllChildren(title);
    const finish = (isKept: boolean): void => {
      title.removeEventListener("blur", keep);
      title.removeEventListener("keydown", key);
      title.contentEditable = "false";
      element.classList.remove("is-editing");
      const text = (title.textContent ?? "").trim().slice(0, kTitleCharsMax);
      const before = titleOf(this.canvas_.concepts.get(id));
      if (isKept && text !== "" && text !== before) attempt(() => this.canvas_.set(id, { title: text }));
      title.textContent = titleOf(this.canvas_.concepts.get(id));
    };
    const keep = (): void => finish(true);
    const key = (event: KeyboardEvent): void => {
      event.stopPropagation();
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      finish(event.key === "Enter");
      element.focus();
    };
    title.addEventListener("blur", keep);
    title.addEventListener("keydown", key);
  }

  /** Who else has selected what. */
  showHolders(holders: ReadonlyMap<string, Person>): void {
    for (const [id, element] of this.elements_) {
      const person = holders.get(id);
      element.classList.toggle("is-held", person !== undefined);
      if (person === undefined) continue;
      element.style.setProperty("--holder", personColor(person));
      element.querySelector(".node-holder")!.textContent = nameOf(person);
    }
  }

  private show_({ id, props }: Entity, origin: ChangeOrigin): void {
    const element = this.elements_.get(id) ?? this.create_(id);
    const title = titleOf(this.canvas_.concepts.get(id));
    element.dataset["title"] = title;
    element.dataset["color"] = conceptColor(props["color"]);
    element.setAttribute("aria-label", `Concept ${title}`);
    if (!element.classList.contains("is-editing")) element.querySelector(".node-title")!.textContent = title;
    const point = positionOf(props);
    if (origin === "local" || this.motion_.at(id) === undefined) {
      this.motion_.put(id, point);
      this.place_([id]);
    } else {
      this.motion_.glide(id, point);
    }
  }

  private create_(id: string): HTMLElement {
    const element = make("div", "node");
    element.dataset["testid"] = "concept";
    element.dataset["id"] = id;
    element.tabIndex = 0;
    element.setAttribute("role", "button");
    element.setAttribute("aria-pressed", "false");
    element.append(make("span", "node-title"), make("span", "node-holder"));
    for (const side of ["n", "e", "s", "w"]) element.append(make("i", `handle handle-${side}`));
    element.addEventListener("pointerdown", (event) => this.press_(id, event));
    element.addEventListener("dblclick", () => this.rename(id));
    element.addEventListener("focus", () => {
      if (element.matches(":focus-visible") && !this.selection_.ids.has(id)) this.selection_.set([id]);
    });
    this.elements_.set(id, element);
    this.layer_.append(element);
    this.resized_.observe(element);
    this.measure_([element]);
    return element;
  }

  private remove_(id: string): void {
    const element = this.elements_.get(id);
    if (element === undefined) return;
    this.resized_.unobserve(element);
    element.remove();
    this.elements_.delete(id);
    this.sizes_.delete(id);
    this.motion_.remove(id);
  }

  private measure_(elements: readonly HTMLElement[]): void {
    const ids = elements.map((element) => element.dataset["id"]!);
    elements.forEach(({ offsetWidth, offsetHeight }, i) => this.sizes_.set(ids[i]!, { halfWidth: offsetWidth / 2, halfHeight: offsetHeight / 2 }));
    this.moved_(ids);
  }

  private place_(ids: readonly string[]): void {
    for (const id of ids) {
      const at = this.motion_.at(id);
      const element = this.elements_.get(id);
      if (at && element) element.style.transform = `translate(${at.x}px, ${at.y}px) translate(-50%, -50%)`;
    }
    this.moved_(ids);
  }

  private showSelection_(): void {
    for (const [id, element] of this.elements_) {
      const isSelected = this.selection_.ids.has(id);
      element.classList.toggle("is-selected", isSelected);
      element.setAttribute("aria-pressed", String(isSelected));
    }
  }

  private press_(id: string, event: PointerEvent): void {
    const element = this.elements_.get(id)!;
    if (event.button !== 0 || element.classList.contains("is-editing")) return;
    if ((event.target as Element).classList.contains("handle")) return this.startLink_(id, event);
    event.stopPropagation();
    if (event.shiftKey) this.selection_.toggle(id);
    else if (!this.selection_.ids.has(id)) this.selection_.set([id]);
    element.style.zIndex = String(++this.top_);
    if (this.canvas_.canEdit) this.drag_(element, event);
  }

  /** Moves everything that is selected along with the pointer. */
  private drag_(element: HTMLElement, start: PointerEvent): void {
    const from = new Map<string, Point>();
    for (const id of this.selection_.ids) {
      const concept = this.canvas_.concepts.get(id);
      if (concept !== undefined) from.set(id, positionOf(concept.props));
    }
    let isDragging = false;
    element.setPointerCapture(start.pointerId);
    const move = (event: PointerEvent): void => {
      const dx = event.clientX - start.clientX;
      const dy = event.clientY - start.clientY;
      isDragging ||= Math.hypot(dx, dy) >= kDragFromPx;
      if (!isDragging) return;
      element.classList.add("is-dragging");
      for (const [id, { x, y }] of from) {
        if (!this.canvas_.concepts.has(id)) continue;
        const to = { x: Math.round(x + dx / this.viewport_.scale), y: Math.round(y + dy / this.viewport_.scale) };
        attempt(() => this.canvas_.set(id, to));
      }
    };
    const end = (): void => {
      element.classList.remove("is-dragging");
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", end);
      element.removeEventListener("pointercancel", end);
    };
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", end);
    element.addEventListener("pointercancel", end);
  }
}

export function titleOf(concept: Entity | undefined): string {
  const title = concept?.props["title"];
  return typeof title === "string" && title !== "" ? title : "Untitled";
}

export function positionOf(props: Entity["props"]): Point {
  const { x, y } = props;
  return { x: typeof x === "number" ? x : 0, y: typeof y === "number" ? y : 0 };
}
