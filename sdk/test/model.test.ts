// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";

import type { Canvas } from "../src/canvas.js";
import { historyOf } from "../src/features/history/history.js";
import { evaluate as evaluateOne, type Entity } from "../src/features/concepts/evaluate.js";
import type { Op } from "../src/protocol/messages.js";
import { Browser } from "./support/browser.js";
import { editArbitrary, makeEdit, type Edit } from "./support/edits.js";
import { World } from "./support/world.js";

/** More runs for a longer look: WEFT_MODEL_RUNS=10000. A failure prints its seed and its smallest story. */
const kRuns = Number(process.env["WEFT_MODEL_RUNS"] ?? 60);
const kClients = 4;

afterEach(() => {
  vi.useRealTimers();
});

type Happening =
  | { readonly does: "edit"; readonly who: number; readonly edits: readonly Edit[] }
  | { readonly does: "undo" | "redo" | "drop" | "drop_unheard" | "crash" | "crash_unheard"; readonly who: number }
  | { readonly does: "carry" | "settle" | "outage" }
  | { readonly does: "wait"; readonly ms: number }
  /** The log takes no pushes for a while. */
  | { readonly does: "refuse"; readonly count: number; readonly code: "unavailable" | "rate_limited" }
  /** The log no longer reaches back, or is another one. */
  | { readonly does: "forget" | "reset" };

const who = fc.nat(kClients - 1);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ does: fc.constant("edit" as const), who, edits: fc.array(editArbitrary, { minLength: 1, maxLength: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom("undo" as const, "redo" as const), who }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constantFrom("drop" as const, "drop_unheard" as const), who }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom("crash" as const, "crash_unheard" as const), who }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constantFrom("carry" as const, "settle" as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("outage" as const) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant("wait" as const), ms: fc.nat(400) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("refuse" as const), count: fc.nat(5), code: fc.constantFrom("unavailable" as const, "rate_limited" as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom("forget" as const, "reset" as const) }) },
);

const documentOf = (canvas: Canvas): object => sorted([...canvas.concepts, ...canvas.links]);
const sorted = (entries: readonly (readonly [string, unknown])[]): object => Object.fromEntries([...entries].sort(([x], [y]) => (x < y ? -1 : 1)));

/** What the log's effective ops make of an empty document: the reference. */
function replayed(log: readonly { readonly effective: readonly Op[] }[]): object {
  const document = new Map<string, Entity>();
  for (const op of log.flatMap(({ effective }) => effective)) {
    const entity = evaluateOne(document.get(op[1]), op);
    if (entity === undefined) document.delete(op[1]);
    else document.set(op[1], entity);
  }
  return sorted([...document]);
}

/** Plays a story over clients whose pages may crash, then lets calm return and compares. */
async function play(story: readonly Happening[], isKept: boolean): Promise<void> {
  const world = new World();
  const browser = new Browser(world);
  const { room } = world.server;
  /** Each edit makes something of its own, by which it is known in the log. */
  const marks: string[] = [];
  const rejected = new Set<string>();
  const open = (i: number) => {
    const page = isKept ? browser.page(`P${i}`, { user: `user-${i}` }) : { ...world.open(`P${i}`), crash: () => {}, crashUnheard: () => {} };
    historyOf(page.canvas);
    page.canvas.on("rejected", ({ ops }) => ops.forEach((op) => rejected.add(op[1])));
    return page;
  };
  const pages = Array.from({ length: kClients }, (_, i) => open(i));
  await world.settle();

  for (const happening of story) {
    switch (happening.does) {
      case "edit": {
        const { canvas } = pages[happening.who]!;
        const mark = `mark-${marks.length}`;
        marks.push(mark);
        canvas.transact(() => {
          canvas.create("mark", {}, mark);
          happening.edits.forEach((edit) => makeEdit(canvas, edit));
        });
        break;
      }
      case "undo":
      case "redo":
        historyOf(pages[happening.who]!.canvas)[happening.does]();
        break;
      case "drop":
      case "drop_unheard": {
        const socket = world.server.sockets.filter(({ readyState }) => readyState === 1)[happening.who];
        if (happening.does === "drop_unheard" && socket !== undefined) {
          // What it sent arrives; the answers do not.
          socket.onmessage = null;
          world.server.carry();
        }
        socket?.cut();
        break;
      }
      case "crash":
      case "crash_unheard":
        if (!isKept) break;
        if (happening.does === "crash") pages[happening.who]!.crash();
        else pages[happening.who]!.crashUnheard();
        pages[happening.who] = open(happening.who);
        break;
      case "carry":
        world.server.carry();
        break;
      case "settle":
        await world.settle();
        break;
      case "outage":
        world.server.refusesConnections();
        world.server.dropsAll();
        await world.advance(500);
        world.server.refusesConnections(false);
        break;
      case "wait":
        await world.advance(happening.ms);
        break;
      case "refuse":
        room.refuseNext = { count: happening.count, code: happening.code };
        break;
      case "forget":
        room.floor = room.seq;
        break;
      case "reset":
        // Everybody is told the whole document again.
        ++room.epoch;
        world.server.dropsAll();
        break;
      default:
        happening satisfies never;
    }
    for (let i = 0; i < 3; ++i) await Promise.resolve();
  }

  room.refuseNext = { count: 0, code: "unavailable" };
  await world.advance(20_000);
  const truth = sorted([...room.document].map(([id, [, type, props]]) => [id, { id, type, props }]));
  expect(replayed(room.log), "the log makes the document").toEqual(truth);
  for (const [i, { canvas }] of pages.entries()) {
    expect([canvas.status.name, canvas.pendingCount, canvas.isSynced], `client ${i} is synced`).toEqual(["live", 0, true]);
    expect(documentOf(canvas), `client ${i} has the document`).toEqual(truth);
  }
  // A create that came a second time is told as a set.
  const [made, again] = [0, 1].map((kind) => room.log.flatMap(({ effective }) => effective.filter((op) => op[0] === kind && op[1].startsWith("mark-")).map((op) => op[1])));
  expect(again, "nothing is in the log twice").toEqual([]);
  // What a page had not kept yet may go with it.
  if (!isKept) expect(marks.filter((mark) => !made!.includes(mark) && !rejected.has(mark)), "nothing is lost").toEqual([]);
  pages.forEach(({ canvas }) => canvas.close());
}

describe("whatever happens", () => {
  it("all clients end with the document that the log makes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 40 }), (story) => play(story, false)),
      { numRuns: kRuns },
    );
  });

  it("they do so when their pages crash and come back from what was kept", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 40 }), (story) => play(story, true)),
      { numRuns: kRuns },
    );
  });
});
