// SPDX-License-Identifier: Apache-2.0

import { Handle, Position, type NodeProps } from "@xyflow/react";
import { memo, type ReactNode } from "react";

import { Icon } from "../chrome/icons.js";
import { useHolders } from "../live/holders.js";
import { kTitleCharsMax, useConcept } from "../model/map.js";
import { colorOf, textOf } from "../model/read.js";
import { ui } from "../ui.js";
import { useBoard } from "./board_context.js";
import { focusShape } from "./focus.js";
import { HeldTag, heldStyle, heldWords } from "./held_tag.js";
import type { MapNode } from "./shapes.js";
import { TextField } from "./text_field.js";

const kSides = [Position.Top, Position.Right, Position.Bottom, Position.Left];

/** A concept: its title, the beginning of its note, and who else holds it. */
export const ConceptNode = memo(function ConceptNode({ id, selected }: NodeProps<MapNode>): ReactNode {
  const { edits } = useBoard();
  const concept = useConcept(id);
  const holders = useHolders(id);
  const isRenaming = ui.use(({ renaming }) => renaming === id);
  const isLinkingFrom = ui.use(({ linkingFrom }) => linkingFrom === id);
  const title = textOf(concept, "title");
  const note = textOf(concept, "note");
  const classes = ["concept", selected && "is-selected", holders.length > 0 && "is-held", isLinkingFrom && "is-linking"];

  return (
    <div
      className={classes.filter(Boolean).join(" ")}
      style={heldStyle(holders)}
      data-testid="concept"
      data-id={id}
      data-title={title}
      data-color={colorOf(concept)}
      data-holder={holders[0]?.name}
    >
      <HeldTag holders={holders} />
      {isRenaming ? (
        <TextField
          value={title}
          label="Title of the concept"
          placeholder="Name it"
          charsMax={kTitleCharsMax}
          onCommit={(text) => edits.retitle(id, text)}
          onDone={(isByKey) => {
            if (ui.get().renaming === id) ui.set({ renaming: undefined });
            if (isByKey) focusShape(id);
          }}
        />
      ) : (
        <span className={title === "" ? "concept-title is-untitled" : "concept-title"}>{title || "Untitled"}</span>
      )}
      {note !== "" && (
        <span className="concept-note">
          <Icon name="note" size={13} />
          <span>{note}</span>
        </span>
      )}
      {holders.length > 0 && <span className="only-heard">{heldWords(holders)}</span>}
      {kSides.map((side) => (
        <Handle key={side} id={side} type="source" position={side} />
      ))}
    </div>
  );
});
