// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, type ReactNode } from "react";

import { ui } from "../ui.js";
import { Icon } from "./icons.js";

const kSheets: readonly { readonly title: string; readonly keys: readonly (readonly [keys: string, what: string])[] }[] = [
  {
    title: "Concepts",
    keys: [
      ["N", "New concept"],
      ["Shift N", "New concept, linked from this one"],
      ["Enter or F2", "Rename; label of a link"],
      ["O", "Open the note"],
      ["L", "Link from this one, then Enter on another"],
      ["C", "Next colour"],
      ["Delete", "Delete"],
    ],
  },
  {
    title: "Selection",
    keys: [
      ["Tab", "To the next thing on the map"],
      ["Space", "Select it; with Shift one more"],
      ["Shift drag", "Select all in a rectangle"],
      ["Arrows", "Move; with Shift far"],
      ["G", "Group; with Shift ungroup"],
      ["Ctrl A", "Select all"],
      ["Ctrl D", "Duplicate"],
    ],
  },
  {
    title: "Everything",
    keys: [
      ["Ctrl Z", "Undo; with Shift redo"],
      ["1 to 6", "React where you point"],
      ["+ − 0", "Zoom in, out, actual size"],
      ["F", "Show everything"],
      ["H V", "Move around, select"],
      ["Esc", "Leave what is going on"],
      ["?", "This sheet"],
    ],
  },
];

/** The sheet behind ?. */
export function Shortcuts(): ReactNode {
  const isOpen = ui.use(({ isHelpOpen }) => isHelpOpen);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const close = (): void => ui.set({ isHelpOpen: false });
  return (
    <dialog ref={dialog} className="sheet" aria-labelledby="shortcuts-title" data-testid="shortcuts" onClose={close} onClick={(event) => event.target === dialog.current && close()}>
      <div className="sheet-head">
        <h2 id="shortcuts-title">Keyboard shortcuts</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <div className="sheet-columns">
        {kSheets.map(({ title, keys }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    {key.split(" ").map((part, i) => (/^(or|to|drag)$/.test(part) ? <span key={i}> {part} </span> : <kbd key={i}>{part}</kbd>))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className="sheet-foot">Double-click on empty canvas makes a concept, on a concept or link renames it. Drag from a concept’s edge to link it.</p>
    </dialog>
  );
}
