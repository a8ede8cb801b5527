// SPDX-License-Identifier: Apache-2.0

import { useMemo, type ReactNode } from "react";

import { useBoard } from "../board/board_context.js";
import { focusBoard } from "../board/focus.js";
import { useCanEdit } from "../board/use_can_edit.js";
import { kColors } from "../model/colors.js";
import { useConcepts, useLinks } from "../model/map.js";
import { colorOf, isGroup } from "../model/read.js";
import { count } from "../model/words.js";
import { ui } from "../ui.js";
import { ToolButton } from "./tool_bar.js";

/** What can be done to what is selected. */
export function SelectionBar(): ReactNode {
  const { edits } = useBoard();
  const canEdit = useCanEdit();
  const selection = ui.use(({ selection }) => selection);
  const selected = useMemo(() => new Set(selection), [selection]);
  const concepts = useConcepts((all) => all.filter(({ id }) => selected.has(id)));
  const links = useLinks((all) => all.filter(({ id }) => selected.has(id)));
  if (!canEdit || concepts.length + links.length === 0) return null;

  const ids = [...concepts, ...links].map(({ id }) => id);
  const [one] = concepts;
  const only = ids.length === 1 ? ids[0] : undefined;
  const color = one !== undefined && concepts.every((concept) => colorOf(concept) === colorOf(one)) ? colorOf(one) : undefined;
  return (
    <div className="bar selection-bar" role="group" aria-label="Selection" data-testid="selection-bar">
      {ids.length > 1 && <span className="selection-count">{count(ids.length, "thing")}</span>}
      {concepts.length > 0 && (
        <div className="palette" role="group" aria-label="Colour">
          {kColors.map((name) => (
            <button
              key={name}
              type="button"
              className="swatch"
              data-color={name}
              data-testid={`color-${name}`}
              aria-label={name}
              title={`${name[0]!.toUpperCase()}${name.slice(1)}`}
              aria-pressed={name === color}
              onClick={() => edits.paint(ids, name)}
            />
          ))}
        </div>
      )}
      {concepts.length > 0 && <span className="divider" />}
      {only !== undefined && <ToolButton icon="edit" label={links.length === 1 ? "Label (Enter)" : "Rename (Enter)"} testId="rename" onClick={() => ui.set({ renaming: only })} />}
      {only !== undefined && one !== undefined && !isGroup(one) && <ToolButton icon="note" label="Note (O)" testId="open-note" onClick={() => ui.set({ noteOf: only })} />}
      {only !== undefined && one !== undefined && !isGroup(one) && <ToolButton icon="arrow" label="Link to… (L)" testId="link-from" onClick={() => ui.set({ linkingFrom: only })} />}
      {concepts.length > 0 && <ToolButton icon="group" label="Group (G)" testId="group-selection" onClick={() => edits.group(ids)} />}
      {concepts.some(isGroup) && <ToolButton icon="ungroup" label="Ungroup (Shift+G)" testId="ungroup" onClick={() => edits.ungroup(ids)} />}
      <ToolButton
        icon="trash"
        label="Delete (Del)"
        testId="remove"
        onClick={() => {
          edits.remove(ids);
          focusBoard();
        }}
      />
    </div>
  );
}
