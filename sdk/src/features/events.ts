// SPDX-License-Identifier: Apache-2.0

import { Emitter, type Unsubscribe } from "../lib/emitter.js";
import type { Value } from "../protocol/messages.js";

/** Names and payloads of an application's own events: `{ wave: { hand: "left" } }`. */
export type EventMap = { readonly [name: string]: Value };

/** An event that somebody sent to everyone here. Nothing keeps it: who is not here does not get it. */
export interface RoomEvent<Payload = Value> {
  /** At most 64 bytes. */
  readonly name: string;
  /** What the sender gave along. */
  readonly payload: Payload;
  /** Who sent it. */
  readonly actor: number;
}

/** Typed listening by name: `canvas.events.on("wave", ({ payload }) => …)`. */
export class RoomEvents<Events = EventMap> {
  private readonly emitter_ = new Emitter<{ [Name in keyof Events]: RoomEvent<Events[Name]> }>();

  /** Listens until the function that it returns is called. */
  on<Name extends keyof Events & string>(name: Name, listener: (event: RoomEvent<Events[Name]>) => void): Unsubscribe {
    return this.emitter_.on(name, listener);
  }

  /** For the canvas. */
  deliver(event: RoomEvent): void {
    this.emitter_.emit(event.name as keyof Events, event as RoomEvent<never>);
  }

  /** Nobody listens any more. */
  clear(): void {
    this.emitter_.clear();
  }
}
