// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { kBackoffBaseMs } from "../src/lib/backoff.js";
import { inspect } from "../src/inspect.js";
import { CloseCode } from "../src/protocol/codes.js";
import { World } from "./support/world.js";

let world: World;

beforeEach(() => {
  world = new World();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("joining", () => {
  it("P1 P2 goes to the canvas's path and offers the binary subprotocol", async () => {
    const { socket } = await world.join();
    expect(socket.url).toBe("ws://weft.test/v1/canvases/try");
    expect(socket.protocols).toEqual(["weft.v1"]);
  });

  it("C1 says hello first, with token, name, presence and a stable client id", async () => {
    const { canvas } = await world.join("Ada", { token: async () => "secret", canvas: { presence: { tool: "pen" } } });
    expect(world.server.seen[0]).toEqual([0, { client: "client-1", name: "Ada", token: "secret", sdk: "weft-js/0.1.0", presence: { tool: "pen" } }]);
    expect(canvas.status).toEqual({ name: "live" });
    expect(canvas.isSynced).toBe(true);
  });

  it("goes from connecting to live, and tells both", async () => {
    const { heard, canvas } = world.open();
    expect(canvas.status).toEqual({ name: "connecting" });
    await world.settle();
    expect(heard.status).toEqual([{ name: "live" }]);
  });

  it("S7 tells live once the welcome is known: role, oneself, and which number the next push gets", async () => {
    world.server.room.highest.set("client-1", 7);
    const { canvas } = world.open();
    const known: unknown[] = [];
    canvas.on("status", () => {
      known.push(canvas.role, canvas.me?.user.name);
      canvas.create("concept", {}, "a");
    });
    await world.settle();
    expect(known).toEqual(["edit", "Ada"]);
    expect(world.server.ofKind(3).map(([, n]) => n)).toEqual([8]);
    expect([...world.server.room.document.keys()]).toEqual(["a"]);
    expect(canvas.isSynced).toBe(true);
  });

  it("S1 knows who and what is there", async () => {
    world.server.room.pushFromElsewhere([
      [0, "a", "concept", { title: "A" }],
      [0, "b", "concept", {}],
      [0, "ab", "link", { from: "a", to: "b" }],
    ]);
    const ada = await world.join("Ada");
    const bo = await world.join("Bo");
    expect([...bo.canvas.concepts.keys()]).toEqual(["a", "b"]);
    expect([...bo.canvas.links.keys()]).toEqual(["ab"]);
    expect([...bo.canvas.people.values()].map(({ user, isMe }) => [user.name, isMe])).toEqual([
      ["Bo", true],
      ["Ada", false],
    ]);
    expect(ada.heard.people.at(-1)!.joined.map(({ user }) => user.name)).toEqual(["Bo"]);
  });

  it("refuses an impossible canvas id, a second opening, and a place without WebSocket", async () => {
    const { client } = await world.join();
    expect(() => client.open("a/b")).toThrow("cannot be the id");
    expect(() => client.open("try")).toThrow("open already");
    client.destroy();
    expect(() => client.open("try")).not.toThrow();
  });

  it("waits for connect() when it is told to, and is not open until then", async () => {
    const { client, canvas } = world.open("Ada", { canvas: { isConnected: false } });
    const other = client.open("try", { isConnected: false });
    await world.advance(100);
    expect([canvas.status.name, world.server.sockets.length]).toEqual(["connecting", 0]);
    canvas.connect();
    canvas.connect();
    await world.settle();
    expect([canvas.status.name, world.server.sockets.length]).toEqual(["live", 1]);
    expect(() => other.connect()).toThrow("open already");
    // Somebody who was never open does not make room by closing.
    other.close();
    expect(() => client.open("try")).toThrow("open already");
    vi.stubGlobal("WebSocket", undefined);
    expect(() => world.open("Bo", { WebSocket: undefined })).toThrow("no WebSocket");
    expect(() => world.open("Bo", { WebSocket: undefined, canvas: { isConnected: false } })).not.toThrow();
    vi.unstubAllGlobals();
  });

  it("C9 gives up a kept client id once when it belongs to who was logged in before", async () => {
    const storage = new Map([["weft.client", "kept"]]);
    vi.stubGlobal("window", {
      sessionStorage: {
        getItem: (key: string) => storage.get(key) ?? null,
        setItem: (key: string, value: string) => storage.set(key, value),
        removeItem: (key: string) => storage.delete(key),
      },
      addEventListener: (name: string, listener: () => void) => name === "pagehide" && leaves.push(listener),
    });
    const leaves: (() => void)[] = [];
    world.server.onHello = ({ client }) => (client === "kept" ? { code: CloseCode.not_allowed, reason: "another user's" } : undefined);
    const { canvas, heard } = await world.join("Ada", { clientId: undefined as never });
    expect(canvas.status.name).toBe("live");
    expect(heard.status.map(({ name }) => name)).toEqual(["live"]);
    expect(storage.size).toBe(0);
    leaves.forEach((leave) => leave());
    expect(storage.get("weft.client")).toBe(world.server.ofKind(0)[1]![1].client);
    expect(storage.get("weft.client")).not.toBe("kept");
    vi.unstubAllGlobals();
  });

  it("tries again after a refusal when told to", async () => {
    world.server.refusesHello(CloseCode.canvas_full, "50 are here");
    const { canvas } = await world.join();
    expect(canvas.status.name).toBe("refused");
    world.server.acceptsHello();
    canvas.retry();
    await world.settle();
    expect(canvas.status.name).toBe("live");
  });

  it("is refused with the server's reason", async () => {
    world.server.refusesHello(CloseCode.not_allowed, "no role on this canvas");
    const { canvas, heard } = await world.join();
    expect(canvas.status).toEqual({ name: "refused", code: 4002, reason: "no role on this canvas" });
    expect(heard.error[0]).toMatchObject({ code: "not_allowed", message: "no role on this canvas" });
    await expect(canvas.waitUntilSynced()).rejects.toThrow("refused");
    await world.advance(60_000);
    expect(world.server.sockets.length).toBe(1);
  });
});

describe("tokens", () => {
  it("are asked for anew after a refusal, and the new one gets in", async () => {
    world.server.onHello = ({ token }) => (token === "new" ? undefined : { code: CloseCode.token_expired, reason: "expired" });
    const tokens = ["old", "new"];
    const { canvas } = await world.join("Ada", { token: async () => tokens.shift()! });
    await world.advance(kBackoffBaseMs);
    expect(canvas.status).toEqual({ name: "live" });
  });

  it("end in a refusal when the same one comes back", async () => {
    world.server.refusesHello(CloseCode.token_invalid, "bad signature");
    const { canvas } = await world.join("Ada", { token: async () => "wrong" });
    await world.advance(kBackoffBaseMs);
    expect(canvas.status).toEqual({ name: "refused", code: 4100, reason: "bad signature" });
  });

  it("are renewed in-band before they end", async () => {
    let asked = 0;
    const token = async () => ({ token: `t-${++asked}`, expiresAt: Date.now() + 60_000 });
    const { canvas } = await world.join("Ada", { token });
    await world.advance(31_000);
    expect(world.server.ofKind(6)).toEqual([[6, "t-2"]]);
    expect([canvas.status.name, world.server.sockets.length]).toEqual(["live", 1]);
  });

  it("are renewed by the server's word when the application does not say when they end", async () => {
    world.server.room.tokenLifeMs = 100_000;
    let asked = 0;
    await world.join("Ada", { token: async () => `t-${++asked}` });
    await world.advance(71_000);
    expect(world.server.ofKind(6)).toEqual([[6, "t-2"]]);
    await world.advance(71_000);
    expect(world.server.ofKind(6).length).toBe(2);
  });

  it("are renewed when the application asks for it, and only while live", async () => {
    let asked = 0;
    const { canvas } = await world.join("Ada", { token: async () => `t-${++asked}` });
    canvas.renewToken();
    await world.advance(1);
    expect(world.server.ofKind(6)).toEqual([[6, "t-2"]]);
    canvas.close();
    canvas.renewToken();
    await world.advance(1);
    expect(world.server.ofKind(6).length).toBe(1);
  });

  it("are not sent again while they stay the same", async () => {
    world.server.room.tokenLifeMs = 100_000;
    await world.join("Ada", { token: async () => "t" });
    await world.advance(100_000);
    expect(world.server.ofKind(6)).toEqual([]);
  });

  it("that cannot be had are told and tried for again", async () => {
    let isLoginDown = true;
    const token = async () => {
      if (isLoginDown) throw new Error("login is down");
      return "t";
    };
    const { canvas, heard } = await world.join("Ada", { token });
    expect(canvas.status).toMatchObject({ name: "offline" });
    expect(heard.error[0]!.message).toContain("login is down");
    isLoginDown = false;
    await world.advance(kBackoffBaseMs);
    expect(canvas.status.name).toBe("live");
  });
});

describe("roles", () => {
  const tokenFor = (role: string, i: number): string => `h.${Buffer.from(JSON.stringify({ canvases: { "t*": role }, i })).toString("base64url")}.s`;

  it("change with a fresh token, and what an onlooker could not say is said", async () => {
    world.server.room.role = "view";
    world.server.room.tokenLifeMs = 100_000;
    let asked = 0;
    const { canvas, heard } = await world.join("Ada", { token: async () => tokenFor(asked++ === 0 ? "view" : "edit", asked), canvas: { presence: { tool: "pen" } } });
    canvas.moveCursor(1, 2);
    await world.advance(100);
    expect([canvas.role, canvas.canEdit]).toEqual(["view", false]);
    world.server.seen.length = 0;
    world.server.room.role = "edit";
    await world.advance(72_000);
    expect(heard.role).toEqual(["view", "edit"]);
    expect(world.server.seen.map(([kind]) => kind).filter((kind) => kind !== 7)).toEqual([6, 2, 2, 1]);
    expect(world.server.presencePatches).toEqual([{ tool: "pen" }]);
    canvas.create("concept", {}, "a");
    await world.advance(100);
    expect(canvas.isSynced).toBe(true);
  });
});

describe("a page that is hidden for long", () => {
  it("disconnects once all is synced, and comes back for an edit or a look", async () => {
    const { canvas, page, heard } = await world.join("Ada", { sleepAfterMs: 60_000 });
    const bo = await world.join("Bo");
    world.server.room.refuseNext = { count: 30, code: "unavailable" };
    canvas.create("concept", {}, "a");
    page.hide();
    await world.advance(61_000);
    expect(canvas.status.name).toBe("live");
    world.server.room.refuseNext = { count: 0, code: "unavailable" };
    await world.advance(70_000);
    expect([canvas.status, canvas.isSynced]).toEqual([{ name: "offline", reason: "the page is hidden", isAsleep: true }, false]);
    expect(bo.heard.people.at(-1)!.left[0]!.reason).toBe("left");
    const sockets = world.server.sockets.length;
    await world.advance(300_000);
    expect(world.server.sockets.length).toBe(sockets);

    canvas.create("concept", {}, "b");
    await world.advance(100);
    expect([canvas.status.name, bo.canvas.concepts.has("b")]).toEqual(["live", true]);
    await world.advance(61_000);
    expect(canvas.status.name).toBe("offline");
    page.show();
    await world.advance(100);
    expect(canvas.status.name).toBe("live");
    expect(heard.error).toEqual([]);
  });
});

describe("inspect", () => {
  it("says where everything stands, as plain data", async () => {
    const { canvas } = await world.join("Ada");
    world.server.room.refuseNext = { count: 1, code: "unavailable" };
    canvas.create("concept", {}, "a");
    await world.settle();
    canvas.ping();
    vi.advanceTimersByTime(30);
    await world.settle();
    expect(inspect(canvas)).toMatchObject({
      canvas: "try",
      url: "ws://weft.test/v1/canvases/try",
      client: "client-1",
      status: { name: "live" },
      state: "live, quiet",
      attempts: 1,
      actor: 1,
      role: "edit",
      epoch: 1,
      seq: 0,
      pending: 1,
      inFlight: 0,
      isSynced: false,
      isKept: false,
      concepts: 1,
      links: 0,
      people: 1,
      tickMs: 50,
      roundTripMs: 30,
      rates: { framesIn: expect.any(Number) },
    });
    expect(() => JSON.stringify(inspect(canvas))).not.toThrow();
  });
});

describe("several servers", () => {
  it("are tried one after the other", async () => {
    world.server.refusesConnections();
    const { canvas } = world.open("Ada", { url: ["ws://one.test", "ws://two.test/x"] });
    await world.advance(3_000);
    world.server.refusesConnections(false);
    await world.advance(5_000);
    const tried = world.server.sockets.map(({ url }) => url);
    expect(tried.slice(0, 3)).toEqual(["ws://one.test/v1/canvases/try", "ws://two.test/x/v1/canvases/try", "ws://one.test/v1/canvases/try"]);
    expect(canvas.status.name).toBe("live");
  });

  it("one that the browser forbids is a failure like any other", async () => {
    class Forbidding {
      constructor() {
        throw new Error("insecure");
      }
    }
    const { canvas, heard } = world.open("Ada", { WebSocket: Forbidding });
    await world.settle();
    expect(canvas.status).toMatchObject({ name: "offline", reason: "insecure" });
    expect(heard.error[0]!.message).toBe("insecure");
    canvas.close();
  });
});

describe("editing together", () => {
  it("reaches the others, and the acknowledgement settles it", async () => {
    const ada = await world.join("Ada");
    const bo = await world.join("Bo");
    const id = ada.canvas.create("concept", { title: "First light" });
    expect(ada.canvas.pendingCount).toBe(1);
    await world.settle();
    expect(ada.canvas.pendingCount).toBe(0);
    expect(bo.canvas.concepts.get(id)).toEqual({ id, type: "concept", props: { title: "First light" } });
    expect(bo.heard.change.at(-1)).toEqual({ origin: "remote", ids: new Set([id]) });
  });

  it("sends at most one push per entity and tick while dragging, the last position last", async () => {
    const ada = await world.join("Ada");
    const bo = await world.join("Bo");
    const id = ada.canvas.create("concept", { x: 0 });
    await world.advance(100);
    world.server.seen.length = 0;
    for (let x = 1; x <= 100; ++x) {
      ada.canvas.set(id, { x });
      await world.advance(10);
    }
    await world.advance(100);
    expect(world.server.ofKind(3).length).toBeLessThanOrEqual(21);
    expect(world.server.ofKind(3).length).toBeGreaterThanOrEqual(19);
    expect(bo.canvas.concepts.get(id)!.props).toEqual({ x: 100 });
    expect(ada.canvas.isSynced).toBe(true);
  });

  it("rolls a rejected edit back and says why", async () => {
    const { canvas, heard } = await world.join();
    const link = canvas.create("link", { from: "nowhere", to: "nothing" });
    expect(canvas.links.has(link)).toBe(true);
    await world.settle();
    expect(canvas.links.has(link)).toBe(false);
    expect(heard.rejected).toEqual([
      { code: "bad_reference", message: expect.any(String), opIndex: 0, ops: [[0, link, "link", { from: "nowhere", to: "nothing" }]] },
    ]);
    expect(heard.change.map(({ origin }) => origin)).toEqual(["snapshot", "local", "rollback"]);
  });

  it("C12 does not let a viewer edit, and sends nothing for one that would be refused", async () => {
    world.server.room.role = "view";
    const { canvas, page } = await world.join();
    expect([canvas.canEdit, canvas.canPresent]).toEqual([false, false]);
    expect(() => canvas.create("concept")).toThrow("may not edit");
    expect(() => (canvas as never as { send(name: string, payload: null): void }).send("e", null)).toThrow("may not send");
    canvas.moveCursor(1, 2);
    canvas.setPresence({ a: 1 });
    page.hide();
    await world.advance(100);
    expect(world.server.seen.map(([kind]) => kind)).toEqual([0]);
  });

  it("C4 sends a transaction whole, whatever else is sent meanwhile", async () => {
    const { canvas } = await world.join();
    canvas.transact(() => {
      canvas.create("concept", {}, "a");
      canvas.moveCursor(1, 2);
      canvas.create("concept", {}, "b");
    });
    await world.advance(100);
    expect(world.server.ofKind(3).map(([, n, ops]) => [n, ops.length])).toEqual([[1, 2]]);
    expect([...world.server.room.document.keys()]).toEqual(["a", "b"]);
    expect(canvas.isSynced).toBe(true);
  });

  it("waits until everything is in the log", async () => {
    const { canvas } = await world.join();
    canvas.create("concept");
    let isDone = false;
    const done = canvas.waitUntilSynced().then(() => (isDone = true));
    await Promise.resolve();
    expect(isDone).toBe(false);
    await world.settle();
    await done;
    expect(canvas.pendingCount).toBe(0);
  });

  it("is tried again when the log is away for a while", async () => {
    const { canvas, heard } = await world.join();
    world.server.room.refuseNext = { count: 5, code: "unavailable" };
    const ids = [1, 2, 3].map((x) => canvas.create("concept", { x }));
    await world.advance(20_000);
    expect(canvas.isSynced).toBe(true);
    expect([...world.server.room.document.keys()]).toEqual(ids);
    expect([heard.rejected, world.server.sockets.length]).toEqual([[], 1]);
  });
});

describe("losing the link", () => {
  it("resumes from where it was, and gets only what it missed", async () => {
    world.server.room.pushFromElsewhere([[0, "a", "concept", {}]]);
    const { canvas, heard } = await world.join();
    world.server.dropsAll();
    expect(canvas.status.name).toBe("offline");
    world.server.room.pushFromElsewhere([[1, "a", { title: "missed" }]]);
    await world.advance(kBackoffBaseMs);
    expect(world.server.ofKind(0)[1]![1].since).toEqual([1, 1, new Uint8Array(8).fill(1)]);
    expect(canvas.concepts.get("a")!.props).toEqual({ title: "missed" });
    expect(heard.change.map(({ origin }) => origin)).toEqual(["snapshot", "remote"]);
    expect(canvas.isSynced).toBe(true);
  });

  it("gets a snapshot when the log has another epoch, and keeps its own edits", async () => {
    const { canvas } = await world.join();
    canvas.create("concept", { title: "acked" }, "acked");
    await world.settle();
    world.server.dropsAll();
    const { room } = world.server;
    room.epoch = 2;
    room.log = [];
    room.document.clear();
    room.highest.clear();
    canvas.create("concept", { title: "offline" }, "offline");
    await world.advance(kBackoffBaseMs);
    expect([...canvas.concepts.keys()]).toEqual(["offline"]);
    expect([...room.document.keys()]).toEqual(["offline"]);
    expect(canvas.isSynced).toBe(true);
  });

  it("keeps edits made offline, one push per dragged entity, and sends them on return", async () => {
    const { canvas } = await world.join();
    canvas.create("concept", { x: 0 }, "a");
    await world.settle();
    world.server.refusesConnections();
    world.server.dropsAll();
    for (let x = 1; x < 50; ++x) canvas.set("a", { x });
    await world.advance(10_000);
    expect([canvas.status.name, canvas.pendingCount]).toEqual(["offline", 1]);
    world.server.refusesConnections(false);
    await world.advance(20_000);
    expect(world.server.room.document.get("a")![2]).toEqual({ x: 49 });
    expect(canvas.isSynced).toBe(true);
  });

  // Cuts the link after every single step of a conversation; whatever was lost, each push is in the log once.
  it("C3 sends each push exactly once, wherever the link breaks", async () => {
    let steps = 0;
    for (let cutAt = 0; cutAt <= steps; ++cutAt) {
      vi.useRealTimers();
      world = new World();
      const { server } = world;
      const { canvas } = world.open();
      let step = 0;
      const run = async (rounds: number): Promise<void> => {
        for (let i = 0; i < rounds; ++i) {
          await Promise.resolve();
          await Promise.resolve();
          if (step++ === cutAt) server.dropsAll();
          server.carry();
        }
      };
      await run(6);
      for (const id of ["a", "b", "c"]) {
        canvas.create("concept", { count: 1 }, id);
        await run(1);
        await vi.advanceTimersByTimeAsync(60);
        await run(2);
      }
      steps = step;
      await world.advance(5_000);
      const created = server.room.log.flatMap(({ effective }) => effective.filter(([kind]) => kind === 0).map(([, id]) => id));
      expect(created, `cut at step ${cutAt}`).toEqual(["a", "b", "c"]);
      expect(canvas.isSynced, `cut at step ${cutAt}`).toBe(true);
      expect([...canvas.concepts.keys()].sort(), `cut at step ${cutAt}`).toEqual(["a", "b", "c"]);
      expect(server.room.highest.get("client-1")).toBe(3);
    }
    expect(steps).toBeGreaterThan(10);
  });

  it("drops the optimistic value of a push that had been applied all along", async () => {
    const { canvas, socket } = await world.join();
    canvas.create("concept", { x: 0 }, "a");
    await world.settle();
    await world.advance(100);
    canvas.set("a", { x: 1 });
    // The push arrives, its answer does not; meanwhile somebody writes over it.
    socket.deliver = () => false;
    await world.settle();
    world.server.room.pushFromElsewhere([[1, "a", { x: 2 }]]);
    socket.cut();
    await world.advance(kBackoffBaseMs);
    expect(canvas.concepts.get("a")!.props).toEqual({ x: 2 });
    expect(canvas.isSynced).toBe(true);
  });

  it("reconnects with resume when the log has a hole", async () => {
    const { canvas, heard } = await world.join();
    const { room } = world.server;
    const [member] = room.members;
    const send = member!.seat.send;
    member!.seat.send = () => {};
    room.pushFromElsewhere([[0, "a", "concept", {}]]);
    member!.seat.send = send;
    room.pushFromElsewhere([[0, "b", "concept", {}]]);
    await world.settle();
    expect(heard.error[0]!.message).toBe("the log jumped from 0 to 2");
    expect(canvas.concepts.size).toBe(0);
    await world.advance(kBackoffBaseMs);
    expect([...canvas.concepts.keys()]).toEqual(["a", "b"]);
    expect(world.server.ofKind(0).length).toBe(2);
  });

  it("takes a new number from welcome after out_of_order", async () => {
    const { canvas } = await world.join();
    canvas.create("concept", {}, "a");
    await world.settle();
    world.server.room.highest.set("client-1", 5);
    await world.advance(100);
    world.server.room.highest.set("client-1", 0);
    canvas.create("concept", {}, "b");
    await world.advance(2_000);
    expect([...world.server.room.document.keys()]).toEqual(["a", "b"]);
    expect(canvas.isSynced).toBe(true);
  });

  it("is not disturbed by the late close of a superseded socket", async () => {
    const { canvas, socket } = await world.join();
    const late = socket.onclose!;
    const lateMessage = socket.onmessage!;
    world.server.dropsAll();
    await world.advance(kBackoffBaseMs);
    expect(canvas.status.name).toBe("live");
    late({ code: 4005, reason: "late" } as never);
    lateMessage({ data: Uint8Array.from([0xc1]).buffer } as never);
    expect(canvas.status.name).toBe("live");
    expect(world.server.socket.readyState).toBe(1);
  });

  it("S6 obeys a goodbye before its close frame comes", async () => {
    const { canvas } = await world.join();
    world.server.saysGoodbye(CloseCode.draining, "stopping", [1_000, 3_000]);
    await world.settle();
    expect(canvas.status).toEqual({ name: "offline", reason: "stopping", code: CloseCode.draining });
    await world.advance(1_900);
    expect(world.server.sockets.length).toBe(1);
    await world.advance(200);
    expect(canvas.status.name).toBe("live");
  });

  it("stops when a newer session of the same client took over", async () => {
    const first = await world.join("Ada", { clientId: "same" });
    const second = await world.join("Ada", { clientId: "same" });
    await world.advance(10_000);
    expect(first.canvas.status).toMatchObject({ name: "refused", code: 4006 });
    expect(second.canvas.status.name).toBe("live");
    expect(world.server.sockets.length).toBe(2);
  });

  it("notices a host that went silent", async () => {
    const { canvas } = await world.join();
    world.server.goesSilent();
    await world.advance(24_000);
    expect(canvas.status.name).toBe("live");
    await world.advance(1_500);
    expect(canvas.status.name).toBe("offline");
  });

  it("gives up a server that talks nonsense", async () => {
    const { socket, heard } = await world.join();
    socket.down.push(Uint8Array.from([0xc1]));
    await world.settle();
    expect(heard.error[0]!.message).toContain("cannot be decoded");
    expect(socket.closedWith).toBe(3000);
    await world.advance(kBackoffBaseMs);
    expect(world.server.sockets.length).toBe(2);
  });

  it("tries at once when the page comes online", async () => {
    const { canvas, page } = await world.join("Ada", { random: () => 0.999 });
    world.server.dropsAll();
    page.comesOnline();
    await world.settle();
    expect(canvas.status.name).toBe("live");
  });

  it("is closed with 1000 by destroy, and says no more", async () => {
    const { client, canvas, heard, socket } = await world.join();
    canvas.create("concept", {}, "last");
    client.destroy();
    expect(socket.closedWith).toBe(1000);
    expect(heard.status.at(-1)).toEqual({ name: "closed" });
    await world.advance(60_000);
    expect(world.server.sockets.length).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("presence", () => {
  it("shows joins, patches, activity and leaves", async () => {
    const ada = await world.join("Ada");
    const bo = await world.join("Bo", { canvas: { presence: { tool: "pen" } } });
    const boAt = (): unknown => [...ada.canvas.people.values()].find(({ user }) => user.name === "Bo");
    expect(boAt()).toMatchObject({ presence: { tool: "pen" }, activity: "active", isMe: false });

    bo.canvas.setPresence({ tool: null, selection: ["a"] });
    await world.settle();
    expect(boAt()).toMatchObject({ presence: { selection: ["a"] } });
    expect(bo.canvas.me!.presence).toEqual({ selection: ["a"] });

    bo.page.hide();
    await world.settle();
    expect(boAt()).toMatchObject({ activity: "away", presence: { selection: ["a"] } });
    bo.page.show();
    await world.settle();
    expect(boAt()).toMatchObject({ activity: "active" });

    bo.canvas.close();
    await world.settle();
    expect(boAt()).toBeUndefined();
    expect(ada.heard.people.at(-1)!.left).toMatchObject([{ reason: "left", person: { user: { name: "Bo" } } }]);
  });

  it("is sent again in hello on return, with what was removed meanwhile", async () => {
    const { canvas } = await world.join("Ada", { canvas: { presence: { tool: "pen", hint: 1 } } });
    world.server.dropsAll();
    canvas.setPresence({ hint: null, tool: "hand" });
    await world.advance(kBackoffBaseMs);
    expect(world.server.ofKind(0)[1]![1].presence).toEqual({ tool: "hand" });
    expect(world.server.presencePatches).toEqual([{ hint: null }]);
  });

  it("is put together every 50 ms and not sent when nothing changes", async () => {
    const { canvas } = await world.join("Ada");
    await world.advance(100);
    canvas.setPresence({ a: 1 });
    canvas.setPresence({ b: 1 });
    canvas.setPresence({ b: 2, c: 1 });
    canvas.setPresence({ c: 1 });
    await world.advance(200);
    expect(world.server.presencePatches).toEqual([{ a: 1 }, { b: 2, c: 1 }]);
  });

  it("R14 tells with every session whether the page is hidden", async () => {
    const opened = world.open();
    opened.page.hide();
    await world.settle();
    expect(world.server.ofKind(2)).toEqual([[2, { away: true }]]);
    world.server.dropsAll();
    opened.page.show();
    await world.advance(kBackoffBaseMs);
    expect(world.server.ofKind(2).at(-1)).toEqual([2, { away: false }]);
  });

  it("drops those who left while the link was down", async () => {
    const ada = await world.join("Ada");
    const bo = await world.join("Bo");
    bo.canvas.moveCursor(1, 2);
    await world.settle();
    world.server.dropsAll();
    expect(ada.canvas.people.size).toBe(2);
    bo.canvas.close();
    await world.advance(kBackoffBaseMs);
    expect([...ada.canvas.people.values()].map(({ user }) => user.name)).toEqual(["Ada"]);
    expect(ada.canvas.cursors.size).toBe(0);
  });

  it("C5 is refused before sending when it is too large, and the reserved key always", async () => {
    const { canvas } = await world.join();
    expect(() => canvas.setPresence({ text: "x".repeat(5_000) })).toThrow("presence_bytes_max");
    expect(() => canvas.setPresence({ away: true })).toThrow("reserved");
    expect(() => (canvas as never as { send(name: string, payload: string): void }).send("e", "x".repeat(17_000))).toThrow("event_bytes_max");
  });
});

describe("cursors", () => {
  it("S3 arrive with their time, and one's own does not", async () => {
    const ada = await world.join("Ada");
    const bo = await world.join("Bo");
    bo.canvas.moveCursor(10, 20);
    await world.settle();
    expect([...ada.canvas.cursors.values()]).toMatchObject([{ actor: bo.canvas.me!.actor, x: 10, y: 20, atMs: Date.now() }]);
    const actor = ada.canvas.me!.actor;
    [...world.server.room.members][0]!.seat.send([[1, 0, [[actor, 5, 5]]]]);
    await world.settle();
    expect(ada.canvas.cursors.has(actor)).toBe(false);
    bo.canvas.hideCursor();
    await world.advance(100);
    expect(ada.canvas.cursors.size).toBe(0);
    expect(ada.heard.cursors).toEqual([[bo.canvas.me!.actor], [bo.canvas.me!.actor]]);
  });

  it("are sent once per tick, the first at once, and at the server's new pace when it names one", async () => {
    const { canvas } = await world.join();
    await world.advance(100);
    const move = async (ms: number): Promise<number> => {
      world.server.seen.length = 0;
      for (let t = 0; t < ms; t += 10) {
        canvas.moveCursor(t, t);
        await world.advance(10);
      }
      return world.server.ofKind(1).length;
    };
    canvas.moveCursor(1, 1);
    await world.settle();
    expect(world.server.ofKind(1).length).toBe(1);
    expect(await move(1_000)).toBe(20);
    [...world.server.room.members][0]!.seat.send([[10, 200]]);
    await world.settle();
    expect(await move(2_000)).toBe(10);
  });

  it("ignore positions that are none, and views", async () => {
    const { canvas } = await world.join();
    canvas.moveCursor(NaN, 1);
    canvas.moveCursor(1, Infinity);
    canvas.moveCursor(1e39, 1);
    canvas.setView([0, 0, NaN, 1]);
    await world.advance(100);
    expect(world.server.ofKind(1)).toEqual([]);
    expect(world.server.ofKind(5)).toEqual([]);
  });

  it("and the view are told again on return", async () => {
    const { canvas } = await world.join();
    canvas.moveCursor(3, 4);
    canvas.setView([0, 0, 100, 50]);
    await world.advance(100);
    world.server.dropsAll();
    world.server.seen.length = 0;
    await world.advance(kBackoffBaseMs);
    expect(world.server.ofKind(1)).toEqual([[1, 3, 4]]);
    expect(world.server.ofKind(5)).toEqual([[5, [0, 0, 100, 50]]]);
  });
});

describe("events", () => {
  it("reach the others by name", async () => {
    const ada = await world.join("Ada");
    const bo = await world.join("Bo");
    const waves: unknown[] = [];
    ada.canvas.events.on("wave", (event) => waves.push(event));
    bo.canvas.send("wave", { hand: "left" });
    bo.canvas.send("nod", null);
    await world.settle();
    const actor = bo.canvas.me!.actor;
    expect(waves).toEqual([{ name: "wave", payload: { hand: "left" }, actor }]);
    expect(ada.heard.event.map(({ name }) => name)).toEqual(["wave", "nod"]);
    expect(bo.heard.event).toEqual([]);
  });

  it("need a name that the server takes", async () => {
    const { canvas } = await world.join();
    expect(() => canvas.send("", null)).toThrow("1 to 64 bytes");
    expect(() => canvas.send("ä".repeat(33), null)).toThrow("1 to 64 bytes");
    canvas.send("ä".repeat(32), null);
    await world.settle();
    expect(world.server.ofKind(4).length).toBe(1);
  });

  it("of errors surface by their name", async () => {
    const { heard } = await world.join();
    [...world.server.room.members][0]!.seat.send([[9, "too_large", "event: over event_bytes_max", 4, 4]]);
    await world.settle();
    expect(heard.error).toMatchObject([{ code: "too_large", message: "event: over event_bytes_max" }]);
  });
});
