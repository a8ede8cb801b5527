// SPDX-License-Identifier: Apache-2.0

/** After the next paint: the field that had the focus may still be there. */
export function focusShape(id: string): void {
  requestAnimationFrame(() => elementOf(id)?.focus({ preventScroll: true }));
}

/** Where the focus goes when what had it is gone: keys go on meaning the map. */
export function focusBoard(): void {
  document.querySelector<HTMLElement>(".board")?.focus({ preventScroll: true });
}

export function elementOf(id: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`:is(.react-flow__node, .react-flow__edge)[data-id="${CSS.escape(id)}"]`);
}

/** The concept, group or link that has the focus. */
export function focusedShape(): string | undefined {
  return document.activeElement?.closest<HTMLElement>(".react-flow__node, .react-flow__edge")?.dataset["id"];
}

/**
 * Whether keys are for the map: not while something in a menu or panel has the focus, nor while the keyboard has
 * brought it to a bar (`isByKey`). A button that was pressed with the pointer keeps it too, but nobody is at that.
 */
export function isAtMap(isByKey: boolean): boolean {
  const focused = document.activeElement;
  if (focused === null || focused === document.body || focused.closest(".board") !== null) return true;
  return focused.closest(".popover, .panel") === null && !isByKey;
}

export function isTyping(): boolean {
  const focused = document.activeElement;
  return focused instanceof HTMLInputElement || focused instanceof HTMLTextAreaElement || focused instanceof HTMLSelectElement;
}
