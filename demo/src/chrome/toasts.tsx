// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";

import { createStore } from "../store.js";
import { Icon } from "./icons.js";

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: "plain" | "bad";
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** More at once nobody reads; the oldest goes. */
const kToastsMax = 4;
const kShownMs = 6_000;
const kBadShownMs = 10_000;

const toasts = createStore<{ readonly list: readonly Toast[] }>({ list: [] });
let nextId = 1;

export function toast(text: string, { tone = "plain", action }: Partial<Pick<Toast, "tone" | "action">> = {}): void {
  const { list } = toasts.get();
  // Said once is enough.
  if (list.some((shown) => shown.text === text)) return;
  const id = nextId++;
  toasts.set({ list: [...list, { id, text, tone, ...(action && { action }) }].slice(-kToastsMax) });
  setTimeout(() => dismiss(id), tone === "bad" ? kBadShownMs : kShownMs);
}

function dismiss(id: number): void {
  toasts.set({ list: toasts.get().list.filter((shown) => shown.id !== id) });
}

/** Those that offer to do something about the latest edit, when there is a later one. */
export function dismissActions(): void {
  const { list } = toasts.get();
  if (list.some(({ action }) => action !== undefined)) toasts.set({ list: list.filter(({ action }) => action === undefined) });
}

export function Toasts(): ReactNode {
  const list = toasts.use(({ list }) => list);
  return (
    <div className="toasts" role="log" aria-live="polite" aria-label="Messages" data-testid="toasts">
      {list.map(({ id, text, tone, action }) => (
        <div key={id} className={`toast toast-${tone}`}>
          <span>{text}</span>
          {action && (
            <button
              type="button"
              className="toast-action"
              onClick={() => {
                action.run();
                dismiss(id);
              }}
            >
              {action.label}
            </button>
          )}
          <button type="button" className="icon-button small" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
