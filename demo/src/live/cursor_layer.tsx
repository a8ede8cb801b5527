// SPDX-License-Identifier: Apache-2.0

import { useStoreApi } from "@xyflow/react";
import { useEffect, useRef, type ReactNode } from "react";

import { useBoard } from "../board/board_context.js";
import { useCanvas, useEvent } from "../model/map.js";
import { wantsLessMotion } from "../ui.js";
import { FlyingCursors, type Drawn } from "./flying.js";
import { drawReactions, float, onFloating } from "./reactions.js";

/** What tests ask the layer: a canvas has no elements to look at. */
export interface CursorLayerElement extends HTMLCanvasElement {
  drawn_for_test?: () => Drawn[];
}

/** More dots than this per pixel cost time and nobody sees them. */
const kDensityMax = 2;

/**
 * Everybody's cursor and the reactions that rise, in one canvas above the map. It draws frame by frame, only while
 * something moves, and never renders anything of React.
 */
export function CursorLayer(): ReactNode {
  const canvas = useCanvas();
  const { pointer } = useBoard();
  const flow = useStoreApi();
  const layer = useRef<CursorLayerElement>(null);
  useEvent("reaction", ({ payload }) => float(payload?.kind, { x: Number(payload?.x), y: Number(payload?.y) }));

  useEffect(() => {
    const element = layer.current!;
    const pen = element.getContext("2d")!;
    const flying = new FlyingCursors(canvas);
    let frame = 0;
    let density = 1;

    const draw = (): void => {
      frame = 0;
      const nowMs = Date.now();
      const [x, y, zoom] = flow.getState().transform;
      pen.clearRect(0, 0, element.width, element.height);
      const isMoving = flying.draw(pen, { x, y, zoom }, nowMs, density, pointer.at);
      const isRising = drawReactions(pen, { x, y, zoom }, nowMs, density, wantsLessMotion());
      if (isMoving || isRising) wake();
    };
    const wake = (): void => {
      frame ||= requestAnimationFrame(draw);
    };
    const resize = (): void => {
      density = Math.min(kDensityMax, devicePixelRatio);
      element.width = Math.round(innerWidth * density);
      element.height = Math.round(innerHeight * density);
      flying.forgetSprites();
      wake();
    };
    const renew = (): void => {
      flying.forgetSprites();
      wake();
    };

    element.drawn_for_test = () => flying.drawn(Date.now());
    resize();
    addEventListener("resize", resize);
    void document.fonts.ready.then(renew);
    const stops = [
      canvas.on("cursors", (actors) => {
        flying.update(actors);
        wake();
      }),
      canvas.on("people", ({ joined, updated }) => {
        // A presence that only shows a view or a selection leaves names as they are.
        if (joined.length > 0 || updated.length > 0) flying.refresh([...joined, ...updated]);
        wake();
      }),
      flow.subscribe((state, before) => state.transform !== before.transform && wake()),
      onFloating(wake),
    ];
    return () => {
      stops.forEach((stop) => stop());
      removeEventListener("resize", resize);
      cancelAnimationFrame(frame);
    };
  }, [canvas, flow, pointer]);

  return <canvas ref={layer} className="cursor-layer" data-testid="cursors" aria-hidden="true" />;
}
