// SPDX-License-Identifier: Apache-2.0

import { MiniMap, useReactFlow, useStore } from "@xyflow/react";
import type { ReactNode } from "react";

import { kZoomMs, wholeMap } from "../board/fit.js";
import type { MapNode } from "../board/shapes.js";
import { useCanvas } from "../model/map.js";
import { colorOf } from "../model/read.js";
import { ToolButton } from "./tool_bar.js";

const kSize = { width: 188, height: 118 };

/** The whole map in small, and how large it is drawn. */
export function Overview(): ReactNode {
  const canvas = useCanvas();
  const { zoomIn, zoomOut, zoomTo, fitView } = useReactFlow();
  const zoom = useStore(({ transform }) => Math.round(transform[2] * 100));
  return (
    <div className="bar overview">
      <MiniMap<MapNode>
        className="minimap"
        style={kSize}
        pannable
        zoomable
        ariaLabel="The whole map in small"
        nodeClassName={({ id }) => `mini mini-${colorOf(canvas.concepts.get(id))}`}
        nodeBorderRadius={8}
        maskColor="var(--mini-mask)"
        bgColor="transparent"
      />
      <div className="zoom" role="group" aria-label="Zoom">
        <ToolButton icon="minus" label="Zoom out (−)" onClick={() => void zoomOut({ duration: kZoomMs })} />
        <button type="button" className="zoom-level" title="Actual size (0)" aria-label={`Zoom is ${zoom} %. Back to 100 %`} onClick={() => void zoomTo(1, { duration: kZoomMs })}>
          {zoom}%
        </button>
        <ToolButton icon="plus" label="Zoom in (+)" onClick={() => void zoomIn({ duration: kZoomMs })} />
        <ToolButton icon="fit" label="Show everything (F)" testId="zoom-fit" onClick={() => void fitView(wholeMap())} />
      </div>
    </div>
  );
}
