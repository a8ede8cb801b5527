// SPDX-License-Identifier: Apache-2.0

import { historyOf } from "@weft/client";
import { useReactFlow } from "@xyflow/react";
import { useEffect } from "react";

import { announce } from "../live/announcer.js";
import { react } from "../live/reactions.js";
import { kColors } from "../model/colors.js";
import { useCanvas } from "../model/map.js";
import { colorOf, isGroup } from "../model/read.js";
import { kReactions } from "../model/reactions.js";
import { select, ui } from "../ui.js";
import { useBoard } from "./board_context.js";
import { focusBoard, focusedShape, isAtMap, isTyping } from "./focus.js";
import { kZoomMs, wholeMap } from "./fit.js";

const kArrows: { readonly [key: string]: readonly [number, number] } = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const kNudge = 10;
const kBigNudge = 50;

/** All keys of the map, as the sheet behind ? lists them (chrome/shortcuts.tsx). */
export function useKeys(): void {
  const canvas = useCanvas();
  const { edits, pointer } = useBoard();
  const flow = useReactFlow();

  useEffect(() => {
    const middle = () => flow.screenToFlowPosition({ x: innerWidth / 2, y: innerHeight / 2 });
    const selected = (): readonly string[] => {
      const focused = focusedShape();
      const { selection } = ui.get();
      return selection.length > 0 || focused === undefined ? selection : [focused];
    };
    /** What is selected counts before what has the focus: a link that has just been drawn is the one, not where it began. */
    const one = (): string | undefined => {
      const { selection } = ui.get();
      return selection.length === 1 ? selection[0] : (focusedShape() ?? selection[0]);
    };

    let isFocusByKey = false;
    /** Groups have neither notes nor links. */
    const isConcept = (id: string | undefined): id is string => id !== undefined && canvas.concepts.has(id) && !isGroup(canvas.concepts.get(id));

    const plain = (event: KeyboardEvent): boolean => {
      const { key, shiftKey } = event;
      if (key === "Escape") return escape();
      if (!isAtMap(isFocusByKey)) return false;
      const { linkingFrom } = ui.get();
      const id = one();
      const arrow = kArrows[key];
      if (arrow !== undefined) {
        if (selected().length === 0 || !canvas.canEdit) return false;
        if (!event.repeat) historyOf(canvas).pause();
        const far = shiftKey ? kBigNudge : kNudge;
        edits.nudge(selected(), arrow[0] * far, arrow[1] * far);
        return true;
      }
      const reaction = kReactions[Number(key) - 1];
      if (reaction !== undefined) {
        react(canvas, reaction.kind, pointer.at ?? middle());
        return true;
      }
      switch (key) {
        case "Enter":
        case "F2":
          if (id === undefined || document.activeElement?.closest("button, a, summary, dialog") != null) return false;
          if (linkingFrom !== undefined && key === "Enter") {
            ui.set({ linkingFrom: undefined });
            edits.link(linkingFrom, focusedShape() ?? id);
          } else if (canvas.canEdit) {
            ui.set({ renaming: id });
          }
          return true;
        case " ":
          if (focusedShape() === undefined) return false;
          toggle(focusedShape()!, shiftKey);
          return true;
        case "Delete":
        case "Backspace":
          edits.remove(selected());
          focusBoard();
          return true;
        case "?":
          ui.set({ isHelpOpen: true });
          return true;
        case "+":
        case "=":
          void flow.zoomIn({ duration: kZoomMs });
          return true;
        case "-":
          void flow.zoomOut({ duration: kZoomMs });
          return true;
        case "0":
          void flow.zoomTo(1, { duration: kZoomMs });
          return true;
        default:
          return letter(key.toLowerCase(), shiftKey, id);
      }
    };

    const letter = (key: string, shiftKey: boolean, id: string | undefined): boolean => {
      switch (key) {
        case "n": {
          const from = shiftKey && id !== undefined && canvas.concepts.has(id) ? id : undefined;
          const beside = from === undefined ? undefined : edits.tree.get(from);
          const node = beside && flow.getInternalNode(beside.id)?.internals.positionAbsolute;
          edits.addConcept(node === undefined ? (pointer.at ?? middle()) : { x: node.x + beside!.box.width + 190, y: node.y + beside!.box.height / 2 }, from === undefined ? {} : { from });
          return true;
        }
        case "l": {
          const both = ui.get().selection.filter(isConcept);
          if (both.length === 2) edits.link(both[0]!, both[1]!);
          else if (isConcept(id) && canvas.canEdit) {
            ui.set({ linkingFrom: id });
            announce(`Linking from ${edits.titleOf(id)}. Go to another concept and press Enter; Escape gives up.`);
          }
          return true;
        }
        case "g":
          if (shiftKey) edits.ungroup(selected());
          else edits.group(selected());
          return true;
        case "o":
          if (!isConcept(id)) return false;
          ui.set({ noteOf: id });
          return true;
        case "c": {
          if (selected().length === 0) return false;
          const now = kColors.indexOf(colorOf(canvas.concepts.get(selected()[0]!)));
          edits.paint(selected(), kColors[(now + (shiftKey ? kColors.length - 1 : 1)) % kColors.length]!);
          return true;
        }
        case "f":
          void flow.fitView(wholeMap());
          return true;
        case "v":
          ui.set({ tool: "select" });
          return true;
        case "h":
          ui.set({ tool: "pan" });
          return true;
        default:
          return false;
      }
    };

    const held = (event: KeyboardEvent): boolean => {
      switch (event.key.toLowerCase()) {
        case "z":
          if (event.shiftKey) edits.redo();
          else edits.undo();
          return true;
        case "y":
          edits.redo();
          return true;
        case "a":
          select([...canvas.concepts.keys()]);
          return true;
        case "d":
          edits.duplicate(selected());
          return true;
        default:
          return false;
      }
    };

    /** The innermost thing that is going on ends. */
    const escape = (): boolean => {
      const { linkingFrom, following, noteOf, selection } = ui.get();
      if (linkingFrom !== undefined) ui.set({ linkingFrom: undefined });
      else if (following !== undefined) ui.set({ following: undefined });
      else if (noteOf !== undefined) ui.set({ noteOf: undefined });
      else if (selection.length > 0) select([]);
      else return false;
      return true;
    };

    const toggle = (id: string, isMore: boolean): void => {
      const { selection } = ui.get();
      if (!isMore) select([id]);
      else select(selection.includes(id) ? selection.filter((other) => other !== id) : [...selection, id]);
    };

    const down = (event: KeyboardEvent): void => {
      // What is made after a refusal could never be stored.
      if (canvas.status.name === "refused" || canvas.status.name === "closed") return;
      if (isTyping() || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
      if (event.ctrlKey || event.metaKey ? held(event) : plain(event)) event.preventDefault();
    };
    const up = (event: KeyboardEvent): void => {
      if (event.key in kArrows) historyOf(canvas).resume();
    };
    const blur = (): void => historyOf(canvas).resume();
    /** What the keyboard comes to is selected, and brought into sight; a pointer selects by itself. */
    const focus = (event: FocusEvent): void => {
      const element = event.target as HTMLElement;
      // Asked now: with the next key it holds for what was pressed, too.
      isFocusByKey = element.matches(":focus-visible");
      const id = focusedShape();
      if (id === undefined || !element.matches(".react-flow__node:focus-visible, .react-flow__edge:focus-visible")) return;
      if (ui.get().linkingFrom === undefined) select([id]);
      const box = element.getBoundingClientRect();
      if (box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight) return;
      const node = flow.getInternalNode(id);
      if (node === undefined) return;
      const { x, y } = node.internals.positionAbsolute;
      void flow.setCenter(x + box.width / 2, y + box.height / 2, { zoom: flow.getZoom(), duration: kZoomMs });
    };
    addEventListener("keydown", down);
    addEventListener("keyup", up);
    addEventListener("blur", blur);
    document.addEventListener("focusin", focus);
    return () => {
      removeEventListener("keydown", down);
      removeEventListener("keyup", up);
      removeEventListener("blur", blur);
      document.removeEventListener("focusin", focus);
    };
  }, [canvas, edits, flow, pointer]);
}

