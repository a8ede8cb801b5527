// SPDX-License-Identifier: Apache-2.0

/** What this browser remembers between visits. Where storage is blocked or full nothing is, and the page does without. */

export function kept(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Until the page is left it is known anyway.
  }
}
