// SPDX-License-Identifier: Apache-2.0

/**
 * The real SDK against the real server, without a browser: many people edit at random while their links break and the
 * server is killed with -9. At the end everybody has the same canvas, and every push is in the log exactly once.
 *
 * Needs the SDK built. WEFT_BINARY is the server, by default build/weft.
 */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { createClient } from "../../../sdk/dist/index.js";
import { Server } from "./support/server.js";

const ofSdk = createRequire(new URL("../../../sdk/package.json", import.meta.url));
const WebSocket = ofSdk("ws");
const { decodeMulti } = ofSdk("@msgpack/msgpack");

const kPeople = 6;
const kKills = 3;
const kEditsBetweenKills = 900;
const kSyncDeadlineMs = 60_000;

/** Random, but the same for the same seed. The network's part in it is not. */
function seeded(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

function editOnce(canvas, pick) {
  const ids = [...canvas.concepts.keys()];
  const some = () => ids[pick(ids.length)];
  if (ids.length < 2) return canvas.create("concept", { x: pick(1000) });
  switch (pick(8)) {
    case 0:
    case 1:
      return canvas.create("concept", { x: pick(1000), parent: [pick(3) === 0 ? some() : null, "a0"] });
    case 2:
    case 3:
    case 4:
      return canvas.set(some(), { x: pick(1000), label: pick(4) || null });
    case 5:
      return canvas.create("link", { from: some(), to: some() });
    case 6:
      return canvas.transact(() => {
        canvas.set(some(), { y: pick(1000) });
        canvas.set(some(), { parent: [some(), "a1"] });
      });
    default:
      return ids.length > 40 ? canvas.delete(some()) : undefined;
  }
}

/** Everything on the canvas in one order. */
function contents(entities) {
  const inOrder = (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value;
  return [...entities].map(({ id, type, props }) => JSON.stringify([id, type, inOrder(props)])).sort();
}

test("everybody ends with the same canvas, and every push is in the log once", async (t) => {
  const seed = Number(process.env.WEFT_SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const pick = seeded(seed);
  const server = new Server();
  t.after(() => server.remove());
  await server.start();

  const sockets = new Set();
  /** The highest push number that each client has sent. */
  const pushes = new Map();
  class BreakableSocket extends WebSocket {
    constructor(...args) {
      super(...args);
      sockets.add(this);
      this.on("close", () => sockets.delete(this));
      // What goes wrong is told by the close.
      this.on("error", () => {});
    }

    send(frame) {
      for (const [kind, first] of decodeMulti(frame)) {
        if (kind === 0) this.client = first.client;
        if (kind === 3) pushes.set(this.client, Math.max(first, pushes.get(this.client) ?? 0));
      }
      super.send(frame);
    }
  }
  const canvases = Array.from({ length: kPeople }, (_, i) =>
    createClient({ url: server.address, WebSocket: BreakableSocket }).open("all", { name: `p${i}` }),
  );
  t.after(() => canvases.forEach((canvas) => canvas.close()));
  const unexpected = [];
  for (const canvas of canvases) {
    canvas.on("rejected", ({ code, message }) => {
      // Only what a concurrent deletion explains, and an entity made its own parent.
      if (code !== "bad_reference" && code !== "cycle") unexpected.push(`${code}: ${message}`);
    });
    canvas.on("error", ({ code, message }) => {
      if (code !== "disconnected") unexpected.push(`${code}: ${message}`);
    });
  }

  for (let round = 0; round <= kKills; ++round) {
    for (let i = 0; i < kEditsBetweenKills; ++i) {
      const canvas = canvases[pick(kPeople)];
      editOnce(canvas, pick);
      canvas.moveCursor(pick(1000), pick(1000));
      if (i % 200 === 199) [...sockets][pick(sockets.size)]?.terminate();
      await pause(1);
    }
    if (round === kKills) break;
    await server.kill();
    for (let i = 0; i < 50; ++i) editOnce(canvases[pick(kPeople)], pick);
    await server.start();
  }

  const late = AbortSignal.timeout(kSyncDeadlineMs);
  await Promise.race([
    Promise.all(canvases.map((canvas) => canvas.waitUntilSynced())),
    new Promise((_, reject) => {
      late.onabort = () => reject(new Error(`not synced: ${canvases.map(({ status, pendingCount }) => `${status.name} ${pendingCount}`)}`));
    }),
  ]);

  // Everybody is synced with an own place in the log; the last of it may still be on the way to the others.
  const document = await (await fetch(`${server.address}/v1/canvases/all`)).json();
  const truth = contents(document.entities.map(({ id, type, properties }) => ({ id, type, props: properties })));
  assert.ok(truth.length > 40, "there is something to compare");
  for (const canvas of canvases) {
    const mine = () => contents([...canvas.concepts.values(), ...canvas.links.values()]);
    for (let tries = 0; tries < 200 && JSON.stringify(mine()) !== JSON.stringify(truth); ++tries) await pause(25);
    assert.deepEqual(mine(), truth, `seed ${seed}`);
    assert.equal(canvas.people.size, kPeople);
  }
  assert.deepEqual(unexpected, [], `seed ${seed}`);

  // Each push takes one place in the log (C6): as many places as pushes means that none is missing or there twice.
  const sent = [...pushes.values()].reduce((sum, n) => sum + n, 0);
  assert.equal(document.seq, sent, `seed ${seed}`);
});
