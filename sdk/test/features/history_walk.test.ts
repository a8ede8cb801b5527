// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";

import type { Canvas } from "../../src/canvas.js";
import { historyOf } from "../../src/features/history/history.js";
import { kDefaultLimits } from "../../src/protocol/limits.js";
import type { Op } from "../../src/protocol/messages.js";
import { editArbitrary, makeEdit, type Edit } from "../support/edits.js";
import { World } from "../support/world.js";

afterEach(() => {
  vi.useRealTimers();
});

interface Turn {
  readonly who: 0 | 1;
  readonly edits: readonly Edit[];
  /** Whether everything arrives before the next turn. */
  readonly settles: boolean;
}

/** In one transaction. */
const kEditsMax = 3;

const turns = fc.array(
  fc.record<Turn>({
    who: fc.constantFrom(0, 1),
    edits: fc.array(editArbitrary, { minLength: 1, maxLength: kEditsMax }),
    settles: fc.boolean(),
  }),
  { maxLength: 25 },
);

const stateOf = (canvas: Canvas): object => Object.fromEntries([...canvas.concepts, ...canvas.links].sort(([x], [y]) => (x < y ? -1 : 1)));

/** Who wrote each property last, by the log; and who touched each entity last. */
function writers(world: World): Map<string, number> {
  const last = new Map<string, number>();
  for (const { actor, effective } of world.server.room.log) {
    for (const op of effective) {
      last.set(op[1], actor);
      for (const key of op[0] === 2 ? [] : Object.keys((op[0] === 0 ? op[3] : op[2]) as object)) last.set(`${op[1]} ${key}`, actor);
    }
  }
  return last;
}

/** So that larger steps are walked in several pushes. */
function worldOfSmallPushes(): World {
  const world = new World();
  world.server.room.limits = { ...kDefaultLimits, push_ops_max: kEditsMax };
  return world;
}

async function play(world: World, turns: readonly Turn[]): Promise<[Canvas, Canvas]> {
  const [ada, bo] = [(await world.join("Ada")).canvas, (await world.join("Bo")).canvas];
  [ada, bo].forEach((canvas) => historyOf(canvas));
  for (const { who, edits, settles } of turns) {
    const canvas = [ada, bo][who]!;
    canvas.transact(() => edits.forEach((edit) => makeEdit(canvas, edit)));
    if (settles) await world.settle();
  }
  await world.advance(200);
  return [ada, bo];
}

describe("undo all, redo all", () => {
  it("by one of two people leads back to where it began, and undoes nothing of the other's", async () => {
    await fc.assert(
      fc.asyncProperty(turns, async (turns) => {
        const world = worldOfSmallPushes();
        const [ada, bo] = await play(world, turns);
        const end = stateOf(ada);
        expect(stateOf(bo)).toEqual(end);
        const before = writers(world);
        const [adasActor, bosActor] = [ada.me!.actor, bo.me!.actor];
        const walked = world.server.room.log.length;
        while (historyOf(ada).undo());
        await world.advance(200);
        expect(ada.isSynced).toBe(true);
        for (const { actor, effective } of world.server.room.log.slice(walked)) {
          expect(actor).toBe(adasActor);
          for (const op of effective) expectNotOf(bosActor, op, before);
        }
        expect(stateOf(bo)).toEqual(stateOf(ada));
        while (historyOf(ada).redo());
        await world.advance(200);
        expect([stateOf(ada), stateOf(bo)]).toEqual([end, end]);
        ada.close();
        bo.close();
      }),
      { numRuns: 150 },
    );
  });

  it("by both at once leaves both with the same canvas", async () => {
    await fc.assert(
      fc.asyncProperty(turns, fc.array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom("undo", "redo"), fc.boolean()), { maxLength: 30 }), async (turns, walks) => {
        const world = worldOfSmallPushes();
        const both = await play(world, turns);
        for (const [who, way, settles] of walks) {
          historyOf(both[who]!)[way]();
          if (settles) await world.settle();
        }
        await world.advance(200);
        const room = Object.fromEntries([...world.server.room.document].sort(([x], [y]) => (x < y ? -1 : 1)).map(([id, [, type, props]]) => [id, { id, type, props }]));
        expect([stateOf(both[0]), stateOf(both[1])]).toEqual([room, room]);
        both.forEach((canvas) => canvas.close());
      }),
      { numRuns: 60 },
    );
  });
});

/** An undo neither writes a property that `other` wrote last, nor deletes what `other` touched last. */
function expectNotOf(other: number, op: Op, before: Map<string, number>): void {
  if (op[0] === 2) expect(before.get(op[1]), `delete ${op[1]}`).not.toBe(other);
  else if (op[0] === 1) for (const key of Object.keys(op[2])) expect(before.get(`${op[1]} ${key}`), `${op[1]} ${key}`).not.toBe(other);
}
