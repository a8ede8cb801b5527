// SPDX-License-Identifier: Apache-2.0

import type { Canvas } from "./canvas.js";
import type { Status } from "./connection/status.js";
import type { Rates } from "./lib/meter.js";
import type { Limits, Role } from "./protocol/messages.js";
import type { CanvasTypes } from "./types.js";

/** What somebody who looks for a fault wants to see: plain data, for an overlay or a bug report. */
export interface Inspection {
  /** The id. */
  readonly canvas: string;
  /** Where the latest attempt to connect went. */
  readonly url: string;
  /** Who the numbers of pushes belong to. */
  readonly client: string;
  /** As the application sees it. */
  readonly status: Status;
  /** Where the connection's machine stands. */
  readonly state: string;
  /** How often it has begun anew. */
  readonly attempts: number;
  /** The number of this session; undefined until the first welcome. */
  readonly actor: number | undefined;
  /** undefined until the first welcome. */
  readonly role: Role | undefined;
  /** The life of the log that the document stands in. */
  readonly epoch: number | undefined;
  /** The document's place in the log. */
  readonly seq: number | undefined;
  /** Own edits that are not confirmed. */
  readonly pending: number;
  /** Those of them that are with the server. */
  readonly inFlight: number;
  /** Live, up to date, and every own edit confirmed. */
  readonly isSynced: boolean;
  /** Whether what is not confirmed is in storage. */
  readonly isKept: boolean;
  /** How many nodes there are. */
  readonly concepts: number;
  /** How many links there are. */
  readonly links: number;
  /** How many sessions are here, this one included. */
  readonly people: number;
  /** The server's beat. */
  readonly tickMs: number;
  /** There and back, when it was last measured: ping() does. */
  readonly roundTripMs: number | undefined;
  /** Per second. */
  readonly rates: Rates;
  /** What the server announced, or the defaults until then. */
  readonly limits: Limits;
}

/** How a canvas is at this moment. */
export function inspect<T extends CanvasTypes>(canvas: Canvas<T>): Inspection {
  const { place, inFlightCount } = canvas.sync_;
  const { url, state, roundTripMs, meter } = canvas.connection_;
  return {
    canvas: canvas.id,
    url,
    client: canvas.clientId_,
    status: canvas.status,
    state: state.at === "live" ? `live, ${state.link}` : state.at,
    attempts: state.attempt,
    actor: canvas.me?.actor,
    role: canvas.role,
    epoch: place?.epoch,
    seq: place?.seq,
    pending: canvas.pendingCount,
    inFlight: inFlightCount,
    isSynced: canvas.isSynced,
    isKept: canvas.keeper_?.isDone ?? false,
    concepts: canvas.concepts.size,
    links: canvas.links.size,
    people: canvas.people.size,
    tickMs: canvas.tickMs,
    roundTripMs,
    rates: meter.rates,
    limits: canvas.limits_,
  };
}
