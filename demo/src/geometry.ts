// SPDX-License-Identifier: Apache-2.0

import type { Point } from "./viewport.js";

/** A node as a link sees it: its middle and half of its size. */
export interface Box extends Point {
  readonly halfWidth: number;
  readonly halfHeight: number;
}

/** Room for the arrow between a link's end and the node. */
const kGap = 5;
const kBendMin = 24;
const kBendMax = 160;

/** A calm curve from side to side, leaving and arriving at right angles. */
export function linkPath(from: Box, to: Box): string {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const spaceX = Math.abs(dx) - from.halfWidth - to.halfWidth;
  const spaceY = Math.abs(dy) - from.halfHeight - to.halfHeight;
  const bend = Math.min(kBendMax, Math.max(kBendMin, Math.max(spaceX, spaceY) / 2));
  if (spaceX >= spaceY) {
    const side = Math.sign(dx) || 1;
    const a = { x: from.x + side * (from.halfWidth + 1), y: from.y };
    const b = { x: to.x - side * (to.halfWidth + kGap), y: to.y };
    return curve(a, { x: a.x + side * bend, y: a.y }, { x: b.x - side * bend, y: b.y }, b);
  }
  const side = Math.sign(dy) || 1;
  const a = { x: from.x, y: from.y + side * (from.halfHeight + 1) };
  const b = { x: to.x, y: to.y - side * (to.halfHeight + kGap) };
  return curve(a, { x: a.x, y: a.y + side * bend }, { x: b.x, y: b.y - side * bend }, b);
}

function curve(a: Point, bendA: Point, bendB: Point, b: Point): string {
  return `M${text(a)} C${text(bendA)} ${text(bendB)} ${text(b)}`;
}

function text({ x, y }: Point): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
