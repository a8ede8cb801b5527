// SPDX-License-Identifier: Apache-2.0

import { useNodesInitialized, useReactFlow } from "@xyflow/react";
import { useEffect, useRef } from "react";

import { fitRoom } from "./fit.js";

/** Shows all of the map once, when there is something to show and its sizes are known. Without a motion: it is the beginning. */
export function useFirstView(): void {
  const { fitView } = useReactFlow();
  const isMeasured = useNodesInitialized();
  const isDone = useRef(false);
  useEffect(() => {
    if (!isMeasured || isDone.current) return;
    isDone.current = true;
    void fitView({ padding: fitRoom(), maxZoom: 1 });
  }, [isMeasured, fitView]);
}
