// SPDX-License-Identifier: Apache-2.0

import { historyOf } from "@weft/client";
import { useMemo } from "react";

import type { Box } from "../model/geometry.js";
import { useCanvas } from "../model/map.js";
import { useBoard } from "./board_context.js";

interface Stretch {
  readonly onResizeStart: () => void;
  readonly onResize: (event: unknown, box: Box) => void;
  readonly onResizeEnd: (event: unknown, box: Box) => void;
}

/** For the corners of a group: one step of undo from press to release. What is in it stays where it is. */
export function useStretch(id: string): Stretch {
  const canvas = useCanvas();
  const { edits } = useBoard();
  return useMemo(() => {
    const history = historyOf(canvas);
    return {
      onResizeStart: () => history.pause(),
      onResize: (_, box) => edits.resize(id, box),
      onResizeEnd: (_, box) => {
        edits.resize(id, box);
        history.resume();
      },
    };
  }, [canvas, edits, id]);
}
