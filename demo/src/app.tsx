// SPDX-License-Identifier: Apache-2.0

import { guardLeaving, type Change } from "@weft/client";
import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useMemo, type ReactNode } from "react";

import { BoardContext, type Board } from "./board/board_context.js";
import { BoardView } from "./board/board_view.js";
import { Edits } from "./board/edits.js";
import { letGo } from "./board/let_go.js";
import { Shapes } from "./board/shapes.js";
import { Banner } from "./chrome/banner.js";
import { DebugOverlay } from "./chrome/debug_overlay.js";
import { EmptyState } from "./chrome/empty_state.js";
import { FollowFrame } from "./chrome/follow_frame.js";
import { NotePanel } from "./chrome/note_panel.js";
import { Overview } from "./chrome/overview.js";
import { PeopleBar } from "./chrome/people_bar.js";
import { Readout } from "./chrome/readout.js";
import { Refusal } from "./chrome/refusal.js";
import { SelectionBar } from "./chrome/selection_bar.js";
import { Shortcuts } from "./chrome/shortcuts.js";
import { dismissActions, toast, Toasts } from "./chrome/toasts.js";
import { ToolBar } from "./chrome/tool_bar.js";
import { TopBar } from "./chrome/top_bar.js";
import { Announcer } from "./live/announcer.js";
import { Holders } from "./live/holders.js";
import { useOwnPresence } from "./live/presence.js";
import { useCanvas, useStatus, type MapCanvas } from "./model/map.js";
import { sayNotKept, sayRejected } from "./model/words.js";
import { isDebugging, isOwnAddress } from "./session.js";
import { ui, wantsLessMotion } from "./ui.js";

/** Everything on the page, around the canvas of the WeftProvider. */
export function App(): ReactNode {
  const canvas = useCanvas();
  const board = useMemo(() => boardOf(canvas), [canvas]);
  const isRefused = useStatus().name === "refused";
  useWires(board);
  useAddress(canvas);
  useOwnPresence();
  return (
    <BoardContext value={board}>
      <ReactFlowProvider>
        {/* What is made now could never be stored. */}
        <div className="page" inert={isRefused}>
          <BoardView />
          <EmptyState />
          <FollowFrame />
          <div className="top-row">
            <TopBar />
            <PeopleBar />
          </div>
          <Banner />
          <NotePanel />
          <div className="bottom-row">
            <Readout />
            <div className="tools">
              <SelectionBar />
              <ToolBar />
            </div>
            <Overview />
          </div>
          {isDebugging && <DebugOverlay />}
        </div>
        <Refusal />
        <Shortcuts />
        <Toasts />
        <Announcer />
      </ReactFlowProvider>
    </BoardContext>
  );
}

function boardOf(canvas: MapCanvas): Board {
  const shapes = new Shapes(() => !wantsLessMotion());
  return { shapes, edits: new Edits(canvas, (id) => shapes.sizeOf(id)), holders: new Holders(canvas), pointer: { at: undefined } };
}

/** A better token may be put into the address. Somebody else's is another page: what is kept here is not theirs. */
function useAddress(canvas: MapCanvas): void {
  useEffect(() => {
    const look = (): void => {
      if (!isOwnAddress()) location.reload();
      else if (canvas.status.name === "refused") canvas.retry();
    };
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, [canvas]);
}

/** From the document to what is drawn, frame by frame while something glides; from refusals to words. */
function useWires({ edits: { canvas }, shapes, holders }: Board): void {
  useEffect(() => {
    let frame = 0;
    let lastMs = 0;
    const step = (nowMs: number): void => {
      frame = shapes.glide(nowMs - lastMs) ? requestAnimationFrame(step) : 0;
      lastMs = nowMs;
    };
    const show = (change?: Change): void => {
      letGo(change?.origin, (id) => canvas.get(id) !== undefined, (id) => shapes.titleOf(id));
      shapes.setDocument(canvas.concepts.all, canvas.links.all);
      if (!shapes.isGliding || frame !== 0) return;
      lastMs = performance.now();
      frame = requestAnimationFrame(step);
    };
    show();
    const stops = [
      canvas.on("change", show),
      // What a message offers to take back would not be the latest step any more.
      canvas.on("change", ({ origin }) => origin === "local" && dismissActions()),
      ui.subscribe(() => shapes.setSelection(ui.get().selection)),
      canvas.on("rejected", ({ code, message }) => toast(sayRejected(code, message), { tone: "bad" })),
      canvas.on("error", (error) => {
        if (error.code === "storage") {
          ui.set({ isKeeping: false });
          toast(sayNotKept(error.message), { tone: "bad" });
        } else if (canvas.status.name === "live") {
          // What ends a session is told by the status.
          toast(error.message, { tone: "bad" });
        }
      }),
      guardLeaving(canvas),
    ];
    return () => {
      cancelAnimationFrame(frame);
      stops.forEach((stop) => stop());
    };
  }, [canvas, shapes]);
  useEffect(() => holders.watch(), [holders]);
}
