// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, type ReactNode } from "react";

import { useBoard } from "../board/board_context.js";
import { focusShape } from "../board/focus.js";
import { useCanEdit } from "../board/use_can_edit.js";
import { useHolders } from "../live/holders.js";
import { kNoteCharsMax, kTitleCharsMax, useConcept, useStatus } from "../model/map.js";
import { colorOf, textOf } from "../model/read.js";
import { listed } from "../model/words.js";
import { ui } from "../ui.js";
import { Icon } from "./icons.js";

/** The open note, if there is one. */
export function NotePanel(): ReactNode {
  const id = ui.use(({ noteOf }) => noteOf);
  return id === undefined ? null : <Note key={id} id={id} />;
}

/** A concept's title and note, written as one types: others see each letter, and the last writer of a text wins. */
function Note({ id }: { readonly id: string }): ReactNode {
  const { edits } = useBoard();
  const concept = useConcept(id);
  const canEdit = useCanEdit();
  const writers = useHolders(id).filter(({ isEditing }) => isEditing);
  const isLive = useStatus().name === "live";
  const isKeeping = ui.use(({ isKeeping }) => isKeeping);
  const kept = isLive ? "Stored as you type." : isKeeping ? "Kept here until the server is back." : "In this tab only until the server is back.";
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => field.current?.focus({ preventScroll: true }), []);

  const close = (): void => {
    ui.set({ noteOf: undefined });
    focusShape(id);
  };
  if (concept === undefined) return null;
  return (
    <aside
      className="panel note-panel"
      aria-label="Note"
      data-testid="note-panel"
      data-color={colorOf(concept)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <div className="note-head">
        <input
          className="note-title"
          value={textOf(concept, "title")}
          maxLength={kTitleCharsMax}
          placeholder="Untitled"
          aria-label="Title"
          readOnly={!canEdit}
          data-testid="note-title"
          onChange={(event) => edits.retitle(id, event.target.value)}
        />
        <button type="button" className="icon-button" aria-label="Close the note" title="Close (Esc)" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <textarea
        ref={field}
        value={textOf(concept, "note")}
        maxLength={kNoteCharsMax}
        placeholder={canEdit ? "What is there to say about it?" : "No note."}
        aria-label="Note"
        readOnly={!canEdit}
        data-testid="note-text"
        onChange={(event) => edits.setNote(id, event.target.value)}
      />
      <p className="note-foot" role="status">
        {writers.length > 0 ? `${listed(writers.map(({ name }) => name))} ${writers.length === 1 ? "writes" : "write"} on it too.` : canEdit && kept}
      </p>
    </aside>
  );
}
