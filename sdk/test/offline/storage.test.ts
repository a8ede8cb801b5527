// SPDX-License-Identifier: Apache-2.0

import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { beforeEach, describe, expect, it, vi } from "vitest";

import type { KeptPush, LogPlace } from "../../src/features/concepts/kept.js";
import { IndexedDbStorage } from "../../src/offline/indexed_db_storage.js";
import { LeaseLocks, WebLocks, kLeaseMs } from "../../src/offline/locks.js";
import { MemoryStorage } from "../../src/offline/memory_storage.js";
import type { CanvasStorage } from "../../src/offline/storage.js";
import type { EntityRow } from "../../src/protocol/messages.js";

vi.stubGlobal("IDBKeyRange", IDBKeyRange);

const place = (seq: number, epoch = 7): LogPlace => ({ epoch, seq, sum: new Uint8Array(8).fill(seq) });
const row = (id: string, x = 0): EntityRow => [id, "concept", { x, bytes: new Uint8Array([1, 2]) }];
const push = (at: number, n: number | undefined = at): KeptPush => ({ at, n, ops: [[1, "a", { x: at }]] });
const whole = (seq: number, ...rows: EntityRow[]) => ({ place: place(seq), isWhole: true, rows, gone: [] });

/** What every form promises. */
describe.each<[string, () => CanvasStorage]>([
  ["MemoryStorage", () => new MemoryStorage()],
  ["IndexedDbStorage", () => new IndexedDbStorage("weft", new IDBFactory())],
])("%s", (_, make) => {
  let storage: CanvasStorage;
  beforeEach(() => {
    storage = make();
  });

  it("has nothing at first", async () => {
    expect(await storage.loadDocument("c")).toBeUndefined();
    expect(await storage.loadPushes("c", "one")).toEqual([]);
    expect(await storage.clientsWaiting("c")).toEqual([]);
  });

  it("gives a document back as it was, with what changed since", async () => {
    expect(await storage.saveDocument("c", whole(1, row("a"), row("b")), undefined)).toBe(true);
    expect(await storage.loadDocument("c")).toEqual({ place: place(1), rows: [row("a"), row("b")] });
    expect(await storage.saveDocument("c", { place: place(3), isWhole: false, rows: [row("a", 5), row("c")], gone: ["b"] }, place(1))).toBe(true);
    expect(await storage.loadDocument("c")).toEqual({ place: place(3), rows: [row("a", 5), row("c")] });
  });

  it("refuses a change to another document than the one it has, and leaves that as it is", async () => {
    await storage.saveDocument("c", whole(4, row("a")), undefined);
    const change = { place: place(6), isWhole: false, rows: [row("b")], gone: ["a"] };
    for (const since of [undefined, place(3), place(4, 8)]) expect(await storage.saveDocument("c", change, since)).toBe(false);
    expect(await storage.loadDocument("c")).toEqual({ place: place(4), rows: [row("a")] });
  });

  it("takes a whole document that is further on, or of another epoch, and no older one", async () => {
    await storage.saveDocument("c", whole(4, row("a")), undefined);
    expect(await storage.saveDocument("c", whole(3, row("b")), undefined)).toBe(false);
    expect(await storage.saveDocument("c", whole(5, row("b")), undefined)).toBe(true);
    expect(await storage.saveDocument("c", { ...whole(1, row("z")), place: place(1, 8) }, undefined)).toBe(true);
    expect((await storage.loadDocument("c"))!.rows).toEqual([row("z")]);
  });

  it("keeps the pushes of each client in order, and forgets those that are answered", async () => {
    await storage.savePushes("c", "one", [push(2), push(10), push(1)], []);
    await storage.savePushes("c", "two", [push(1, undefined)], []);
    await storage.savePushes("other", "one", [push(7)], []);
    expect(await storage.loadPushes("c", "one")).toEqual([push(1), push(2), push(10)]);
    expect(await storage.loadPushes("c", "two")).toEqual([push(1, undefined)]);
    expect([...(await storage.clientsWaiting("c"))].sort()).toEqual(["one", "two"]);
    await storage.savePushes("c", "one", [push(2, 9)], [1, 10]);
    expect(await storage.loadPushes("c", "one")).toEqual([push(2, 9)]);
    await storage.savePushes("c", "one", [], [2]);
    expect(await storage.clientsWaiting("c")).toEqual(["two"]);
  });

  it("keeps canvases apart whose names begin alike, and forgets one alone", async () => {
    for (const canvas of ["c", "ca", '["c"]']) {
      await storage.saveDocument(canvas, whole(1, row(canvas)), undefined);
      await storage.savePushes(canvas, "one", [push(1)], []);
    }
    await storage.forget("c");
    expect(await storage.loadDocument("c")).toBeUndefined();
    expect(await storage.clientsWaiting("c")).toEqual([]);
    expect((await storage.loadDocument("ca"))!.rows).toEqual([row("ca")]);
    expect(await storage.clientsWaiting('["c"]')).toEqual(["one"]);
  });

  it("leases a name to one at a time, until the time is over or it is given back", async () => {
    expect(await storage.lease("l", "a", 100, 0)).toBe(true);
    expect(await storage.lease("l", "b", 150, 50)).toBe(false);
    expect(await storage.lease("l", "a", 160, 60)).toBe(true);
    await storage.endLease("l", "b");
    expect(await storage.lease("l", "b", 200, 159)).toBe(false);
    expect(await storage.lease("l", "b", 260, 160)).toBe(true);
    await storage.endLease("l", "b");
    expect(await storage.lease("l", "a", 300, 161)).toBe(true);
  });
});

describe("IndexedDbStorage", () => {
  /** What takes the storage away, or fails. */
  const finished = (request: IDBOpenDBRequest): Promise<string> =>
    new Promise((resolve) => {
      for (const name of ["success", "error", "blocked"]) request.addEventListener(name, () => resolve(name));
    });

  it("opens anew after another page had it deleted", async () => {
    const factory = new IDBFactory();
    const storage = new IndexedDbStorage("weft", factory);
    await storage.savePushes("c", "one", [push(1)], []);
    expect(await finished(factory.deleteDatabase("weft"))).toBe("success");
    await storage.savePushes("c", "one", [push(2)], []);
    expect(await storage.loadPushes("c", "one")).toEqual([push(2)]);
  });

  it("tries again after it could not be opened", async () => {
    const factory = new IDBFactory();
    const newer = factory.open("weft", 2);
    await finished(newer);
    const storage = new IndexedDbStorage("weft", factory);
    await expect(storage.loadPushes("c", "one")).rejects.toThrow(/version/);
    newer.result.close();
    expect(await finished(factory.deleteDatabase("weft"))).toBe("success");
    await storage.savePushes("c", "one", [push(1)], []);
    expect(await storage.loadPushes("c", "one")).toEqual([push(1)]);
  });

  it("tries again after it was blocked, and keeps no connection that came too late", async () => {
    const factory = new IDBFactory();
    let late: IDBOpenDBRequest | undefined;
    const busy = {
      open: (name: string, version: number) => {
        const request = factory.open(name, version);
        late ??= request;
        if (late === request) queueMicrotask(() => request.onblocked?.(new Event("blocked") as IDBVersionChangeEvent));
        return request;
      },
    };
    const storage = new IndexedDbStorage("weft", busy as IDBFactory);
    await expect(storage.loadPushes("c", "one")).rejects.toThrow("another page");
    await storage.savePushes("c", "one", [push(1)], []);
    expect(await storage.loadPushes("c", "one")).toEqual([push(1)]);
    expect(() => late!.result.transaction("pushes")).toThrow(/not allowed/);
  });
});

describe("LeaseLocks", () => {
  it("hold a name for one, prolong it, and say when it was lost", async () => {
    vi.useFakeTimers();
    const storage = new MemoryStorage();
    const [one, other] = [new LeaseLocks(storage), new LeaseLocks(storage)];
    const lost = vi.fn();
    const held = (await one.tryHold("name", lost))!;
    expect(await one.tryHold("name", () => {})).toBeUndefined();
    await vi.advanceTimersByTimeAsync(kLeaseMs * 2);
    expect(await other.tryHold("name", () => {})).toBeUndefined();
    held.release();
    const otherHeld = (await other.tryHold("name", () => {}))!;
    otherHeld.release();

    await one.tryHold("name", lost);
    expect(lost).not.toHaveBeenCalled();
    // Frozen for so long that its time was over.
    vi.setSystemTime(Date.now() + kLeaseMs + 1);
    expect(await other.tryHold("name", () => {})).toBeDefined();
    await vi.advanceTimersByTimeAsync(40_000);
    expect(lost).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });
});

describe("WebLocks", () => {
  it("hold a name until it is released", async () => {
    const holders = new Set<string>();
    const manager = {
      request: async (name: string, options: { ifAvailable: boolean }, work: (lock: object | null) => unknown) => {
        expect(options).toEqual({ ifAvailable: true });
        if (holders.has(name)) return work(null);
        holders.add(name);
        await work({});
        holders.delete(name);
      },
    };
    const locks = new WebLocks(manager as never);
    const held = (await locks.tryHold("name"))!;
    expect(await locks.tryHold("name")).toBeUndefined();
    held.release();
    await vi.waitFor(async () => expect(await locks.tryHold("name")).toBeDefined());
  });
});
