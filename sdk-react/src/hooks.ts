// SPDX-License-Identifier: Apache-2.0

"use client";

import {
  historyOf,
  type Canvas,
  type ConceptOf,
  type Cursor,
  type LinkOf,
  type Person,
  type RoomEvent,
  type Status,
  type SyncStatus,
} from "@weft/client";
import { useCallback, useContext, useEffect, useMemo, useRef, useSyncExternalStore } from "react";

import { CanvasContext } from "./provider.js";
import { itself, useSelected } from "./use_selected.js";

type Concept = ConceptOf<{}>;
type Link = LinkOf<{}>;

// What is shown before there is a page to connect.
const kConnecting: Status = { name: "connecting" };
const kUnsynced: SyncStatus = { isSynced: false, pendingCount: 0 };
const kNothing: readonly never[] = [];

/** The canvas of the WeftProvider around. */
export function useCanvas(): Canvas {
  const canvas = useContext(CanvasContext);
  if (canvas === undefined) throw new Error("this hook needs a <WeftProvider> around it");
  return canvas;
}

/** How the link is. */
export function useStatus(): Status {
  const canvas = useCanvas();
  const listen = useCallback((listener: () => void) => canvas.on("status", listener), [canvas]);
  return useSyncExternalStore(listen, () => canvas.status, () => kConnecting);
}

/** Whether everything here is with the server, and how many own edits are not yet. */
export function useSyncStatus(): SyncStatus {
  const canvas = useCanvas();
  const listen = useCallback((listener: () => void) => canvas.on("sync", listener), [canvas]);
  return useSyncExternalStore(listen, () => canvas.syncStatus, () => kUnsynced);
}

/** All nodes, or what `select` makes of them. Keep `select` the same function where there are many. */
export function useConcepts<Selected = readonly Concept[]>(select: (concepts: readonly Concept[]) => Selected = itself as never): Selected {
  const { concepts } = useCanvas();
  const listen = useCallback((listener: () => void) => concepts.subscribe(listener), [concepts]);
  return useSelected(listen, useCallback(() => concepts.all, [concepts]), select, kNothing);
}

/** All links, or what `select` makes of them. */
export function useLinks<Selected = readonly Link[]>(select: (links: readonly Link[]) => Selected = itself as never): Selected {
  const { links } = useCanvas();
  const listen = useCallback((listener: () => void) => links.subscribe(listener), [links]);
  return useSelected(listen, useCallback(() => links.all, [links]), select, kNothing);
}

/** One node, or what `select` makes of it; undefined while it is not there. Others do not make it render. */
export function useConcept<Selected = Concept | undefined>(id: string, select: (concept: Concept | undefined) => Selected = itself as never): Selected {
  const { concepts } = useCanvas();
  const listen = useCallback((listener: () => void) => concepts.subscribeTo(id, listener), [concepts, id]);
  return useSelected(listen, useCallback(() => concepts.get(id), [concepts, id]), select, undefined);
}

/**
 * A function that edits, always the same one. All that one call does is one push and one undo. What it refuses, it
 * throws.
 */
export function useMutation<Arguments extends unknown[], Result>(
  mutate: (canvas: Canvas, ...args: Arguments) => Result,
): (...args: Arguments) => Result {
  const canvas = useCanvas();
  const latest = useLatest(mutate);
  return useCallback((...args: Arguments) => canvas.transact(() => latest.current(canvas, ...args)), [canvas, latest]);
}

/** One's own steps, for buttons and keys. */
export interface Undo {
  /** There is something to take back. */
  readonly canUndo: boolean;
  /** Something was taken back, and nothing has been done since. */
  readonly canRedo: boolean;
  /** Takes back the latest own step; false when there is none. */
  readonly undo: () => boolean;
  /** Does it again; false when there is none. */
  readonly redo: () => boolean;
  /** Until resume() everything is one step: for a drag. */
  readonly pause: () => void;
  /** Ends what pause() began. */
  readonly resume: () => void;
}

/** Undo and redo of one's own edits alone, since the provider opened the canvas. */
export function useUndo(): Undo {
  const canvas = useCanvas();
  const history = historyOf(canvas);
  const listen = useCallback((listener: () => void) => history.subscribe(listener), [history]);
  const state = useSyncExternalStore(listen, () => history.state, () => kNoHistory);
  return useMemo(
    () => ({
      ...state,
      undo: () => history.undo(),
      redo: () => history.redo(),
      pause: () => history.pause(),
      resume: () => history.resume(),
    }),
    [history, state],
  );
}

const kNoHistory = { canUndo: false, canRedo: false };

/** Oneself as others see it; undefined until the canvas is live. */
export function useMe<Selected = Person | undefined>(select: (me: Person | undefined) => Selected = itself as never): Selected {
  const canvas = useCanvas();
  const listen = useCallback(
    (listener: () => void) => {
      const stops = [canvas.on("people", listener), canvas.on("status", listener)];
      return () => stops.forEach((stop) => stop());
    },
    [canvas],
  );
  return useSelected(listen, useCallback(() => canvas.me, [canvas]), select, undefined);
}

/** Everybody else, or what `select` makes of them. */
export function useOthers<Selected = readonly Person[]>(select: (others: readonly Person[]) => Selected = itself as never): Selected {
  const { others } = useCanvas();
  const listen = useCallback((listener: () => void) => others.subscribe(listener), [others]);
  return useSelected(listen, useCallback(() => others.all, [others]), select, kNothing);
}

/**
 * Everybody else's cursor, or what `select` makes of them. It changes at the canvas's beat: for many people draw
 * with canvas.on("cursors") and smoothCursor() instead of rendering.
 */
export function useCursors<Selected = readonly Cursor[]>(select: (cursors: readonly Cursor[]) => Selected = itself as never): Selected {
  const canvas = useCanvas();
  const listen = useCallback((listener: () => void) => canvas.on("cursors", listener), [canvas]);
  return useSelected(listen, useCallback(() => canvas.cursorList, [canvas]), select, kNothing);
}

/** Calls the latest listener with every event of this name that somebody else sends. */
export function useEvent(name: string, listener: (event: RoomEvent<any>) => void): void {
  const canvas = useCanvas();
  const latest = useLatest(listener);
  useEffect(() => canvas.events.on(name, (event) => latest.current(event)), [canvas, name, latest]);
}

const waits = new WeakMap<Canvas, Promise<void>>();

/**
 * Suspends until there is something to show: the canvas as the server has it, or as this browser kept it. The
 * <Suspense> belongs inside the WeftProvider. After a refusal it does not wait: useStatus() tells.
 */
export function useReady(): Canvas {
  const canvas = useCanvas();
  if (canvas.hasDocument || canvas.status.name === "refused" || canvas.status.name === "closed" || typeof window === "undefined") return canvas;
  let wait = waits.get(canvas);
  if (wait === undefined) {
    wait = new Promise((resolve) => {
      const check = (): void => {
        const { name } = canvas.status;
        if (!canvas.hasDocument && name !== "refused" && name !== "closed") return;
        stops.forEach((stop) => stop());
        waits.delete(canvas);
        resolve();
      };
      const stops = [canvas.on("change", check), canvas.on("status", check), canvas.on("sync", check)];
    });
    waits.set(canvas, wait);
  }
  throw wait;
}

function useLatest<Value>(value: Value): { readonly current: Value } {
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  return latest;
}
