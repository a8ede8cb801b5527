// SPDX-License-Identifier: Apache-2.0

import type { Person } from "@weft/client";

/** The names that concepts keep in their `color` property; canvas.css says what they look like. */
export const kConceptColors = ["plain", "red", "amber", "green", "blue", "violet"] as const;
export type ConceptColor = (typeof kConceptColors)[number];

export function conceptColor(value: unknown): ConceptColor {
  return kConceptColors.find((color) => color === value) ?? "plain";
}

/** Strong enough for white letters, far enough apart for a room full of people. */
const kPersonColors = ["#3b6ef5", "#d9480f", "#0b8a6b", "#8a3ffc", "#c2255c", "#1878a8", "#6b7a00", "#b0442a", "#5f3dc4", "#2b8a3e"];
const kHexColor = /^#[0-9a-f]{6}$/i;

export function personColor(person: Person): string {
  const { color } = person.user;
  if (color !== undefined && kHexColor.test(color)) return color;
  return kPersonColors[person.actor % kPersonColors.length]!;
}
