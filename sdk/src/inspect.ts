// SPDX-License-Identifier: Apache-2.0

import type { Canvas } from "./canvas.js";
import type { Status } from "./connection/status.js";
import type { Rates } from "./lib/meter.js";
import type { Limits, Role } from "./protocol/messages.js";
import type { CanvasTypes } from "./types.js";

/** What somebody who looks for a fault wants to see: plain data, for an overlay or a bug report. */
export interface Inspection {
  readonly canvas: string;
  readonly url: string;
  readonly client: string;
  readonly status: Status;
  /** Where the connection's machine stands, and how often it has begun anew. */
  readonly state: string;
  readonly attempts: number;
  readonly actor: number | undefined;
  readonly role: Role | undefined;
  readonly epoch: number | undefined;
  readonly seq: number | undefined;
  /** Own edits that are not confirmed, and those of them that are with the server. */
  readonly pending: number;
  readonly inFlight: number;
  readonly isSynced: boolean;
  /** Whether what is not confirmed is in storage. */
  readonly isKept: boolean;
  readonly concepts: number;
  readonly links: number;
  readonly people: number;
  readonly tickMs: number;
  readonly roundTripMs: number | undefined;
  /** Per second. */
  readonly rates: Rates;
  readonly limits: Limits;
}

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
