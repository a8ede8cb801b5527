// SPDX-License-Identifier: Apache-2.0

/** After the next paint: the field that had the focus may still be there. */
export function focusShape(id: string): void {
  requestAnimationFrame(() => elementOf(id)?.focus({ preventScroll: true }));
}

export function elementOf(id: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
}

/** The concept, group or link that has the focus. */
export function focusedShape(): string | undefined {
  return document.activeElement?.closest<HTMLElement>(".react-flow__node, .react-flow__edge")?.dataset["id"];
}

export function isTyping(): boolean {
  const focused = document.activeElement;
  return focused instanceof HTMLInputElement || focused instanceof HTMLTextAreaElement || focused instanceof HTMLSelectElement;
}
