// SPDX-License-Identifier: Apache-2.0

import { boxAround, centerOf, contains, type Box, type Point } from "./geometry.js";

/** One thing on the map, as far as its place matters. `box` is relative to the parent. */
export interface Placed {
  readonly id: string;
  readonly parent: string | null;
  readonly isGroup: boolean;
  readonly box: Box;
}

export type Tree = ReadonlyMap<string, Placed>;

/** Around what a group holds; the title stands above it. */
const kPaddingPx = 28;
const kTitlePx = 34;
export const kGroupMin = { width: 160, height: 110 };

/** Groups nest this deep in what the page draws; a document that claims more is cut there. */
const kDepthMax = 64;

/** From the map's origin, not the parent's. */
export function absolute(tree: Tree, id: string): Box | undefined {
  const placed = tree.get(id);
  if (placed === undefined) return undefined;
  let { x, y } = placed.box;
  for (const { box } of ancestors(tree, id)) {
    x += box.x;
    y += box.y;
  }
  return { ...placed.box, x, y };
}

/** Nearest first. */
export function ancestors(tree: Tree, id: string): Placed[] {
  const found: Placed[] = [];
  for (let at = tree.get(id)?.parent ?? null; at !== null && found.length < kDepthMax; at = tree.get(at)?.parent ?? null) {
    const parent = tree.get(at);
    if (parent === undefined) break;
    found.push(parent);
  }
  return found;
}

export function isWithin(tree: Tree, id: string, group: string): boolean {
  return id === group || ancestors(tree, id).some((ancestor) => ancestor.id === group);
}

/** Without those whose group is among them: these go where it goes. */
export function outermost(tree: Tree, ids: Iterable<string>): string[] {
  const all = new Set(ids);
  return [...all].filter((id) => tree.has(id) && !ancestors(tree, id).some((ancestor) => all.has(ancestor.id)));
}

/** The innermost group at this point, for something that may not go into itself. */
export function groupAt(tree: Tree, point: Point, moving: string): string | null {
  let best: { id: string; depth: number } | undefined;
  for (const { id, isGroup } of tree.values()) {
    if (!isGroup || isWithin(tree, id, moving)) continue;
    const depth = ancestors(tree, id).length;
    if (contains(absolute(tree, id)!, point) && (best === undefined || depth > best.depth)) best = { id, depth };
  }
  return best?.id ?? null;
}

export interface Move {
  readonly id: string;
  readonly parent: string | null;
  readonly at: Point;
}

/** Where things belong after they were dropped: what lies in another group than before changes it, and stays in place. */
export function droppedInto(tree: Tree, ids: Iterable<string>): Move[] {
  const moves: Move[] = [];
  for (const id of outermost(tree, ids)) {
    const box = absolute(tree, id)!;
    const parent = groupAt(tree, centerOf(box), id);
    if (parent !== tree.get(id)!.parent) moves.push({ id, parent, at: within(tree, parent, box) });
  }
  return moves;
}

export interface Grouping {
  readonly parent: string | null;
  /** In `parent`. */
  readonly box: Box;
  /** In the new group. */
  readonly moves: readonly { readonly id: string; readonly at: Point }[];
}

/** A new group around these, in the group that all of them are in. undefined: there is nothing to group. */
export function grouping(tree: Tree, ids: Iterable<string>): Grouping | undefined {
  const members = outermost(tree, ids);
  const around = boxAround(members.map((id) => absolute(tree, id)!));
  if (around === undefined) return undefined;
  const box = {
    x: Math.round(around.x - kPaddingPx),
    y: Math.round(around.y - kPaddingPx - kTitlePx),
    width: Math.round(Math.max(around.width + 2 * kPaddingPx, kGroupMin.width)),
    height: Math.round(Math.max(around.height + 2 * kPaddingPx + kTitlePx, kGroupMin.height)),
  };
  const parent = commonParent(tree, members);
  return {
    parent,
    box: { ...box, ...within(tree, parent, box) },
    moves: members.map((id) => {
      const { x, y } = absolute(tree, id)!;
      return { id, at: { x: x - box.x, y: y - box.y } };
    }),
  };
}

/** Where the members of a group go when it is dissolved: one step out, in place. */
export function ungrouping(tree: Tree, group: string): Move[] {
  const parent = tree.get(group)?.parent ?? null;
  return [...tree.values()]
    .filter((placed) => placed.parent === group)
    .map(({ id }) => ({ id, parent, at: within(tree, parent, absolute(tree, id)!) }));
}

/** Parents before what is in them, as drawing needs it. What names a parent that is not there is at the root. */
export function inDrawingOrder(tree: Tree): Placed[] {
  const depth = new Map([...tree.keys()].map((id) => [id, ancestors(tree, id).length]));
  return [...tree.values()].sort((a, b) => depth.get(a.id)! - depth.get(b.id)!);
}

function commonParent(tree: Tree, ids: readonly string[]): string | null {
  const [first, ...rest] = ids.map((id) => ancestors(tree, id).map((ancestor) => ancestor.id));
  return first?.find((id) => rest.every((others) => others.includes(id))) ?? null;
}

function within(tree: Tree, parent: string | null, { x, y }: Point): Point {
  const origin = parent === null ? { x: 0, y: 0 } : absolute(tree, parent)!;
  return { x: Math.round(x - origin.x), y: Math.round(y - origin.y) };
}
