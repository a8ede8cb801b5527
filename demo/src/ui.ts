// SPDX-License-Identifier: Apache-2.0

import { keep, kept } from "./kept.js";
import { createStore } from "./store.js";

/** What this page shows, which is nobody else's business. Presence tells others what they should know of it. */
export interface Ui {
  /** Concepts, groups and links. */
  readonly selection: readonly string[];
  /** Whose title (of links: label) is a text field now. */
  readonly renaming: string | undefined;
  /** Whose note is open. */
  readonly noteOf: string | undefined;
  /** A link is being made by keyboard, from this concept. */
  readonly linkingFrom: string | undefined;
  /** The actor whose view is followed. */
  readonly following: number | undefined;
  /** What dragging on empty canvas does. */
  readonly tool: "pan" | "select";
  readonly isHelpOpen: boolean;
  readonly theme: Theme;
  /** Edits that wait for the server survive a reload: this browser stores them. */
  readonly isKeeping: boolean;
}

export type Theme = "system" | "light" | "dark";

const kThemeKey = "weft.theme";

export const ui = createStore<Ui>({
  selection: [],
  renaming: undefined,
  noteOf: undefined,
  linkingFrom: undefined,
  following: undefined,
  tool: "pan",
  isHelpOpen: false,
  theme: keptTheme(),
  isKeeping: true,
});

export function select(ids: readonly string[]): void {
  const before = ui.get().selection;
  if (ids.length !== before.length || ids.some((id, i) => id !== before[i])) ui.set({ selection: ids });
}

export function setTheme(theme: Theme): void {
  keep(kThemeKey, theme);
  ui.set({ theme });
  showTheme();
}

/** Without the attribute the system decides. */
export function showTheme(): void {
  const { theme } = ui.get();
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

function keptTheme(): Theme {
  const known = kept(kThemeKey);
  return known === "light" || known === "dark" ? known : "system";
}

/** Kept, because it is asked for each frame. */
const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");

export function wantsLessMotion(): boolean {
  return lessMotion.matches;
}
