// SPDX-License-Identifier: Apache-2.0

import { useNodesInitialized, useReactFlow } from "@xyflow/react";
import { useEffect, useRef } from "react";

import { useCanvas } from "../model/map.js";
import { wholeMap } from "./fit.js";

/**
 * Shows all of the map once, when there is something to show and its sizes are known. Without a motion: it is the
 * beginning. Where the map began empty the view stays: whoever makes the first concept knows where.
 */
export function useFirstView(): void {
  const canvas = useCanvas();
  const { fitView } = useReactFlow();
  const isMeasured = useNodesInitialized();
  const isDone = useRef(false);
  useEffect(() => canvas.on("change", ({ origin }) => (isDone.current ||= origin === "local")), [canvas]);
  useEffect(() => {
    if (!isMeasured || isDone.current) return;
    isDone.current = true;
    void fitView(wholeMap({ isGliding: false }));
  }, [isMeasured, fitView]);
}
