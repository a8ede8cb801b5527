// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { kDocumentEveryMs, keepOffline, kLookEveryMs } from "../../src/offline/keeper.js";
import { MemoryStorage } from "../../src/offline/memory_storage.js";
import { guardLeaving } from "../../src/guard_leaving.js";
import { inspect } from "../../src/inspect.js";
import { Browser } from "../support/browser.js";
import { World } from "../support/world.js";

let world: World;
let browser: Browser;

beforeEach(() => {
  world = new World();
  browser = new Browser(world);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const titles = (): unknown[] => [...world.server.room.document.values()].map(([, , props]) => props["title"]).sort();

/** What the log has of each title: exactly once is 1 everywhere. */
function timesInLog(): Record<string, number> {
  const times: Record<string, number> = {};
  for (const { effective } of world.server.room.log) {
    for (const op of effective) {
      // A create that came twice is a set the second time.
      const title = String((op[0] === 0 ? op[3] : (op[2] as { title?: string }))["title"]);
      times[title] = (times[title] ?? 0) + 1;
    }
  }
  return times;
}

async function offlinePage(...made: string[]) {
  world.server.refusesConnections();
  const page = browser.page("Ada");
  await world.advance(50);
  for (const title of made) page.canvas.create("concept", { title });
  await world.advance(50);
  return page;
}

describe("edits made offline", () => {
  it("survive a crash and are sent exactly once", async () => {
    const first = await offlinePage("A", "B");
    expect([first.canvas.hasUnsyncedChanges, first.canvas.isSafeToLeave, inspect(first.canvas).isKept]).toEqual([true, true, true]);
    first.crash();
    const second = browser.page("Ada");
    await world.advance(50);
    expect([...second.canvas.concepts.values()].map(({ props }) => props["title"])).toEqual(["A", "B"]);
    expect(second.heard.change[0]!.origin).toBe("stored");
    second.canvas.create("concept", { title: "C" });
    world.server.refusesConnections(false);
    await world.advance(20_000);
    expect(timesInLog()).toEqual({ A: 1, B: 1, C: 1 });
    expect([second.canvas.isSynced, second.canvas.hasUnsyncedChanges]).toEqual([true, false]);
    second.crash();
    const third = browser.page("Ada");
    await world.advance(100);
    expect(third.canvas.isSynced).toBe(true);
    expect(timesInLog()).toEqual({ A: 1, B: 1, C: 1 });
  });

  it("stay in order with what is made before the storage has answered", async () => {
    (await offlinePage("A")).crash();
    const second = browser.page("Ada");
    // Not a moment has passed: nothing is loaded yet.
    second.canvas.create("concept", { title: "B" });
    world.server.refusesConnections(false);
    await world.advance(20_000);
    expect(world.server.room.log.map(({ effective }) => (effective[0] as never)[3])).toEqual([{ title: "A" }, { title: "B" }]);
    expect(timesInLog()).toEqual({ A: 1, B: 1 });
  });

  it("C3 are sent exactly once wherever the page crashes", async () => {
    for (let crashAt = 0; crashAt < 40; ++crashAt) {
      world = new World();
      browser = new Browser(world);
      let page = browser.page("Ada");
      let made = 0;
      // One step of anything at a time, and a crash after so many.
      for (let step = 0; step < crashAt; ++step) {
        // Two at a time: the second waits for the beat, and is recorded before it is sent.
        if (step % 4 === 3) for (const _ of [1, 2]) page.canvas.create("concept", { title: `T${made++}` });
        else if (step % 2 === 0) world.server.carry();
        else vi.advanceTimersByTime(60);
        for (let i = 0; i < 5; ++i) await Promise.resolve();
      }
      // What is not at rest may be lost with the page, unless the server has it: but nothing twice.
      const isSafe = page.canvas.isSafeToLeave;
      if (crashAt % 3 === 0) page.crash();
      else page.crashUnheard();
      page = browser.page("Ada");
      await world.advance(200);
      page.canvas.create("concept", { title: "last" });
      await world.advance(1_000);
      expect(page.canvas.isSynced, `crash at ${crashAt}`).toBe(true);
      expect(Object.values(timesInLog()).every((times) => times === 1), `crash at ${crashAt}: ${JSON.stringify(timesInLog())}`).toBe(true);
      if (isSafe) expect(titles().length, `crash at ${crashAt}`).toBe(made + 1);
      page.crash();
    }
  });

  it("C3 are not taken for a push whose record the crash prevented, though the server has it", async () => {
    const page = browser.page("Ada", { clientId: "tab" });
    await world.advance(100);
    // The push gets to the server, but never into storage.
    vi.spyOn(browser.storage, "savePushes").mockReturnValueOnce(new Promise(() => {}));
    page.canvas.create("concept", { title: "unrecorded" });
    await world.advance(100);
    expect(titles()).toEqual(["unrecorded"]);
    page.crash();
    vi.restoreAllMocks();
    world.server.refusesConnections();
    const again = browser.page("Ada", { clientId: "tab" });
    await world.advance(50);
    again.canvas.create("concept", { title: "made offline" });
    await world.advance(50);
    again.crash();
    world.server.refusesConnections(false);
    const last = browser.page("Ada", { clientId: "tab" });
    await world.advance(100);
    expect(last.canvas.isSynced).toBe(true);
    expect(timesInLog()).toEqual({ "unrecorded": 1, "made offline": 1 });
  });

  it("C3 are not sent under a number that storage does not know", async () => {
    // What this client has pushed before is known only at welcome.
    world.server.refusesConnections();
    const page = browser.page("Ada", { clientId: "tab" });
    await world.advance(50);
    page.canvas.create("concept", { title: "A" });
    await world.advance(50);
    const save = vi.spyOn(browser.storage, "savePushes").mockReturnValue(new Promise(() => {}));
    world.server.refusesConnections(false);
    await world.advance(20_000);
    expect([page.canvas.status.name, save.mock.calls.length, titles()]).toEqual(["live", 1, []]);
    page.crash();
    vi.restoreAllMocks();
    const next = browser.page("Ada", { clientId: "tab" });
    await world.advance(100);
    expect([next.canvas.isSynced, timesInLog()]).toEqual([true, { A: 1 }]);
  });

  it("are another user's business in the same browser", async () => {
    (await offlinePage("Ada's")).crash();
    world.server.refusesConnections(false);
    const bo = browser.page("Bo", { user: "bo" });
    await world.advance(kLookEveryMs * 2);
    expect([bo.canvas.isSynced, bo.canvas.concepts.size, titles()]).toEqual([true, 0, []]);
    const ada = browser.page("Ada");
    await world.advance(100);
    expect([ada.canvas.isSynced, titles()]).toEqual([true, ["Ada's"]]);
  });

  it("are taken back with a reason when they are refused after a crash", async () => {
    const first = await offlinePage();
    first.canvas.create("link", { from: "no", to: "where" });
    await world.advance(50);
    first.crash();
    world.server.refusesConnections(false);
    const second = browser.page("Ada");
    await world.advance(100);
    expect(second.heard.rejected.map(({ code }) => code)).toEqual(["bad_reference"]);
    expect([second.canvas.links.size, second.canvas.isSynced]).toEqual([0, true]);
    expect(await browser.storage.clientsWaiting(JSON.stringify(["ada", "ws://weft.test/v1/canvases/try"]))).toEqual([]);
  });
});

describe("several pages of one browser", () => {
  it("each have a client of their own, and do not send each other's pushes", async () => {
    world.server.refusesConnections();
    const pages = [browser.page("Ada"), browser.page("Ada"), browser.page("Ada")];
    await world.advance(50);
    pages.forEach(({ canvas }, i) => canvas.create("concept", { title: `T${i}` }));
    await world.advance(50);
    world.server.refusesConnections(false);
    await world.advance(kLookEveryMs * 2);
    expect(timesInLog()).toEqual({ T0: 1, T1: 1, T2: 1 });
    expect(new Set(world.server.ofKind(0).map(([, { client }]) => client)).size).toBe(3);
    expect(pages.every(({ canvas }) => canvas.isSynced && canvas.concepts.size === 3)).toBe(true);
  });

  it("deliver what a dead one left, one of them and once", async () => {
    const dead = await offlinePage("A", "B");
    const live = [browser.page("Ada"), browser.page("Ada")];
    await world.advance(50);
    live[0]!.canvas.create("concept", { title: "C" });
    dead.crash();
    world.server.refusesConnections(false);
    await world.advance(20_000 + kLookEveryMs);
    expect(timesInLog()).toEqual({ A: 1, B: 1, C: 1 });
    for (const { canvas } of live) expect([canvas.concepts.size, canvas.isSynced]).toEqual([3, true]);
    // The session that delivered it has left again.
    expect(world.server.room.members.size).toBe(2);
    expect(live[0]!.canvas.others.all.length).toBe(1);
  });

  it("deliver what a dead one sent but never heard about, once", async () => {
    const [dead, live] = [browser.page("Ada"), browser.page("Ada")];
    await world.advance(100);
    dead.canvas.create("concept", { title: "A" });
    for (let i = 0; i < 20; ++i) await Promise.resolve();
    dead.canvas.create("concept", { title: "B" });
    for (let i = 0; i < 20; ++i) await Promise.resolve();
    dead.crashUnheard();
    expect(timesInLog()).toEqual({ A: 1 });
    await world.advance(kLookEveryMs * 2);
    expect(timesInLog()).toEqual({ A: 1, B: 1 });
    expect([live.canvas.isSynced, live.canvas.concepts.size]).toEqual([true, 2]);
  });

  it("tell when what a dead one left was refused", async () => {
    const dead = await offlinePage();
    dead.canvas.create("link", { from: "no", to: "where" });
    await world.advance(50);
    const live = browser.page("Ada");
    await world.advance(50);
    dead.crash();
    world.server.refusesConnections(false);
    await world.advance(20_000 + kLookEveryMs);
    expect(live.heard.rejected.map(({ code }) => code)).toEqual(["bad_reference"]);
  });

  it("that opens a canvas again right after closing it goes on where it was", async () => {
    const storage = new MemoryStorage();
    const offline = keepOffline({ user: "ada", storage });
    world.server.refusesConnections();
    const first = world.open("Ada", { clientId: undefined as never, offline });
    await world.advance(50);
    first.canvas.create("concept", { title: "A" });
    first.canvas.close();
    const second = first.client.open("try");
    await world.advance(50);
    expect(second.concepts.size).toBe(1);
    world.server.refusesConnections(false);
    await world.advance(2_000);
    expect([second.isSynced, timesInLog()]).toEqual([true, { A: 1 }]);
    expect(new Set(world.server.ofKind(0).map(([, { client }]) => client)).size).toBe(1);
    second.close();
  });

  it("let go of everything when they close", async () => {
    const page = browser.page("Ada");
    await world.advance(100);
    page.canvas.create("concept", { title: "A" });
    page.canvas.close();
    await world.advance(100);
    expect(browser.locks.names).toEqual([]);
    // Closed before anything was opened.
    browser.page("Ada").canvas.close();
    await world.advance(100);
    expect(browser.locks.names).toEqual([]);
  });
});

describe("the last document", () => {
  it("is shown without a network, and the next session gets only what it missed", async () => {
    world.server.room.pushFromElsewhere([[0, "a", "concept", { title: "A" }]]);
    const first = browser.page("Ada");
    await world.advance(kDocumentEveryMs + 100);
    world.server.room.pushFromElsewhere([[0, "b", "concept", { title: "B" }]]);
    await world.advance(kDocumentEveryMs + 100);
    first.crash();
    world.server.refusesConnections();
    const second = browser.page("Ada");
    await world.advance(50);
    expect([...second.canvas.concepts.keys()]).toEqual(["a", "b"]);
    world.server.room.pushFromElsewhere([[1, "a", { title: "A2" }], [2, "b"]]);
    world.server.refusesConnections(false);
    await world.advance(20_000);
    expect(world.server.ofKind(0).at(-1)![1].since!.slice(0, 2)).toEqual([1, 2]);
    expect(second.heard.change.map(({ origin }) => origin)).toEqual(["stored", "remote"]);
    expect(second.canvas.get("a")!.props).toEqual({ title: "A2" });
    second.crash();
    world.server.refusesConnections();
    const third = browser.page("Ada");
    await world.advance(50);
    expect([...third.canvas.concepts.values()].map(({ props }) => props)).toEqual([{ title: "A2" }]);
  });

  it("is written by one page at a time, and whole by the next", async () => {
    const saves = vi.spyOn(browser.storage, "saveDocument");
    const [first, second] = [browser.page("Ada"), browser.page("Ada")];
    await world.advance(kDocumentEveryMs * 3);
    world.server.room.pushFromElsewhere([[0, "a", "concept", {}]]);
    await world.advance(kDocumentEveryMs * 3);
    expect(saves.mock.calls.map(([, { isWhole }]) => isWhole)).toEqual([true, false]);
    first.crash();
    world.server.room.pushFromElsewhere([[0, "b", "concept", {}]]);
    await world.advance(kDocumentEveryMs * 3);
    second.crash();
    world.server.refusesConnections();
    const third = browser.page("Ada");
    await world.advance(50);
    expect([...third.canvas.concepts.keys()]).toEqual(["a", "b"]);
  });

  it("is written when the page is hidden", async () => {
    const page = browser.page("Ada");
    await world.advance(kDocumentEveryMs * 2);
    world.server.room.pushFromElsewhere([[0, "a", "concept", {}]]);
    await world.settle();
    page.page.hide();
    await world.settle();
    page.crash();
    world.server.refusesConnections();
    const next = browser.page("Ada");
    await world.advance(50);
    expect(next.canvas.concepts.has("a")).toBe(true);
  });
});

describe("a storage that fails", () => {
  it("is told, and everything goes on without it", async () => {
    const storage = new MemoryStorage();
    vi.spyOn(storage, "savePushes").mockRejectedValue(new Error("the disk is full"));
    browser = new Browser(world, storage);
    const { canvas, heard } = browser.page("Ada");
    await world.advance(100);
    canvas.create("concept", { title: "A" });
    await world.advance(1_000);
    expect(heard.error).toEqual([expect.objectContaining({ code: "storage", message: expect.stringContaining("the disk is full") })]);
    expect([canvas.isSynced, titles()]).toEqual([true, ["A"]]);
    world.server.refusesConnections();
    world.server.dropsAll();
    canvas.create("concept", { title: "B" });
    await world.advance(100);
    expect(canvas.isSafeToLeave).toBe(false);
  });

  it("from the start does not keep the canvas from opening", async () => {
    const storage = new MemoryStorage();
    vi.spyOn(storage, "clientsWaiting").mockRejectedValue(new Error("forbidden"));
    browser = new Browser(world, storage);
    const { canvas, heard } = browser.page("Ada");
    await world.advance(100);
    expect([canvas.status.name, heard.error.map(({ code }) => code)]).toEqual(["live", ["storage"]]);
  });
});

describe("guardLeaving", () => {
  it("asks only while something would be lost", async () => {
    const listeners = new Set<(event: { preventDefault(): void }) => void>();
    vi.stubGlobal("addEventListener", (_: string, listener: never) => listeners.add(listener));
    vi.stubGlobal("removeEventListener", (_: string, listener: never) => listeners.delete(listener));
    const isAsked = (): boolean => {
      const event = { preventDefault: vi.fn() };
      listeners.forEach((listener) => listener(event));
      return event.preventDefault.mock.calls.length > 0;
    };
    const { canvas } = await world.join("Ada");
    const stop = guardLeaving(canvas);
    expect([listeners.size, isAsked()]).toEqual([0, false]);
    canvas.create("concept", {});
    expect(isAsked()).toBe(true);
    await world.settle();
    expect([listeners.size, isAsked()]).toEqual([0, false]);
    canvas.create("concept", {});
    stop();
    expect(listeners.size).toBe(0);

    const kept = await offlinePage("A");
    guardLeaving(kept.canvas);
    expect([kept.canvas.hasUnsyncedChanges, isAsked()]).toEqual([true, false]);
  });
});
