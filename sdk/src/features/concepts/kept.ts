// SPDX-License-Identifier: Apache-2.0

import type { EntityRow, Op, Sum } from "../../protocol/messages.js";

/** Where a copy of the document stands in the log. */
export interface LogPlace {
  /** The log's life. */
  readonly epoch: number;
  /** The place in it. */
  readonly seq: number;
  /** The running hash there; undefined when it is not known. */
  readonly sum: Sum | undefined;
}

/** A push as storage has it. `at` orders those of one client. */
export interface KeptPush {
  /** Rises from push to push of one client, with holes. */
  readonly at: number;
  /** undefined when it was made before anybody could know its number; then it was not sent either. */
  readonly n: number | undefined;
  /** What it wants, in order. */
  readonly ops: readonly Op[];
}

/** A confirmed document as storage has it. */
export interface KeptDocument {
  /** Where it stands. */
  readonly place: LogPlace;
  /** All its entities. */
  readonly rows: readonly EntityRow[];
}

/** What an earlier page left behind. */
export interface KeptState {
  readonly document: KeptDocument | undefined;
  readonly pushes: readonly KeptPush[];
  /** The highest push number that was known to be used up; undefined when none was known. */
  readonly consumed: number | undefined;
}

/** What changed about pushes since storage was last told. */
export interface UnkeptPushes {
  readonly put: readonly KeptPush[];
  readonly forgotten: readonly number[];
  readonly consumed: number;
  /** To be given back to pushesKept(). */
  readonly numbering: number;
}

/** What changed about the confirmed document. */
export interface UnkeptDocument {
  /** Where it stands after the change. */
  readonly place: LogPlace;
  /** Everything before is to be forgotten; rows are then all there is. */
  readonly isWhole: boolean;
  /** Entities that are new or different. */
  readonly rows: readonly EntityRow[];
  /** Ids of entities that are not there any more. */
  readonly gone: readonly string[];
}
