// SPDX-License-Identifier: Apache-2.0

import { getBezierPath, type ConnectionLineComponentProps } from "@xyflow/react";
import type { ReactNode } from "react";

import type { MapNode } from "./shapes.js";

/** A link that is being drawn. */
export function ConnectionLine({ fromX, fromY, fromPosition, toX, toY, toPosition }: ConnectionLineComponentProps<MapNode>): ReactNode {
  const [path] = getBezierPath({ sourceX: fromX, sourceY: fromY, sourcePosition: fromPosition, targetX: toX, targetY: toY, targetPosition: toPosition });
  return (
    <g className="connection">
      <path d={path} />
      <circle cx={toX} cy={toY} r={5} />
    </g>
  );
}
