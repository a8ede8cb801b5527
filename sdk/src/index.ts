// SPDX-License-Identifier: Apache-2.0

/**
 * Canvases in browsers and in Node.
 *
 * @module @weft/client
 */

export { createClient } from "./client.js";
export type { Client, ClientOptions } from "./client.js";
export type { Canvas, CanvasEvents, CanvasOptions, SyncStatus } from "./canvas.js";
export type { Status } from "./connection/status.js";
export type { TokenAnswer, TokenProvider } from "./connection/token_keeper.js";
export { inspect } from "./inspect.js";
export type { Inspection } from "./inspect.js";
export type { Collection, CollectionChange } from "./features/concepts/collection.js";
export type { Change, ChangeOrigin, Rejected } from "./features/concepts/concept_sync.js";
export type { Entity, LinkEnds } from "./features/concepts/evaluate.js";
export type { Cursor } from "./features/cursors.js";
export type { EventMap, RoomEvent, RoomEvents } from "./features/events.js";
export { childrenOf, compareSiblings, indexBetween, indexesBetween, moveTo, placeAt } from "./features/ordering.js";
export { follow } from "./features/follow.js";
export { historyOf } from "./features/history/history.js";
export type { History, HistoryOptions, HistoryState } from "./features/history/history.js";
export { grouped } from "./features/others.js";
export type { Others, UserGroup } from "./features/others.js";
export type { PeopleChange, Person } from "./features/people.js";
export { smoothCursor } from "./features/smooth_cursor.js";
export type { Point, SmoothCursor, SmoothCursorOptions } from "./features/smooth_cursor.js";
export { isEqual } from "./lib/equal.js";
export type { Unsubscribe } from "./lib/emitter.js";
export type { Rates } from "./lib/meter.js";
export { guardLeaving } from "./guard_leaving.js";
export { IndexedDbStorage, indexedDbStorage } from "./offline/indexed_db_storage.js";
export { keepOffline } from "./offline/keeper.js";
export type { Offline, OfflineOptions } from "./offline/keeper.js";
export type { KeptDocument, KeptPush, LogPlace, UnkeptDocument } from "./features/concepts/kept.js";
export type { Held, Locks } from "./offline/locks.js";
export { MemoryStorage } from "./offline/memory_storage.js";
export type { CanvasStorage } from "./offline/storage.js";
export { WeftError } from "./protocol/errors.js";
export type { Activity, LeaveReason, Limits, Op, Props, Rect, Role, User, Value } from "./protocol/messages.js";
export type { Invalid, SchemaIssue, Schemas, StandardSchema, TypesOf } from "./schema.js";
export type {
  CanvasTypes,
  ConceptOf,
  EntityOf,
  EntityPatch,
  EventsOf,
  LinkOf,
  NewProps,
  Parent,
  Patch,
  PresenceOf,
  TypeName,
} from "./types.js";
