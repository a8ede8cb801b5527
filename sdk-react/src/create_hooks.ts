// SPDX-License-Identifier: Apache-2.0

import type { Canvas, CanvasTypes, ConceptOf, EventsOf, LinkOf, Person, PresenceOf, RoomEvent } from "@weft/client";

import * as hooks from "./hooks.js";
import { WeftProvider, type WeftProviderProps } from "./provider.js";
import type { ReactNode } from "react";

/** The hooks, typed for an application's canvases. */
export interface Hooks<T extends CanvasTypes> extends Pick<typeof hooks, "useStatus" | "useSyncStatus" | "useUndo" | "useCursors"> {
  WeftProvider(props: WeftProviderProps<T>): ReactNode;
  useCanvas(): Canvas<T>;
  useReady(): Canvas<T>;
  useConcept(id: string): ConceptOf<T> | undefined;
  useConcept<Selected>(id: string, select: (concept: ConceptOf<T> | undefined) => Selected): Selected;
  useConcepts(): readonly ConceptOf<T>[];
  useConcepts<Selected>(select: (concepts: readonly ConceptOf<T>[]) => Selected): Selected;
  useLinks(): readonly LinkOf<T>[];
  useLinks<Selected>(select: (links: readonly LinkOf<T>[]) => Selected): Selected;
  useMutation<Arguments extends unknown[], Result>(mutate: (canvas: Canvas<T>, ...args: Arguments) => Result): (...args: Arguments) => Result;
  useMe(): Person<PresenceOf<T>> | undefined;
  useMe<Selected>(select: (me: Person<PresenceOf<T>> | undefined) => Selected): Selected;
  useOthers(): readonly Person<PresenceOf<T>>[];
  useOthers<Selected>(select: (others: readonly Person<PresenceOf<T>>[]) => Selected): Selected;
  useEvent<Name extends keyof EventsOf<T> & string>(name: Name, listener: (event: RoomEvent<EventsOf<T>[Name]>) => void): void;
}

/** `const { WeftProvider, useConcepts } = createHooks<Board>();` The same hooks as without it, for the compiler. */
export function createHooks<T extends CanvasTypes>(): Hooks<T> {
  return { ...hooks, WeftProvider } as unknown as Hooks<T>;
}
