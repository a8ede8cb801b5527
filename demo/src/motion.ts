// SPDX-License-Identifier: Apache-2.0

import type { Point } from "./viewport.js";

/** A moving thing covers most of what is left to its target in this time. */
const kGlideMs = 55;
/** Nearer than this it has arrived. */
const kArrived = 0.1;
/** Farther than this it is set down, not flown. */
const kJump = 3_000;

interface Glider {
  x: number;
  y: number;
  target: Point;
}

/** Lets positions that arrive in steps glide. Asks for frames only while something moves. */
export class Motion {
  private readonly gliders_ = new Map<string, Glider>();
  private lastMs_: number | undefined;
  private readonly isCalm_ = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(private readonly moved_: (ids: readonly string[]) => void) {}

  at(id: string): Point | undefined {
    return this.gliders_.get(id);
  }

  /** Now: `id` is there at once, without a flight. */
  put(id: string, target: Point): void {
    this.gliders_.set(id, { ...target, target });
  }

  glide(id: string, target: Point): void {
    const glider = this.gliders_.get(id);
    if (glider === undefined || this.isCalm_.matches || Math.hypot(target.x - glider.x, target.y - glider.y) > kJump) {
      this.put(id, target);
      this.moved_([id]);
      return;
    }
    glider.target = target;
    this.wake_();
  }

  remove(id: string): void {
    this.gliders_.delete(id);
  }

  private wake_(): void {
    if (this.lastMs_ !== undefined) return;
    this.lastMs_ = performance.now();
    requestAnimationFrame((nowMs) => this.frame_(nowMs));
  }

  private frame_(nowMs: number): void {
    const share = 1 - Math.exp(-Math.max(1, nowMs - (this.lastMs_ ?? nowMs)) / kGlideMs);
    const moved: string[] = [];
    let isMoving = false;
    for (const [id, glider] of this.gliders_) {
      const { target } = glider;
      if (glider.x === target.x && glider.y === target.y) continue;
      const isThere = Math.hypot(target.x - glider.x, target.y - glider.y) < kArrived;
      glider.x = isThere ? target.x : glider.x + (target.x - glider.x) * share;
      glider.y = isThere ? target.y : glider.y + (target.y - glider.y) * share;
      isMoving ||= !isThere;
      moved.push(id);
    }
    this.moved_(moved);
    this.lastMs_ = isMoving ? nowMs : undefined;
    if (isMoving) requestAnimationFrame((nextMs) => this.frame_(nextMs));
  }
}
