// SPDX-License-Identifier: Apache-2.0

import type { Canvas } from "../canvas.js";
import type { Unsubscribe } from "../lib/emitter.js";
import { isEqual } from "../lib/equal.js";
import type { Rect } from "../protocol/messages.js";
import type { CanvasTypes } from "../types.js";

/** The presence key under which a view is shared: setView(rect, { isShared: true }). */
export const kViewKey = "view";

/**
 * Tells what somebody has on their screen, now and whenever it changes, as far as they share it. undefined: they do
 * not share it, or not any more; after they have left nothing more comes.
 */
export function follow<T extends CanvasTypes>(canvas: Canvas<T>, actor: number, listener: (view: Rect | undefined) => void): Unsubscribe {
  const viewOf = (): Rect | undefined => {
    const view = (canvas.people.get(actor)?.presence as { readonly [kViewKey]?: unknown } | undefined)?.[kViewKey];
    return Array.isArray(view) && view.length === 4 && view.every((edge) => typeof edge === "number") ? (view as unknown as Rect) : undefined;
  };
  let told = viewOf();
  const stop = canvas.on("people", () => {
    const view = viewOf();
    const isHere = canvas.people.has(actor);
    if (!isEqual(view, told)) {
      told = view;
      listener(view);
    }
    if (!isHere) stop();
  });
  if (told !== undefined) listener(told);
  return stop;
}
