// SPDX-License-Identifier: Apache-2.0

import type { ClientId } from "../connection/client_id.js";
import type { ConnectionOptions } from "../connection/connection.js";
import type { ConceptSync, Rejected } from "../features/concepts/concept_sync.js";
import type { LogPlace } from "../features/concepts/kept.js";
import { WeftError } from "../protocol/errors.js";
import { Courier } from "./courier.js";
import { indexedDbStorage } from "./indexed_db_storage.js";
import { locksFor, type Held, type Locks } from "./locks.js";
import { PushWriter } from "./push_writer.js";
import type { CanvasStorage } from "./storage.js";

/** The document is written this long after a change, with all that changed meanwhile. */
export const kDocumentEveryMs = 1_000;
/** A live page looks this often for pushes that a dead one left behind. */
export const kLookEveryMs = 15_000;

/** A storage that does not answer is not waited for any longer. */
const kLeaveMs = 5_000;

/** Whose edits are kept, and where. */
export interface OfflineOptions {
  /**
   * Who works here: what one user left behind is neither shown to nor sent by another. Any stable id of the
   * application; a constant where there is only one.
   */
  readonly user: string;
  /** IndexedDB by default. */
  readonly storage?: CanvasStorage;
  /** For tests. */
  readonly locks?: Locks;
}

/** What keepOffline() makes, for createClient. */
export interface Offline {
  /** As it was given to keepOffline(). */
  readonly user: string;
  /** @internal */
  open_(host: KeeperHost): CanvasKeeper;
}

/** The canvas, as its keeper sees it. */
export interface KeeperHost {
  readonly canvasId: string;
  readonly options: ConnectionOptions;
  readonly clientId: ClientId;
  readonly hello: { readonly sdk: string; readonly name?: string };
  readonly sync: ConceptSync;
  /** The canvas goes on under this client id. */
  use(client: string): void;
  /** The same while it is connected: pushes so far belong to the old id, and are not this page's any more. */
  change(client: string): void;
  rejected(rejected: Rejected): void;
  failed(error: WeftError): void;
}

export interface CanvasKeeper {
  /** Settled when what was kept is shown and the client id is known; never fails. */
  readonly ready: Promise<void>;
  /** There is something new to keep. */
  wake(): void;
  /** The canvas is live and synced: time to look after what dead pages left. */
  live(isLive: boolean): void;
  readonly isDone: boolean;
  /** Writes what waits, lets go of everything. */
  close(): void;
}

/**
 * Keeps the last document and the unanswered pushes of a client's canvases, so that they survive reload and crash:
 *
 *     createClient({ url, offline: keepOffline({ user: "ada" }) })
 */
export function keepOffline(options: OfflineOptions): Offline {
  const storage = options.storage ?? indexedDbStorage();
  const locks = options.locks ?? locksFor(storage);
  return { user: options.user, open_: (host) => new Keeper(options.user, storage, locks, host) };
}

/** Canvases of this page that are being closed: whoever opens one again waits, and so finds its pushes. */
const leaving = new WeakMap<CanvasStorage, Map<string, Promise<void>>>();

class Keeper implements CanvasKeeper {
  readonly ready: Promise<void>;
  private readonly canvas_: string;
  private writer_: PushWriter | undefined;
  private isClosed_ = false;
  private isFailed_ = false;

  private own_: Held | undefined;
  private courier_: Courier | undefined;
  private look_: ReturnType<typeof setInterval> | undefined;
  private isLooking_ = false;
  /** Clients whose pushes could not be delivered: not tried again by this page. */
  private readonly undeliverable_ = new Set<string>();

  private documentTimer_: ReturnType<typeof setTimeout> | undefined;
  private documentLock_: Held | undefined;
  private savedAt_: LogPlace | undefined;
  private saving_: Promise<void> | undefined;
  private readonly unlisten_: () => void;

  constructor(
    user: string,
    private readonly storage_: CanvasStorage,
    private readonly locks_: Locks,
    private readonly host_: KeeperHost,
  ) {
    this.canvas_ = JSON.stringify([user, host_.options.urls[0]]);
    // A page that is hidden may be gone any time.
    this.unlisten_ = host_.options.page.listen({ online: () => {}, visible: () => {}, hidden: () => void this.saveDocument_() });
    this.ready = this.open_().catch((error: unknown) => this.fail_(error));
  }

  get isDone(): boolean {
    return this.writer_?.isDone ?? false;
  }

  wake(): void {
    if (this.isFailed_) return;
    this.writer_?.wake();
    this.documentTimer_ ??= setTimeout(() => void this.saveDocument_(), kDocumentEveryMs);
  }

  live(isLive: boolean): void {
    clearInterval(this.look_);
    if (!isLive || this.isFailed_ || this.isClosed_) return;
    this.look_ = setInterval(() => void this.lookForOrphans_(), kLookEveryMs);
    void this.lookForOrphans_();
  }

  close(): void {
    if (this.isClosed_) return;
    this.isClosed_ = true;
    this.live(false);
    this.unlisten_();
    this.courier_?.end();
    const leave = async (): Promise<void> => {
      await this.ready;
      await this.saveDocument_();
      const untilMs = Date.now() + kLeaveMs;
      while (this.writer_?.isDone === false && !this.isFailed_ && Date.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 5));
      this.own_?.release();
      this.documentLock_?.release();
    };
    const left = leaving.get(this.storage_) ?? new Map<string, Promise<void>>();
    leaving.set(this.storage_, left);
    const gone = Promise.all([left.get(this.canvas_), leave()]).then(() => {
      if (left.get(this.canvas_) === gone) left.delete(this.canvas_);
    });
    left.set(this.canvas_, gone);
  }

  // Opening.

  private async open_(): Promise<void> {
    await leaving.get(this.storage_)?.get(this.canvas_);
    const { client, held, isFresh } = await this.claim_();
    this.own_ = held;
    const [document, pushes] = await Promise.all([this.storage_.loadDocument(this.canvas_), this.storage_.loadPushes(this.canvas_, client)]);
    if (this.isClosed_) return;
    this.host_.use(client);
    // Nobody else has ever used a fresh id, so nothing of it is in the log.
    this.writer_ = new PushWriter(this.storage_, this.canvas_, client, this.host_.sync, (error) => this.fail_(error));
    this.savedAt_ = document?.place;
    this.host_.sync.restore({ document, pushes, consumed: isFresh && pushes.length === 0 ? 0 : undefined });
  }

  /**
   * The client that this page will be: the tab's own from before a reload, or one that a dead page left with pushes,
   * or a new one. Never one that another page is.
   */
  private async claim_(): Promise<{ client: string; held: Held; isFresh: boolean }> {
    const { clientId } = this.host_;
    const waiting = await this.storage_.clientsWaiting(this.canvas_);
    const tries: [client: string, isFresh: boolean][] = [[clientId.id, !clientId.isInherited && !clientId.isGiven]];
    if (!clientId.isGiven && !waiting.includes(clientId.id)) tries.unshift(...waiting.map((client) => [client, false] as [string, boolean]));
    for (const [client, isFresh] of tries) {
      const held = await this.hold_(client);
      if (held !== undefined) return { client, held, isFresh };
    }
    if (clientId.isGiven) throw new Error(`the client id ${clientId.id} is in use in another page, so nothing is kept for it`);
    const client = clientId.renew();
    const held = await this.hold_(client);
    if (held === undefined) throw new Error("no client id could be had");
    return { client, held, isFresh: true };
  }

  private hold_(client: string, lost = () => this.lost_()): Promise<Held | undefined> {
    return this.locks_.tryHold(`weft ${this.canvas_} ${client}`, lost);
  }

  /** Another page holds this client now, because this one seemed dead. It delivers what was kept. */
  private lost_(): void {
    if (this.isClosed_ || this.isFailed_) return;
    this.isFailed_ = true;
    this.writer_?.stop();
    this.host_.change(this.host_.clientId.renew());
    this.host_.failed(new WeftError("storage", "another page has taken over what this one had kept; edits are not kept any more"));
  }

  private fail_(error: unknown): void {
    if (this.isFailed_) return;
    this.isFailed_ = true;
    this.writer_?.stop();
    this.live(false);
    this.host_.sync.stopKeeping();
    const why = error instanceof Error ? error.message : String(error);
    this.host_.failed(new WeftError("storage", `edits are not kept: ${why}`));
  }

  // The document.

  private saveDocument_(): Promise<void> {
    clearTimeout(this.documentTimer_);
    this.documentTimer_ = undefined;
    this.saving_ = (this.saving_ ?? Promise.resolve()).then(() => this.save_()).catch((error: unknown) => this.fail_(error));
    return this.saving_;
  }

  private async save_(): Promise<void> {
    if (this.isFailed_ || this.writer_ === undefined) return;
    // Of several pages one writes the document.
    this.documentLock_ ??= await this.locks_.tryHold(`weft document ${this.canvas_}`, () => (this.documentLock_ = undefined));
    if (this.documentLock_ === undefined) return;
    const { sync } = this.host_;
    const change = sync.takeUnkeptDocument();
    if (change === undefined || (!change.isWhole && change.place.seq === this.savedAt_?.seq)) return;
    const isSaved = await this.storage_.saveDocument(this.canvas_, change, this.savedAt_);
    if (isSaved) this.savedAt_ = change.place;
    else if (!change.isWhole) {
      // Somebody else wrote meanwhile: next time all of it.
      sync.keepWholeDocument();
      this.wake();
    }
  }

  // What dead pages left.

  private async lookForOrphans_(): Promise<void> {
    if (this.isLooking_ || this.courier_ !== undefined || this.isFailed_) return;
    this.isLooking_ = true;
    try {
      for (const client of await this.storage_.clientsWaiting(this.canvas_)) {
        if (this.undeliverable_.has(client) || this.isClosed_ || this.courier_ !== undefined) continue;
        const held = await this.hold_(client, () => this.courier_?.end());
        if (held !== undefined) await this.sendCourier_(client, held);
      }
    } catch (error) {
      this.fail_(error);
    } finally {
      this.isLooking_ = false;
    }
  }

  private async sendCourier_(client: string, held: Held): Promise<void> {
    // Read under the lock: whoever held it before may have delivered some.
    const pushes = await this.storage_.loadPushes(this.canvas_, client);
    if (pushes.length === 0 || this.isClosed_) return held.release();
    const { options, hello, sync } = this.host_;
    const errand = { canvas: this.canvas_, client, pushes, place: sync.place, hello };
    this.courier_ = new Courier(options, this.storage_, errand, (rejected) => this.host_.rejected(rejected), (isDelivered) => {
      this.courier_ = undefined;
      if (!isDelivered) this.undeliverable_.add(client);
      held.release();
      void this.lookForOrphans_();
    });
  }
}
