// SPDX-License-Identifier: Apache-2.0

import type { KeptDocument, KeptPush, LogPlace, UnkeptDocument } from "../features/concepts/kept.js";
import type { EntityRow } from "../protocol/messages.js";
import { isSamePlace, mayReplace, type CanvasStorage } from "./storage.js";

const kVersion = 1;
const kStores = ["places", "entities", "pushes", "leases"] as const;
type StoreName = (typeof kStores)[number];

interface Lease {
  readonly holder: string;
  readonly untilMs: number;
}

/**
 * The browser's own database. Keys: places by canvas, entities by [canvas, id], pushes by [canvas, client, at],
 * leases by name. Each method is one transaction.
 */
export class IndexedDbStorage implements CanvasStorage {
  private db_: Promise<IDBDatabase> | undefined;

  constructor(
    private readonly name_: string,
    private readonly factory_: IDBFactory,
  ) {}

  async loadDocument(canvas: string): Promise<KeptDocument | undefined> {
    return this.run_("readonly", ["places", "entities"], async (stores) => {
      const place = await done<LogPlace | undefined>(stores.places.get(canvas));
      return place && { place, rows: await done<EntityRow[]>(stores.entities.getAll(within(canvas))) };
    });
  }

  async saveDocument(canvas: string, change: UnkeptDocument, since: LogPlace | undefined): Promise<boolean> {
    return this.run_("readwrite", ["places", "entities"], async ({ places, entities }) => {
      const place = await done<LogPlace | undefined>(places.get(canvas));
      if (change.isWhole ? !mayReplace(place, change.place) : !isSamePlace(place, since)) return false;
      if (change.isWhole) entities.delete(within(canvas));
      for (const row of change.rows) entities.put(row, [canvas, row[0]]);
      for (const id of change.gone) entities.delete([canvas, id]);
      places.put(change.place, canvas);
      return true;
    });
  }

  async loadPushes(canvas: string, client: string): Promise<readonly KeptPush[]> {
    return this.run_("readonly", ["pushes"], ({ pushes }) => done<KeptPush[]>(pushes.getAll(within(canvas, client))));
  }

  async savePushes(canvas: string, client: string, put: readonly KeptPush[], forgotten: readonly number[]): Promise<void> {
    return this.run_("readwrite", ["pushes"], async ({ pushes }) => {
      for (const push of put) pushes.put(push, [canvas, client, push.at]);
      for (const at of forgotten) pushes.delete([canvas, client, at]);
    });
  }

  async clientsWaiting(canvas: string): Promise<readonly string[]> {
    const keys = await this.run_("readonly", ["pushes"], ({ pushes }) => done(pushes.getAllKeys(within(canvas))));
    return [...new Set((keys as [string, string, number][]).map(([, client]) => client))];
  }

  async lease(name: string, holder: string, untilMs: number, nowMs: number): Promise<boolean> {
    return this.run_("readwrite", ["leases"], async ({ leases }) => {
      const lease = await done<Lease | undefined>(leases.get(name));
      if (lease !== undefined && lease.holder !== holder && lease.untilMs > nowMs) return false;
      leases.put({ holder, untilMs } satisfies Lease, name);
      return true;
    });
  }

  async endLease(name: string, holder: string): Promise<void> {
    return this.run_("readwrite", ["leases"], async ({ leases }) => {
      const lease = await done<Lease | undefined>(leases.get(name));
      if (lease?.holder === holder) leases.delete(name);
    });
  }

  async forget(canvas: string): Promise<void> {
    return this.run_("readwrite", ["places", "entities", "pushes"], async ({ places, entities, pushes }) => {
      places.delete(canvas);
      entities.delete(within(canvas));
      pushes.delete(within(canvas));
    });
  }

  /** Resolves when the transaction is at rest, with what `work` made; fails when it did not come to be. */
  private async run_<Result>(
    mode: IDBTransactionMode,
    names: readonly StoreName[],
    work: (stores: { [Name in StoreName]: IDBObjectStore }) => Promise<Result>,
  ): Promise<Result> {
    const db = await this.open_();
    // strict: what is reported as kept has left the browser's memory, where the browser knows the option.
    const transaction = db.transaction([...names], mode, { durability: "strict" });
    const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])) as { [Name in StoreName]: IDBObjectStore };
    const finished = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("the storage gave up a transaction"));
    });
    const [result] = await Promise.all([work(stores), finished]);
    return result;
  }

  /** One connection at a time. After it is gone, or could not be had, the next call opens another. */
  private open_(): Promise<IDBDatabase> {
    if (this.db_ !== undefined) return this.db_;
    const opening = this.connect_(() => {
      if (this.db_ === opening) this.db_ = undefined;
    });
    return (this.db_ = opening);
  }

  private connect_(gone: () => void): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const request = this.factory_.open(this.name_, kVersion);
      let hasFailed = false;
      const fail = (error: unknown): void => {
        hasFailed = true;
        gone();
        reject(error);
      };
      request.onupgradeneeded = () => kStores.forEach((name) => request.result.createObjectStore(name));
      request.onsuccess = () => {
        const db = request.result;
        // It was blocked for a while, and nobody waits for it any more.
        if (hasFailed) return db.close();
        // Another page wants a newer version, or wants it gone.
        db.onversionchange = () => {
          db.close();
          gone();
        };
        db.onclose = gone;
        resolve(db);
      };
      request.onerror = () => fail(request.error);
      request.onblocked = () => fail(new Error("another page keeps an older form of the storage open"));
    });
  }
}

/** Keeps canvases in the browser's IndexedDB. */
export function indexedDbStorage(name = "weft"): CanvasStorage {
  return new IndexedDbStorage(name, indexedDB);
}

function done<Result>(request: IDBRequest): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as Result);
    request.onerror = () => reject(request.error);
  });
}

/** Every key that begins with these. An array sorts after all strings and numbers. */
function within(...start: string[]): IDBKeyRange {
  return IDBKeyRange.bound(start, [...start, []]);
}
