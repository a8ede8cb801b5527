// SPDX-License-Identifier: Apache-2.0

import type { Point } from "../model/geometry.js";

const kRestMs: readonly [number, number] = [250, 2_200];
/** Per second: how quickly a hand goes. */
const kSpeed: readonly [number, number] = [260, 720];
/** Around a spot, where somebody points at it. */
const kNear = 90;
const kWanderMax = 420;

/** How one simulated person moves the pointer: from spot to spot on a slight curve, with rests. */
export class Flight {
  private from_: Point;
  private to_: Point;
  private bend_ = 0;
  private startMs_ = 0;
  private wayMs_ = 1;
  private restMs_ = 0;

  constructor(
    start: Point,
    private readonly random_: () => number,
  ) {
    this.from_ = start;
    this.to_ = start;
  }

  /** Where the pointer is. Requires: time does not go back. */
  at(nowMs: number, spots: readonly Point[]): Point {
    if (nowMs >= this.startMs_ + this.wayMs_ + this.restMs_) this.setOut_(nowMs, spots);
    const share = Math.min(1, (nowMs - this.startMs_) / this.wayMs_);
    const eased = share * share * (3 - 2 * share);
    const [dx, dy] = [this.to_.x - this.from_.x, this.to_.y - this.from_.y];
    const bow = Math.sin(eased * Math.PI) * this.bend_;
    return { x: this.from_.x + dx * eased - dy * bow, y: this.from_.y + dy * eased + dx * bow };
  }

  private setOut_(nowMs: number, spots: readonly Point[]): void {
    const between = ([low, high]: readonly [number, number]): number => low + (high - low) * this.random_();
    this.from_ = this.to_;
    // Mostly something to point at nearby, sometimes anywhere.
    const spot = spots.length > 0 && this.random_() < 0.85 ? spots[Math.floor(this.random_() * spots.length)]! : undefined;
    const reach = spot === undefined ? kWanderMax : kNear;
    const around = spot ?? this.from_;
    this.to_ = { x: around.x + (this.random_() * 2 - 1) * reach, y: around.y + (this.random_() * 2 - 1) * reach };
    this.bend_ = (this.random_() - 0.5) * 0.5;
    this.startMs_ = nowMs;
    this.wayMs_ = Math.max(180, (Math.hypot(this.to_.x - this.from_.x, this.to_.y - this.from_.y) / between(kSpeed)) * 1_000);
    this.restMs_ = between(kRestMs) * (this.random_() < 0.4 ? 1 : 0.15);
  }
}
