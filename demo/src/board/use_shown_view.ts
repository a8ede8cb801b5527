// SPDX-License-Identifier: Apache-2.0

import { useReactFlow, type OnMove } from "@xyflow/react";
import { useCallback, useEffect } from "react";

import { useCanvas } from "../model/map.js";
import { ui } from "../ui.js";
import { useBoard } from "./board_context.js";

/**
 * Tells the server which part of the map is on this screen (cursors elsewhere come slowly then), and others, who may
 * follow it. Whoever moves the view by hand stops following. A view that follows is not shared: two that follow each
 * other would move for ever, and zoom out with each turn where their windows differ.
 */
export function useShownView(): { readonly onMove: OnMove; readonly onMoveStart: OnMove } {
  const canvas = useCanvas();
  const { pointer } = useBoard();
  const { screenToFlowPosition } = useReactFlow();

  const isFollowing = ui.use(({ following }) => following !== undefined);

  const show = useCallback(() => {
    const from = screenToFlowPosition({ x: 0, y: 0 });
    const to = screenToFlowPosition({ x: innerWidth, y: innerHeight });
    canvas.setView([Math.round(from.x), Math.round(from.y), Math.round(to.x), Math.round(to.y)], { isShared: !isFollowing });
  }, [canvas, isFollowing, screenToFlowPosition]);

  useEffect(() => {
    show();
    addEventListener("resize", show);
    return () => removeEventListener("resize", show);
  }, [show]);

  const onMove = useCallback<OnMove>(
    (event) => {
      show();
      // The pointer is elsewhere on the map now, though it did not move.
      if (event === null || !("clientX" in event)) return;
      const at = screenToFlowPosition({ x: event.clientX, y: event.clientY });
      pointer.at = at;
      canvas.moveCursor(at.x, at.y);
    },
    [canvas, pointer, screenToFlowPosition, show],
  );
  const onMoveStart = useCallback<OnMove>((event) => {
    if (event !== null) ui.set({ following: undefined });
  }, []);
  return { onMove, onMoveStart };
}
