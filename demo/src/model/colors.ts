// SPDX-License-Identifier: Apache-2.0

/** The names that concepts and groups keep in `color`; styles/theme.css says what they look like. */
export const kColors = ["plain", "red", "amber", "green", "blue", "violet"] as const;
export type ColorName = (typeof kColors)[number];

export function colorName(value: unknown): ColorName {
  return kColors.find((color) => color === value) ?? "plain";
}

/** Dark enough for white letters (4.5 : 1), and far enough apart for a room full of people. */
export const kPersonColors = [
  "#3b5bdb",
  "#c2410c",
  "#087f5b",
  "#7c3aed",
  "#be185d",
  "#0b7285",
  "#5c6b00",
  "#b42318",
  "#5f3dc4",
  "#2b7a3d",
  "#8a5300",
  "#1764ab",
] as const;
const kHexColor = /^#[0-9a-f]{6}$/i;

interface Painted {
  readonly user: { readonly id: string; readonly color?: string };
  readonly presence: { readonly color?: unknown };
}

export function personColor(person: Painted): string {
  const color = person.user.color ?? person.presence.color;
  return typeof color === "string" && kHexColor.test(color) ? color : usualColor(person.user.id);
}

/** The colour that nobody has yet, beginning with the one that this user usually has. */
export function freeColor(userId: string, others: readonly Painted[]): string {
  const taken = new Set(others.map(personColor));
  const usual = kPersonColors.indexOf(usualColor(userId) as (typeof kPersonColors)[number]);
  const inOrder = kPersonColors.map((_, i) => kPersonColors[(usual + i) % kPersonColors.length]!);
  return inOrder.find((color) => !taken.has(color)) ?? inOrder[0]!;
}

function usualColor(userId: string): string {
  const hash = [...userId].reduce((sum, char) => (sum * 31 + char.codePointAt(0)!) >>> 0, 7);
  return kPersonColors[hash % kPersonColors.length]!;
}
