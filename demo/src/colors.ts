// SPDX-License-Identifier: Apache-2.0

import type { Canvas, Person } from "@weft/client";

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
  const color = person.user.color ?? person.presence["color"];
  return typeof color === "string" && kHexColor.test(color) ? color : usualColor(person);
}

/** Takes a colour that nobody here has, and tells the others. The same person usually gets the same one. */
export function takeColor(canvas: Canvas): void {
  const { me } = canvas;
  if (me === undefined || me.user.color !== undefined || me.presence["color"] !== undefined) return;
  const taken = new Set([...canvas.people.values()].filter(({ isMe }) => !isMe).map(personColor));
  const usual = kPersonColors.indexOf(usualColor(me));
  const inOrder = kPersonColors.map((_, i) => kPersonColors[(usual + i) % kPersonColors.length]!);
  canvas.setPresence({ color: inOrder.find((color) => !taken.has(color)) ?? inOrder[0]! });
}

function usualColor({ user }: Person): string {
  const hash = [...user.id].reduce((sum, char) => (sum * 31 + char.codePointAt(0)!) >>> 0, 7);
  return kPersonColors[hash % kPersonColors.length]!;
}
