// SPDX-License-Identifier: Apache-2.0

import type { Canvas } from "./canvas.js";
import type { Unsubscribe } from "./lib/emitter.js";
import type { CanvasTypes } from "./types.js";

/**
 * Asks whoever closes the page to stay while something would be lost. It listens only while there is something, so
 * that the browser may keep the page for the way back at all other times.
 */
export function guardLeaving<T extends CanvasTypes>(canvas: Canvas<T>): Unsubscribe {
  const ask = (event: BeforeUnloadEvent): void => {
    if (!canvas.isSafeToLeave) event.preventDefault();
  };
  const update = (): void => {
    removeEventListener("beforeunload", ask);
    if (canvas.hasUnsyncedChanges) addEventListener("beforeunload", ask);
  };
  const unsubscribe = canvas.on("sync", update);
  update();
  return () => {
    unsubscribe();
    removeEventListener("beforeunload", ask);
  };
}
