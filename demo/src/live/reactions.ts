// SPDX-License-Identifier: Apache-2.0

import { WeftError } from "@weft/client";

import { toast } from "../chrome/toasts.js";
import type { Point } from "../model/geometry.js";
import type { MapCanvas } from "../model/map.js";
import { reactionOf, type ReactionKind } from "../model/reactions.js";

const kFlightMs = 2_200;
const kRisePx = 130;
/** More at once are let go, the oldest first. */
const kFloatingMax = 80;
/** A person who holds a key down is still one person: this much apart. */
const kEveryMs = 90;

interface Floating extends Point {
  readonly kind: ReactionKind;
  readonly bornMs: number;
  readonly sway: number;
}

const floating: Floating[] = [];
const paths = new Map<ReactionKind, Path2D>();
let wake = (): void => {};
let lastMs = 0;

/** Shows it here and sends it to everybody. */
export function react(canvas: MapCanvas, kind: ReactionKind, at: Point): void {
  const nowMs = Date.now();
  if (nowMs - lastMs < kEveryMs) return;
  lastMs = nowMs;
  try {
    if (canvas.status.name === "live") canvas.send("reaction", { kind, x: Math.round(at.x), y: Math.round(at.y) });
    float(kind, at);
  } catch (error) {
    if (!(error instanceof WeftError)) throw error;
    toast("You may look at this map, but not react on it.", { tone: "bad" });
  }
}

/** Somebody's reaction rises from here. What others send is checked: kinds that are not known are not shown. */
export function float(kind: unknown, { x, y }: Point): void {
  const reaction = reactionOf(kind);
  if (reaction === undefined || !Number.isFinite(x) || !Number.isFinite(y)) return;
  floating.push({ kind: reaction.kind, x, y, bornMs: Date.now(), sway: Math.random() * 2 - 1 });
  if (floating.length > kFloatingMax) floating.shift();
  wake();
}

/** Whoever draws is told when there is something to draw. */
export function onFloating(listener: () => void): () => void {
  wake = listener;
  return () => (wake = () => {});
}

/** Draws those that are still rising; false when there is none. `isStill`: they stay and only fade. */
export function drawReactions(
  pen: CanvasRenderingContext2D,
  view: { readonly x: number; readonly y: number; readonly zoom: number },
  nowMs: number,
  density: number,
  isStill: boolean,
): boolean {
  while (floating.length > 0 && nowMs - floating[0]!.bornMs > kFlightMs) floating.shift();
  for (const { kind, x, y, bornMs, sway } of floating) {
    const age = Math.min(1, Math.max(0, (nowMs - bornMs) / kFlightMs));
    const rise = isStill ? 0 : kRisePx * (1 - (1 - age) ** 2);
    const grown = isStill ? 1 : Math.min(1, age * 9) * (1 + 0.25 * Math.sin(Math.min(1, age * 5) * Math.PI));
    const size = 30 * grown;
    const left = (x * view.zoom + view.x + (isStill ? 0 : Math.sin(age * 5 + sway * 3) * 12 + sway * 26 * age) - size / 2) * density;
    const top = (y * view.zoom + view.y - 18 - rise - size / 2) * density;
    pen.save();
    pen.translate(left, top);
    pen.scale((size / 24) * density, (size / 24) * density);
    pen.globalAlpha = age > 0.65 ? (1 - age) / 0.35 : 1;
    pen.lineWidth = 2.6;
    pen.lineJoin = "round";
    pen.strokeStyle = "#fff";
    pen.fillStyle = reactionOf(kind)!.color;
    const path = pathOf(kind);
    pen.stroke(path);
    pen.fill(path);
    pen.restore();
  }
  return floating.length > 0;
}

function pathOf(kind: ReactionKind): Path2D {
  const path = paths.get(kind) ?? new Path2D(reactionOf(kind)!.path);
  paths.set(kind, path);
  return path;
}
