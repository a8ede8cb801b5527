// SPDX-License-Identifier: Apache-2.0

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import WebSocket from "ws";

import type { Canvas } from "../src/canvas.js";
import { createClient, type ClientOptions } from "../src/client.js";
import { historyOf } from "../src/features/history/history.js";
import { keepOffline } from "../src/offline/keeper.js";
import { MemoryStorage } from "../src/offline/memory_storage.js";
import { editArbitrary, makeEdit } from "./support/edits.js";

/*
 * The same stories against the real server, where there is one: build/weft, or WEFT_BINARY. Real sockets, real time,
 * kill -9.
 */

interface LiveServer {
  readonly address: string;
  wantsTokens(): LiveServer;
  token(user: string, canvases: string): string;
  start(): Promise<LiveServer>;
  kill(): Promise<void>;
  remove(): Promise<void>;
}

const root = new URL("../../", import.meta.url);
const binary = process.env["WEFT_BINARY"] ?? fileURLToPath(new URL("build/weft", root));
const kSyncDeadlineMs = 30_000;
const kSeeds = [1, 2, 3];

describe.skipIf(!existsSync(binary))("with the real server", () => {
  let server: LiveServer;
  const canvases: Canvas[] = [];
  const sockets: WebSocket[] = [];

  beforeEach(async () => {
    // @ts-expect-error It is plain JavaScript.
    const { Server } = (await import("../../tests/e2e/browser/support/server.js")) as { Server: new () => LiveServer };
    server = new Server();
  });
  afterEach(async () => {
    canvases.splice(0).forEach((canvas) => canvas.close());
    sockets.splice(0).forEach((socket) => socket.terminate());
    await server.remove();
  });

  class Socket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  }

  function open(name: string, options: Partial<ClientOptions> = {}): Canvas {
    const canvas = createClient({ url: server.address, WebSocket: Socket, ...options }).open("live", { name });
    historyOf(canvas);
    canvases.push(canvas);
    return canvas;
  }

  const synced = (of: readonly Canvas[] = canvases): Promise<void> =>
    vi.waitFor(() => of.forEach((canvas) => expect([canvas.status, canvas.pendingCount, canvas.isSynced]).toEqual([{ name: "live" }, 0, true])), kSyncDeadlineMs);

  async function truth(headers: Record<string, string> = {}): Promise<object> {
    const response = await fetch(`${server.address}/v1/canvases/live`, { headers });
    const { entities } = (await response.json()) as { entities: { id: string; type: string; properties: object }[] };
    return Object.fromEntries(entities.map(({ id, type, properties }) => [id, { id, type, props: properties }]));
  }

  const documentOf = (canvas: Canvas): object => Object.fromEntries([...canvas.concepts, ...canvas.links]);
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it.each(kSeeds)("C3 S5 everybody ends with the server's document, whatever breaks meanwhile: seed %i", async (seed) => {
    await server.start();
    const people = ["Ada", "Bo", "Cy"].map((name) => open(name));
    await synced();
    const edits = fc.sample(editArbitrary, { seed, numRuns: 150 });
    for (const [i, edit] of edits.entries()) {
      const canvas = people[(i * 7 + seed) % people.length]!;
      canvas.transact(() => makeEdit(canvas, edit));
      if (i % 5 === 4) historyOf(canvas).undo();
      if (i % 10 === 9) historyOf(canvas).redo();
      if (i % 20 === 13) sockets.filter(({ readyState }) => readyState === WebSocket.OPEN)[i % 3]?.terminate();
      if (i === 75) {
        await server.kill();
        await server.start();
      }
      if (i % 4 === 0) await pause(10);
    }
    await synced();
    const document = await truth();
    await vi.waitFor(() => people.forEach((canvas) => expect(documentOf(canvas)).toEqual(document)), kSyncDeadlineMs);
  });

  it("C3 edits that a page kept are there once after the page and the server have gone", async () => {
    await server.start();
    const storage = new MemoryStorage();
    const page = (): Canvas => open("Ada", { offline: keepOffline({ user: "ada", storage }) });
    const first = page();
    await synced([first]);
    await server.kill();
    for (let i = 0; i < 20; ++i) first.create("concept", { n: i });
    await vi.waitFor(() => expect(first.isSafeToLeave).toBe(true), kSyncDeadlineMs);
    first.close();
    const second = page();
    await vi.waitFor(() => expect(second.concepts.size).toBe(20), kSyncDeadlineMs);
    await server.start();
    await synced([second]);
    const kept = Object.values(await truth()) as { props: { n: number } }[];
    expect(kept.map(({ props }) => props.n).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it("C12 C15 a role that changes is known at once when the application asks for a token", async () => {
    await server.wantsTokens().start();
    const roles = ["view", "edit", "present"];
    const tokens = roles.map((role) => server.token("ada", `live=${role}`));
    const told: string[] = [];
    const canvas = open("Ada", { token: () => tokens[0]! });
    canvas.on("role", (role) => told.push(role));
    await vi.waitFor(() => expect(canvas.role).toBe("view"), kSyncDeadlineMs);
    const becomes = async (role: string): Promise<void> => {
      tokens.shift();
      canvas.renewToken();
      await vi.waitFor(() => expect(canvas.role).toBe(role), kSyncDeadlineMs);
    };
    await becomes("edit");
    canvas.create("concept", { title: "allowed" }, "a");
    await synced();
    await becomes("present");
    expect(() => canvas.delete("a")).toThrow("may not edit");
    canvas.setPresence({ tool: "pen" });
    canvas.ping();
    await synced();
    expect(told).toEqual(roles);
    expect(sockets.length).toBe(1);
    expect(Object.keys(await truth({ Authorization: `Bearer ${tokens[0]}` }))).toEqual(["a"]);
  });

  it("A24 O8 a fresh token brings another role within the session", async () => {
    await server.wantsTokens().start();
    const tokens = [server.token("ada", "live=view"), server.token("ada", "live=edit")];
    let asked = 0;
    const canvas = open("Ada", { token: () => ({ token: tokens[Math.min(asked++, 1)]!, expiresAt: Date.now() + 10_000 }) });
    await vi.waitFor(() => expect(canvas.role).toBe("view"), kSyncDeadlineMs);
    expect(() => canvas.create("concept", {})).toThrow("may not edit");
    await vi.waitFor(() => expect(canvas.role).toBe("edit"), kSyncDeadlineMs);
    canvas.create("concept", { title: "allowed" });
    await synced([canvas]);
    expect(sockets.length).toBe(1);
  });
});
