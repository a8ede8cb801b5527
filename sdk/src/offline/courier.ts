// SPDX-License-Identifier: Apache-2.0

import { Connection, type ConnectionOptions } from "../connection/connection.js";
import { resendDelayMs } from "../features/concepts/resend.js";
import { ConceptSync, type Rejected } from "../features/concepts/concept_sync.js";
import type { KeptPush, LogPlace } from "../features/concepts/kept.js";
import { packFrames } from "../protocol/pack.js";
import { kDefaultLimits, withAnnounced } from "../protocol/limits.js";
import { ClientKind, ServerKind, type ClientMessage, type Limits, type ServerMessage } from "../protocol/messages.js";
import { PushWriter } from "./push_writer.js";
import type { CanvasStorage } from "./storage.js";

export interface Errand {
  readonly canvas: string;
  /** Whose pushes they are. */
  readonly client: string;
  readonly pushes: readonly KeptPush[];
  /** Where this page's copy of the document stands, so that the session need not get all of it. */
  readonly place: LogPlace | undefined;
  readonly hello: { readonly sdk: string; readonly name?: string };
}

/**
 * Brings a dead page's pushes to the server, in a session of that page's client, since only that one knows which of
 * them have arrived. Ends when all are answered, or the session is refused.
 */
export class Courier {
  private readonly sync_: ConceptSync;
  private readonly connection_: Connection;
  private readonly writer_: PushWriter;
  private limits_: Limits = kDefaultLimits;
  private resend_: ReturnType<typeof setTimeout> | undefined;
  private isOver_ = false;

  constructor(
    options: ConnectionOptions,
    storage: CanvasStorage,
    errand: Errand,
    rejected: (rejected: Rejected) => void,
    private readonly ended_: (isDelivered: boolean) => void,
  ) {
    this.sync_ = new ConceptSync({
      changed: () => {},
      rejected,
      outgoing: () => this.flush_(),
      heldBack: (refusals) => {
        clearTimeout(this.resend_);
        this.resend_ = setTimeout(() => this.sync_.release(), resendDelayMs(refusals, options.random));
      },
      lostTrack: (reason) => this.connection_.restart(reason),
      toKeep: () => this.writer_.wake(),
    });
    this.writer_ = new PushWriter(storage, errand.canvas, errand.client, this.sync_, () => this.end());
    this.connection_ = new Connection(options, {
      hello: () => ({ ...errand.hello, client: errand.client, ...(this.sync_.since && { since: this.sync_.since }) }),
      received: (message) => this.received_(message),
      stateChanged: ({ at }) => {
        if (at !== "live") this.sync_.disconnected();
        if (at === "refused") this.end();
      },
      ended: () => {},
      visibilityChanged: () => {},
      renewed: () => {},
      mayLeave: () => false,
    });
    const { place, pushes } = errand;
    this.sync_.restore({ document: place && { place, rows: [] }, pushes, consumed: undefined });
    this.connection_.start();
  }

  end(): void {
    if (this.isOver_) return;
    this.isOver_ = true;
    clearTimeout(this.resend_);
    this.connection_.close();
    this.ended_(this.sync_.pendingCount === 0);
  }

  private flush_(): void {
    if (this.isOver_ || this.connection_.state.at !== "live") return;
    const messages = this.sync_.takeUnsent().map(([n, ops]): ClientMessage => [ClientKind.push, n, ops]);
    for (const frame of packFrames(messages, this.limits_.frame_bytes_max)) this.connection_.send(frame);
  }

  private received_(message: ServerMessage): void {
    switch (message[0]) {
      case ServerKind.welcome:
        this.limits_ = withAnnounced(message[1].limits);
        this.sync_.welcome(message[1], this.limits_);
        break;
      case ServerKind.ops:
        this.sync_.ops(message);
        break;
      case ServerKind.snapshot:
        this.sync_.snapshot(message);
        break;
      case ServerKind.ack:
        this.sync_.ack(message);
        break;
      case ServerKind.error:
        this.sync_.error(message);
        break;
      default:
        break;
    }
    if (this.sync_.pendingCount === 0) this.finish_();
  }

  /** What is answered must be out of storage before somebody else looks there. */
  private finish_(): void {
    this.connection_.close();
    const wait = (): void => {
      if (this.writer_.isDone || this.isOver_) this.end();
      else setTimeout(wait, kWaitMs);
    };
    wait();
  }
}

const kWaitMs = 5;
