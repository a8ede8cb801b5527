// SPDX-License-Identifier: Apache-2.0

import type { KeptDocument, KeptPush, LogPlace, UnkeptDocument } from "../features/concepts/kept.js";

/**
 * Where canvases outlive their page. `canvas` names one for one user of one server. Every write happens whole or
 * not at all, and writes of one caller happen in their order. A promise that fails means that nothing happened.
 */
export interface CanvasStorage {
  /** What saveDocument() left; undefined when there is nothing. */
  loadDocument(canvas: string): Promise<KeptDocument | undefined>;
  /**
   * Writes what changed since the document stood at `since`, or the whole of it. False, and nothing is written, when
   * the document that is kept is another one: not at `since`, or already further on.
   */
  saveDocument(canvas: string, change: UnkeptDocument, since: LogPlace | undefined): Promise<boolean>;

  /** A client's pushes in the order in which they were made. */
  loadPushes(canvas: string, client: string): Promise<readonly KeptPush[]>;
  /** Writes pushes by their `at`, and forgets those whose `at` is in `forgotten`. */
  savePushes(canvas: string, client: string, put: readonly KeptPush[], forgotten: readonly number[]): Promise<void>;
  /** The clients that have pushes here. */
  clientsWaiting(canvas: string): Promise<readonly string[]>;

  /** Takes or prolongs a lease. False when somebody else has it and its time is not over. */
  lease(name: string, holder: string, untilMs: number, nowMs: number): Promise<boolean>;
  /** Lets go of a lease, if `holder` has it. */
  endLease(name: string, holder: string): Promise<void>;

  /** Forgets everything about a canvas, for example when its user logs out. */
  forget(canvas: string): Promise<void>;
}

export function isSamePlace(a: LogPlace | undefined, b: LogPlace | undefined): boolean {
  return a?.epoch === b?.epoch && a?.seq === b?.seq;
}

/** Whether a document at `next` may take the place of the one at `kept`. */
export function mayReplace(kept: LogPlace | undefined, next: LogPlace): boolean {
  return kept === undefined || kept.epoch !== next.epoch || kept.seq <= next.seq;
}
