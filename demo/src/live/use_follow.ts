// SPDX-License-Identifier: Apache-2.0

import { follow, type Rect } from "@weft/client";
import { useReactFlow } from "@xyflow/react";
import { useEffect } from "react";

import { kZoomMax, viewOf } from "../model/geometry.js";
import { useCanvas } from "../model/map.js";
import { ui, wantsLessMotion } from "../ui.js";

/** The share of the way that is left after this long is 1/e. */
const kGlideMs = 140;

/** Keeps this view on what the followed person looks at; on their cursor, when they do not share their view. */
export function useFollow(): void {
  const canvas = useCanvas();
  const { getViewport, setViewport } = useReactFlow();
  const actor = ui.use(({ following }) => following);

  useEffect(() => {
    if (actor === undefined) return;
    let view: Rect | undefined;
    let frame = 0;
    let lastMs = performance.now();
    const stopFollowing = follow(canvas, actor, (shared) => (view = shared));
    const stopListening = canvas.on("people", () => {
      if (!canvas.people.has(actor)) ui.set({ following: undefined });
    });

    const target = (): { x: number; y: number; zoom: number } | undefined => {
      const size = { width: innerWidth, height: innerHeight };
      if (view !== undefined) {
        const [x0, y0, x1, y1] = view;
        return viewOf({ x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0) }, size, kZoomMax);
      }
      const cursor = canvas.cursors.get(actor);
      const { zoom } = getViewport();
      return cursor && { x: size.width / 2 - cursor.x * zoom, y: size.height / 2 - cursor.y * zoom, zoom };
    };
    const step = (nowMs: number): void => {
      frame = requestAnimationFrame(step);
      const to = target();
      const from = getViewport();
      const share = wantsLessMotion() ? 1 : 1 - Math.exp(-(nowMs - lastMs) / kGlideMs);
      lastMs = nowMs;
      if (to === undefined) return;
      const isThere = Math.hypot(to.x - from.x, to.y - from.y) < 0.5 && Math.abs(to.zoom / from.zoom - 1) < 0.001;
      if (!isThere) void setViewport(share === 1 ? to : between(from, to, share));
    };
    frame = requestAnimationFrame(step);
    return () => {
      cancelAnimationFrame(frame);
      stopFollowing();
      stopListening();
    };
  }, [actor, canvas, getViewport, setViewport]);
}

type View = { readonly x: number; readonly y: number; readonly zoom: number };

/** The middle of the screen goes straight from one place to the other, while the zoom changes evenly in its logarithm. */
function between(from: View, to: View, share: number): View {
  const zoom = from.zoom * (to.zoom / from.zoom) ** share;
  const [cx, cy] = [innerWidth / 2, innerHeight / 2];
  const middle = (view: View): [number, number] => [(cx - view.x) / view.zoom, (cy - view.y) / view.zoom];
  const [[ax, ay], [bx, by]] = [middle(from), middle(to)];
  return { zoom, x: cx - (ax + (bx - ax) * share) * zoom, y: cy - (ay + (by - ay) * share) * zoom };
}
