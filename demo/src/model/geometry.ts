// SPDX-License-Identifier: Apache-2.0

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** The smallest box around all of them; undefined for none. */
export function boxAround(boxes: readonly Box[]): Box | undefined {
  if (boxes.length === 0) return undefined;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

export function centerOf({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

export function contains(box: Box, { x, y }: Point): boolean {
  return x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
}

export type Side = "left" | "right" | "top" | "bottom";

export interface Ends {
  readonly from: Point & { readonly side: Side };
  readonly to: Point & { readonly side: Side };
}

/** Where a link leaves one box and enters the other: in the middles of the sides that face each other. */
export function facingSides(from: Box, to: Box): Ends {
  const [a, b] = [centerOf(from), centerOf(to)];
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  // What lies between the boxes counts, not how wide they are.
  const gapX = Math.abs(dx) - (from.width + to.width) / 2;
  const gapY = Math.abs(dy) - (from.height + to.height) / 2;
  const sides: readonly [Side, Side] = gapX >= gapY ? (dx >= 0 ? ["right", "left"] : ["left", "right"]) : dy >= 0 ? ["bottom", "top"] : ["top", "bottom"];
  return { from: { ...middleOf(from, sides[0]), side: sides[0] }, to: { ...middleOf(to, sides[1]), side: sides[1] } };
}

function middleOf(box: Box, side: Side): Point {
  const { x, y } = centerOf(box);
  switch (side) {
    case "left":
      return { x: box.x, y };
    case "right":
      return { x: box.x + box.width, y };
    case "top":
      return { x, y: box.y };
    case "bottom":
      return { x, y: box.y + box.height };
    default:
      return side satisfies never;
  }
}

/** A free place of this size near the wish: stepped away until nothing is under it. */
export function freePlace(wish: Box, taken: readonly Box[], gap = 24): Point {
  const overlaps = (at: Point): boolean =>
    taken.some(
      (box) =>
        at.x < box.x + box.width + gap && at.x + wish.width + gap > box.x && at.y < box.y + box.height + gap && at.y + wish.height + gap > box.y,
    );
  const step = wish.height + gap;
  // Down first, then rings around: people expect what is new below.
  for (let ring = 0; ring < 12; ++ring) {
    for (const [dx, dy] of [
      [0, ring],
      [ring, 0],
      [0, -ring],
      [-ring, 0],
      [ring, ring],
      [-ring, ring],
    ] as const) {
      const at = { x: wish.x + dx * (ring === 0 ? 0 : wish.width + gap), y: wish.y + dy * step };
      if (!overlaps(at)) return at;
    }
  }
  return wish;
}

/** Into the range that the server takes, without a fraction nobody can see. */
export function rounded({ x, y }: Point): Point {
  return { x: Math.round(x), y: Math.round(y) };
}

/** How far one can zoom. */
export const kZoomMin = 0.1;
export const kZoomMax = 2.5;

/** A view of this size in which the box is in the middle, and whole if that is not too small; no larger than life. */
export function viewOf(box: Box, size: { readonly width: number; readonly height: number }, zoomMax = 1): { x: number; y: number; zoom: number } {
  const zoom = Math.max(kZoomMin, Math.min(zoomMax, size.width / Math.max(1, box.width), size.height / Math.max(1, box.height)));
  const { x, y } = centerOf(box);
  return { x: size.width / 2 - x * zoom, y: size.height / 2 - y * zoom, zoom };
}
