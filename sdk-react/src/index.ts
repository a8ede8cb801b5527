// SPDX-License-Identifier: Apache-2.0

/**
 * React hooks for canvases.
 *
 * @module @weft/react
 */

export { createHooks } from "./create_hooks.js";
export type { Hooks } from "./create_hooks.js";
export {
  useCanvas,
  useConcept,
  useConcepts,
  useCursors,
  useEvent,
  useLinks,
  useMe,
  useMutation,
  useOthers,
  useReady,
  useStatus,
  useSyncStatus,
  useUndo,
} from "./hooks.js";
export type { Undo } from "./hooks.js";
export { WeftProvider } from "./provider.js";
export type { WeftProviderProps } from "./provider.js";
