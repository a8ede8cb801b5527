// SPDX-License-Identifier: Apache-2.0

export { createClient } from "./client.js";
export type { Client, ClientOptions } from "./client.js";
export type { Canvas, CanvasEvents, CanvasOptions } from "./canvas.js";
export type { Status } from "./connection/status.js";
export type { TokenAnswer, TokenProvider } from "./connection/token_keeper.js";
export type { Change, ChangeOrigin, Rejected } from "./features/concepts/concept_sync.js";
export type { Entity } from "./features/concepts/evaluate.js";
export type { Cursor } from "./features/cursors.js";
export type { EventMap, RoomEvent } from "./features/events.js";
export type { PeopleChange, Person } from "./features/people.js";
export { WeftError } from "./protocol/errors.js";
export type { Activity, LeaveReason, Limits, Op, Props, Rect, Role, User, Value } from "./protocol/messages.js";
