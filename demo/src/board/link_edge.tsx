// SPDX-License-Identifier: Apache-2.0

import { EdgeLabelRenderer, getBezierPath, useInternalNode, type EdgeProps, type InternalNode, type Position } from "@xyflow/react";
import { memo, type ReactNode } from "react";

import { useHolders } from "../live/holders.js";
import { facingSides, type Box } from "../model/geometry.js";
import { kLabelCharsMax } from "../model/map.js";
import { kConceptSize } from "../model/read.js";
import { ui } from "../ui.js";
import { useBoard } from "./board_context.js";
import { focusShape } from "./focus.js";
import { heldStyle } from "./held_tag.js";
import type { MapEdge, MapNode } from "./shapes.js";
import { TextField } from "./text_field.js";

/** Between the arrow's point and what it points at. */
const kGapPx = 3;

/** A link: from the side that faces the other end, with its label in the middle. */
export const LinkEdge = memo(function LinkEdge({ id, source, target, label, selected }: EdgeProps<MapEdge>): ReactNode {
  const { edits } = useBoard();
  const from = useInternalNode<MapNode>(source);
  const to = useInternalNode<MapNode>(target);
  const holders = useHolders(id);
  const isRenaming = ui.use(({ renaming }) => renaming === id);
  if (from === undefined || to === undefined) return null;

  const [path, x, y] = pathBetween(boxOf(from), boxOf(to));
  const text = typeof label === "string" ? label : "";
  const classes = ["link", selected && "is-selected", holders.length > 0 && "is-held"].filter(Boolean).join(" ");
  return (
    <>
      <g className={classes} style={heldStyle(holders)} data-testid="link" data-id={id} data-label={text}>
        <path className="link-halo" d={path} />
        <path className="react-flow__edge-path" d={path} markerEnd={selected ? "url(#arrow-selected)" : "url(#arrow)"} />
        <path className="react-flow__edge-interaction" d={path} fill="none" strokeOpacity={0} strokeWidth={22} />
      </g>
      {(text !== "" || isRenaming) && (
        <EdgeLabelRenderer>
          <div
            className={`link-label nodrag nopan ${classes}`}
            style={{ ...heldStyle(holders), transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
            onClick={() => ui.set({ selection: [id] })}
            onDoubleClick={() => edits.canvas.canEdit && ui.set({ renaming: id, selection: [id] })}
          >
            {isRenaming ? (
              <TextField
                value={text}
                label="Label of the link"
                placeholder="Label"
                charsMax={kLabelCharsMax}
                onCommit={(written) => edits.setLabel(id, written)}
                onDone={(isByKey) => {
                  if (ui.get().renaming === id) ui.set({ renaming: undefined });
                  if (isByKey) focusShape(id);
                }}
              />
            ) : (
              text
            )}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

/** Also for the picture that is exported. */
export function pathBetween(from: Box, to: Box): [path: string, labelX: number, labelY: number] {
  const ends = facingSides(from, to);
  const end = { ...ends.to };
  const [dx, dy] = { left: [-1, 0], right: [1, 0], top: [0, -1], bottom: [0, 1] }[end.side] as [number, number];
  const [path, x, y] = getBezierPath({
    sourceX: ends.from.x,
    sourceY: ends.from.y,
    sourcePosition: ends.from.side as Position,
    targetX: end.x + dx * kGapPx,
    targetY: end.y + dy * kGapPx,
    targetPosition: end.side as Position,
    curvature: 0.3,
  });
  return [path, x, y];
}

function boxOf({ internals, measured }: InternalNode<MapNode>): Box {
  return { ...internals.positionAbsolute, width: measured.width ?? kConceptSize.width, height: measured.height ?? kConceptSize.height };
}
