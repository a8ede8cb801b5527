// SPDX-License-Identifier: Apache-2.0

import { byId } from "./dom.js";

export interface Point {
  readonly x: number;
  readonly y: number;
}

const kScaleMin = 0.15;
const kScaleMax = 3;
const kFitMargin = 120;

/** Which part of the endless canvas is on screen, and how large. */
export class Viewport {
  private x_ = 0;
  private y_ = 0;
  private scale_ = 1;
  private readonly stage_ = byId("stage");
  private readonly world_ = byId("world");
  private readonly listeners_: (() => void)[] = [];
  private readonly fingers_ = new Map<number, Point>();

  constructor() {
    this.stage_.addEventListener("wheel", (event) => this.wheel_(event), { passive: false });
    this.stage_.addEventListener("pointerdown", (event) => this.press_(event));
    this.stage_.addEventListener("pointermove", (event) => this.drag_(event));
    this.stage_.addEventListener("pointerup", (event) => this.release_(event));
    this.stage_.addEventListener("pointercancel", (event) => this.release_(event));
    byId("zoom-in").addEventListener("click", () => this.zoom(1.25, this.center_()));
    byId("zoom-out").addEventListener("click", () => this.zoom(0.8, this.center_()));
    new ResizeObserver(() => this.apply_()).observe(this.stage_);
    this.x_ = this.stage_.clientWidth / 2;
    this.y_ = this.stage_.clientHeight / 2;
    this.apply_();
  }

  get scale(): number {
    return this.scale_;
  }

  onChange(listener: () => void): void {
    this.listeners_.push(listener);
  }

  toWorld({ x, y }: Point): Point {
    return { x: (x - this.x_) / this.scale_, y: (y - this.y_) / this.scale_ };
  }

  toScreen({ x, y }: Point): Point {
    return { x: x * this.scale_ + this.x_, y: y * this.scale_ + this.y_ };
  }

  /** The part of the canvas that is seen. */
  get rect(): [number, number, number, number] {
    const a = this.toWorld({ x: 0, y: 0 });
    const b = this.toWorld({ x: this.stage_.clientWidth, y: this.stage_.clientHeight });
    return [a.x, a.y, b.x, b.y];
  }

  get centerOfWorld(): Point {
    return this.toWorld(this.center_());
  }

  zoom(factor: number, at: Point): void {
    const fixed = this.toWorld(at);
    this.scale_ = Math.min(kScaleMax, Math.max(kScaleMin, this.scale_ * factor));
    this.x_ = at.x - fixed.x * this.scale_;
    this.y_ = at.y - fixed.y * this.scale_;
    this.apply_();
  }

  goTo(point: Point): void {
    const center = this.center_();
    this.x_ = center.x - point.x * this.scale_;
    this.y_ = center.y - point.y * this.scale_;
    this.apply_();
  }

  /** Shows all these points, at most at full size. */
  fit(points: Point[]): void {
    const xs = points.map(({ x }) => x);
    const ys = points.map(({ y }) => y);
    const [left, right, top, bottom] = [Math.min(...xs, Infinity), Math.max(...xs, -Infinity), Math.min(...ys, Infinity), Math.max(...ys, -Infinity)];
    if (!Number.isFinite(left)) return this.goTo({ x: 0, y: 0 });
    const { clientWidth, clientHeight } = this.stage_;
    const scale = Math.min(clientWidth / (right - left + 2 * kFitMargin), clientHeight / (bottom - top + 2 * kFitMargin), 1);
    this.scale_ = Math.max(kScaleMin, scale);
    this.goTo({ x: (left + right) / 2, y: (top + bottom) / 2 });
  }

  private center_(): Point {
    return { x: this.stage_.clientWidth / 2, y: this.stage_.clientHeight / 2 };
  }

  private wheel_(event: WheelEvent): void {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      this.zoom(Math.exp(-event.deltaY * 0.01), { x: event.clientX, y: event.clientY });
    } else {
      this.pan_(-event.deltaX, -event.deltaY);
    }
  }

  /** The background is dragged with one finger and pinched with two. */
  private press_(event: PointerEvent): void {
    if (event.target !== this.stage_ && event.button !== 1) return;
    this.fingers_.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.stage_.setPointerCapture(event.pointerId);
    this.stage_.classList.add("is-panning");
  }

  private release_(event: PointerEvent): void {
    this.fingers_.delete(event.pointerId);
    if (this.fingers_.size === 0) this.stage_.classList.remove("is-panning");
  }

  private drag_(event: PointerEvent): void {
    const before = this.fingers_.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.fingers_].find(([id]) => id !== event.pointerId)?.[1];
    this.fingers_.set(event.pointerId, now);
    if (other === undefined) return this.pan_(now.x - before.x, now.y - before.y);
    const spread = (point: Point): number => Math.hypot(point.x - other.x, point.y - other.y);
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    this.zoom(spread(now) / Math.max(1, spread(before)), middle);
  }

  private pan_(dx: number, dy: number): void {
    this.x_ += dx;
    this.y_ += dy;
    this.apply_();
  }

  private apply_(): void {
    this.world_.style.transform = `translate(${this.x_}px, ${this.y_}px) scale(${this.scale_})`;
    this.stage_.style.setProperty("--grid-x", `${this.x_}px`);
    this.stage_.style.setProperty("--grid-y", `${this.y_}px`);
    // The grid keeps about the same density at every scale.
    const step = 28 * this.scale_ * 2 ** Math.round(-Math.log2(this.scale_));
    this.stage_.style.setProperty("--grid-step", `${step}px`);
    byId("zoom-level").textContent = `${Math.round(this.scale_ * 100)}%`;
    for (const listener of this.listeners_) listener();
  }
}
