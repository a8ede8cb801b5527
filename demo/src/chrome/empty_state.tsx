// SPDX-License-Identifier: Apache-2.0

import { useReactFlow } from "@xyflow/react";
import { useEffect, useState, type ReactNode } from "react";

import { useBoard } from "../board/board_context.js";
import { wholeMap } from "../board/fit.js";
import { useCanEdit } from "../board/use_can_edit.js";
import { useCanvas, useConcepts } from "../model/map.js";
import { kSample } from "../model/sample.js";
import { select } from "../ui.js";

/** How to begin, while there is nothing. */
export function EmptyState(): ReactNode {
  const canvas = useCanvas();
  const { edits } = useBoard();
  const { fitView, screenToFlowPosition } = useReactFlow();
  const isEmpty = useConcepts((all) => all.length === 0);
  const canEdit = useCanEdit();
  const hasDocument = useHasDocument();
  if (!isEmpty || !hasDocument) return null;
  return (
    <div className="empty" data-testid="empty">
      <h2>Nothing here yet</h2>
      <p>{canEdit ? "Double-click anywhere for a first concept, then drag from its edge to link it to the next." : "As soon as somebody adds a concept, you will see it here."}</p>
      {canEdit && (
        <div className="card-actions">
          <button type="button" className="primary" onClick={() => edits.addConcept(screenToFlowPosition({ x: innerWidth / 2, y: innerHeight / 2 }))}>
            First concept
          </button>
          <button
            type="button"
            className="secondary"
            data-testid="sample"
            onClick={() => {
              edits.insertFile(kSample);
              select([]);
              // Its sizes are known after it has been drawn.
              setTimeout(() => void fitView(wholeMap()), 60);
            }}
          >
            Show me an example
          </button>
        </div>
      )}
      <p className="empty-foot">
        Everyone with the link to “{canvas.id}” works on the same map. <kbd>?</kbd> lists the keys.
      </p>
    </div>
  );
}

function useHasDocument(): boolean {
  const canvas = useCanvas();
  const [has, setHas] = useState(canvas.hasDocument);
  useEffect(() => {
    const look = (): void => setHas(canvas.hasDocument);
    look();
    const stops = [canvas.on("change", look), canvas.on("sync", look), canvas.on("status", look)];
    return () => stops.forEach((stop) => stop());
  }, [canvas]);
  return has;
}
