// SPDX-License-Identifier: Apache-2.0

import type { CSSProperties, ReactNode } from "react";

import type { Holder } from "../live/holders.js";

/** The names of those who hold something, above it in the first one's colour. */
export function HeldTag({ holders }: { readonly holders: readonly Holder[] }): ReactNode {
  const [first] = holders;
  if (first === undefined) return null;
  const editing = holders.find(({ isEditing }) => isEditing);
  const shown = editing ?? first;
  return (
    <span className="held-tag" style={{ "--holder": shown.color } as CSSProperties} data-testid="holder" aria-hidden="true">
      {shown.name}
      {holders.length > 1 && ` +${holders.length - 1}`}
      {editing && (
        <span className="writing">
          <i />
          <i />
          <i />
        </span>
      )}
    </span>
  );
}

export function heldStyle(holders: readonly Holder[]): CSSProperties | undefined {
  const color = (holders.find(({ isEditing }) => isEditing) ?? holders[0])?.color;
  return color === undefined ? undefined : ({ "--holder": color } as CSSProperties);
}

export function heldWords(holders: readonly Holder[]): string {
  return holders.map(({ name, isEditing }) => (isEditing ? `${name} writes on it` : `${name} has it selected`)).join(", ");
}
