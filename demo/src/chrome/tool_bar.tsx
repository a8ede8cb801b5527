// SPDX-License-Identifier: Apache-2.0

import { useReactFlow } from "@xyflow/react";
import type { ReactNode } from "react";

import { useBoard } from "../board/board_context.js";
import { useCanEdit } from "../board/use_can_edit.js";
import { react } from "../live/reactions.js";
import { useCanvas, useUndo } from "../model/map.js";
import { kReactions } from "../model/reactions.js";
import { ui } from "../ui.js";
import { Icon, type IconName } from "./icons.js";
import { Popover } from "./popover.js";

/** What can be done at any time. What can be done to a selection stands above it (selection_bar.tsx). */
export function ToolBar(): ReactNode {
  const { edits } = useBoard();
  const { screenToFlowPosition } = useReactFlow();
  const tool = ui.use(({ tool }) => tool);
  const canEdit = useCanEdit();
  const { canUndo, canRedo } = useUndo();
  const middle = () => screenToFlowPosition({ x: innerWidth / 2, y: innerHeight / 2 });
  return (
    <div className="bar tool-bar" role="group" aria-label="Tools">
      <ToolButton icon="hand" label="Move around (H)" isPressed={tool === "pan"} onClick={() => ui.set({ tool: "pan" })} />
      <ToolButton icon="select" label="Select (V)" testId="tool-select" isPressed={tool === "select"} onClick={() => ui.set({ tool: "select" })} />
      <span className="divider" />
      <button type="button" className="primary add" disabled={!canEdit} data-testid="add" title="New concept (N)" aria-label="New concept" onClick={() => edits.addConcept(middle())}>
        <Icon name="plus" />
        <span className="add-text">Concept</span>
      </button>
      <Reactions />
      <span className="divider" />
      <ToolButton icon="undo" label="Undo (Ctrl+Z)" testId="undo" isDisabled={!canEdit || !canUndo} onClick={() => edits.undo()} />
      <ToolButton icon="redo" label="Redo (Ctrl+Shift+Z)" testId="redo" isDisabled={!canEdit || !canRedo} onClick={() => edits.redo()} />
    </div>
  );
}

interface ToolButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
  readonly isPressed?: boolean;
  readonly isDisabled?: boolean;
  readonly testId?: string;
}

export function ToolButton({ icon, label, onClick, isPressed, isDisabled = false, testId }: ToolButtonProps): ReactNode {
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} aria-pressed={isPressed} disabled={isDisabled} data-testid={testId} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

/** What one can say without words: it rises where one's pointer was last on the map, and at everybody else's. */
function Reactions(): ReactNode {
  const canvas = useCanvas();
  const { pointer } = useBoard();
  const { screenToFlowPosition } = useReactFlow();
  return (
    <Popover label="React (1 to 6)" side="above" className="reactions" buttonClass="icon-button" button={<Icon name="smile" />} testId="reactions" isDisabled={!canvas.canPresent}>
      {() =>
        kReactions.map(({ kind, name, color, path }, i) => (
          <button
            key={kind}
            type="button"
            className="reaction"
            title={`${name} (${i + 1})`}
            aria-label={name}
            data-testid={`reaction-${kind}`}
            onClick={() => react(canvas, kind, pointer.at ?? screenToFlowPosition({ x: innerWidth / 2, y: innerHeight / 2 }))}
          >
            <svg viewBox="-1 -1 26 26" width="26" height="26" aria-hidden="true">
              <path d={path} fill={color} />
            </svg>
          </button>
        ))
      }
    </Popover>
  );
}
