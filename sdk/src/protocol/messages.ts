// SPDX-License-Identifier: Apache-2.0

/**
 * The messages as they travel: arrays whose first item is the kind (docs/protocol.md, P4), in the order of
 * protocol/messages.h. There is no second form of a message in the SDK.
 */

/** Whatever MessagePack carries. */
export type Value = null | boolean | number | string | Uint8Array | readonly Value[] | { readonly [key: string]: Value };

/** Properties of an entity, a presence, or a patch of either. In a patch null removes the key. */
export type Props = { readonly [key: string]: Value };

export const OpKind = { create: 0, set: 1, delete: 2, text: 3 } as const;

export type CreateOp = readonly [kind: 0, id: string, type: string, props: Props];
export type SetOp = readonly [kind: 1, id: string, props: Props];
export type DeleteOp = readonly [kind: 2, id: string];
/** What a push does to one entity. */
export type Op = CreateOp | SetOp | DeleteOp;

export type EntityRow = readonly [id: string, type: string, props: Props];

/** 8 opaque bytes: the running hash of the canvas's log. */
export type Sum = Uint8Array;

export type Since = readonly [epoch: number, seq: number, sum?: Sum];
/** Two opposite corners of a part of the canvas, in any order. */
export type Rect = readonly [x0: number, y0: number, x1: number, y1: number];

// Client to server.

export const ClientKind = { hello: 0, cursor: 1, presence: 2, push: 3, event: 4, view: 5, token: 6, ping: 7 } as const;

export interface Hello {
  readonly client: string;
  readonly token?: string;
  readonly name?: string;
  readonly sdk?: string;
  readonly since?: Since;
  readonly presence?: Props;
}

export type HelloMessage = readonly [kind: 0, hello: Hello];
export type CursorMessage = readonly [kind: 1, x: number, y: number] | readonly [kind: 1, hidden: null];
export type PresencePatchMessage = readonly [kind: 2, patch: Props];
export type PushMessage = readonly [kind: 3, n: number, ops: readonly Op[]];
export type EventMessage = readonly [kind: 4, name: string, payload: Value];
export type ViewMessage = readonly [kind: 5, rect: Rect | null];
export type TokenMessage = readonly [kind: 6, token: string];
export type PingMessage = readonly [kind: 7, value: number];

export type ClientMessage =
  | HelloMessage
  | CursorMessage
  | PresencePatchMessage
  | PushMessage
  | EventMessage
  | ViewMessage
  | TokenMessage
  | PingMessage;

// Server to client.

export const ServerKind = {
  welcome: 0,
  cursors: 1,
  presence: 2,
  ops: 3,
  event: 4,
  snapshot: 5,
  ack: 6,
  pong: 7,
  goodbye: 8,
  error: 9,
  pace: 10,
} as const;

/** Who somebody is, by their token. */
export interface User {
  /** The same for all sessions of a user. */
  readonly id: string;
  /** For people; need not be unique. */
  readonly name: string;
  /** A CSS colour, if the token has one. */
  readonly color?: string;
  /** The address of a picture, if the token has one. */
  readonly avatar?: string;
}

/** What one may do, each with what those before it may: look on; show oneself; change the document; all. */
export type Role = "view" | "present" | "edit" | "admin";

/** Bounds by the names under which errors quote them. A server may announce more than these. */
export interface Limits {
  /** Bytes of one push, or of anything else that is sent in one piece. */
  readonly frame_bytes_max: number;
  /** Changes in one push. */
  readonly push_ops_max: number;
  /** Bytes of one entity with all its properties. */
  readonly entity_bytes_max: number;
  /** Characters of an id, a type or a property's key. */
  readonly id_chars_max: number;
  /** Entities of a canvas. */
  readonly entities_max: number;
  /** Bytes of all entities of a canvas together. Only the server counts them. */
  readonly document_bytes_max: number;
  /** Bytes of one session's presence. */
  readonly presence_bytes_max: number;
  /** Bytes of an event's payload. */
  readonly event_bytes_max: number;
}

export interface Welcome {
  readonly actor: number;
  readonly user: User;
  readonly role: Role;
  readonly epoch: number;
  readonly seq: number;
  readonly sum: Sum;
  /** The highest push number of this client in the log. */
  readonly n: number;
  readonly resumed: boolean;
  readonly tick: number;
  /** What the token has left, in ms, when it ends. */
  readonly token_expires_in?: number;
  readonly limits: Partial<Limits>;
  readonly server: string;
}

/** active; idle: no input for a minute; away: the page is hidden. */
export type Activity = "active" | "idle" | "away";
/** left: on purpose; lost: the link broke; kicked: by the server; replaced: by a newer session of the same client. */
export type LeaveReason = "left" | "lost" | "kicked" | "replaced";

export interface PresenceBatch {
  readonly join?: readonly (readonly [actor: number, user: User, presence: Props, activity: Activity])[];
  readonly update?: readonly (readonly [actor: number, patch: Props])[];
  readonly activity?: readonly (readonly [actor: number, activity: Activity])[];
  readonly leave?: readonly (readonly [actor: number, reason: LeaveReason])[];
}

export interface Advice {
  readonly retry?: boolean;
  readonly after?: readonly [minMs: number, maxMs: number];
  readonly token?: boolean;
}

export type CursorEntry = readonly [actor: number, x: number, y: number] | readonly [actor: number];
export type RejectionDetail = readonly [code: string, message: string, opIndex: number];

export type WelcomeMessage = readonly [kind: 0, welcome: Welcome];
export type CursorsMessage = readonly [kind: 1, serverMs: number, cursors: readonly CursorEntry[]];
export type PresenceMessage = readonly [kind: 2, batch: PresenceBatch];
export type OpsMessage = readonly [kind: 3, seq: number, actor: number, user: string, ops: readonly Op[], sum: Sum];
export type EventFromMessage = readonly [kind: 4, actor: number, name: string, payload: Value];
export type SnapshotMessage = readonly [kind: 5, seq: number, last: boolean, rows: readonly EntityRow[], sum?: Sum];
export type AckMessage = readonly [
  kind: 6,
  n: number,
  seq: number,
  outcome: number,
  detail: readonly Op[] | RejectionDetail | null,
  sum: Sum,
];
export type PongMessage = readonly [kind: 7, value: number, serverMs: number];
export type GoodbyeMessage = readonly [kind: 8, code: number, reason: string, advice: Advice];
export type ErrorMessage = readonly [kind: 9, code: string, message: string, about: number, kind: number];
export type PaceMessage = readonly [kind: 10, tickMs: number];

export type ServerMessage =
  | WelcomeMessage
  | CursorsMessage
  | PresenceMessage
  | OpsMessage
  | EventFromMessage
  | SnapshotMessage
  | AckMessage
  | PongMessage
  | GoodbyeMessage
  | ErrorMessage
  | PaceMessage;
