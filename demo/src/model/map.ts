// SPDX-License-Identifier: Apache-2.0

import { createHooks } from "@weft/react";
import type { Canvas, ConceptOf, LinkOf, Person, Rect } from "@weft/client";

import type { ColorName } from "./colors.js";
import type { ReactionKind } from "./reactions.js";

/** What a concept map is made of, for the SDK's types. Positions are those of the left upper corner, in its group. */
export interface MapTypes {
  readonly presence: {
    readonly name?: string;
    readonly color?: string;
    /** At most kSelectionShownMax of what is selected. */
    readonly selection?: readonly string[];
    /** What is being written on: the title, note or label of this entity. */
    readonly editing?: string;
    readonly view?: Rect;
    /** One of the simulated people. */
    readonly isSimulated?: boolean;
  };
  readonly concepts: {
    readonly concept: {
      readonly title?: string;
      readonly note?: string;
      readonly color?: ColorName;
      readonly x: number;
      readonly y: number;
    };
    readonly group: {
      readonly title?: string;
      readonly color?: ColorName;
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    };
  };
  readonly link: { readonly label?: string };
  readonly events: { readonly reaction: { readonly kind: ReactionKind; readonly x: number; readonly y: number } };
}

export type MapCanvas = Canvas<MapTypes>;
export type MapConcept = ConceptOf<MapTypes>;
export type MapLink = LinkOf<MapTypes>;
export type MapPerson = Person<MapTypes["presence"]>;

/** Presence has 4 KiB; what is selected beyond this is not shown to others. */
export const kSelectionShownMax = 40;
export const kTitleCharsMax = 200;
export const kNoteCharsMax = 8_000;
export const kLabelCharsMax = 80;

export const { WeftProvider, useCanvas, useConcept, useConcepts, useLinks, useEvent, useMe, useOthers, useStatus, useSyncStatus, useUndo } =
  createHooks<MapTypes>();
