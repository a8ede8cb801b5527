// SPDX-License-Identifier: Apache-2.0

import { Handle, NodeResizer, Position, type NodeProps } from "@xyflow/react";
import { memo, type ReactNode } from "react";

import { useHolders } from "../live/holders.js";
import { kTitleCharsMax, useCanvas, useConcept } from "../model/map.js";
import { colorOf, textOf } from "../model/read.js";
import { kGroupMin } from "../model/tree.js";
import { ui } from "../ui.js";
import { useBoard } from "./board_context.js";
import { focusShape } from "./focus.js";
import { HeldTag, heldStyle, heldWords } from "./held_tag.js";
import type { MapNode } from "./shapes.js";
import { TextField } from "./text_field.js";
import { useStretch } from "./use_stretch.js";

/** A group: a place with a title, which takes along what is in it. */
export const GroupNode = memo(function GroupNode({ id, selected }: NodeProps<MapNode>): ReactNode {
  const { edits } = useBoard();
  const canvas = useCanvas();
  const group = useConcept(id);
  const holders = useHolders(id);
  const isRenaming = ui.use(({ renaming }) => renaming === id);
  const stretch = useStretch(id);
  const title = textOf(group, "title");
  const classes = ["group", selected && "is-selected", holders.length > 0 && "is-held"];

  return (
    <div
      className={classes.filter(Boolean).join(" ")}
      style={heldStyle(holders)}
      data-testid="group"
      data-id={id}
      data-title={title}
      data-color={colorOf(group)}
    >
      <NodeResizer isVisible={selected && canvas.canEdit} minWidth={kGroupMin.width} minHeight={kGroupMin.height} {...stretch} />
      <HeldTag holders={holders} />
      <div className="group-head">
        {isRenaming ? (
          <TextField
            value={title}
            label="Title of the group"
            placeholder="Name the group"
            charsMax={kTitleCharsMax}
            onCommit={(text) => edits.retitle(id, text)}
            onDone={(isByKey) => {
              if (ui.get().renaming === id) ui.set({ renaming: undefined });
              if (isByKey) focusShape(id);
            }}
          />
        ) : (
          <span className={title === "" ? "group-title is-untitled" : "group-title"}>{title || "Untitled group"}</span>
        )}
      </div>
      {holders.length > 0 && <span className="only-heard">{heldWords(holders)}</span>}
      <Handle id="top" type="source" position={Position.Top} isConnectable={false} className="is-hidden" />
    </div>
  );
});
