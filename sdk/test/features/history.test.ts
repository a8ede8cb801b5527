// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { historyOf, kGroupMs, kGroupsMax } from "../../src/features/history/history.js";
import type { Canvas } from "../../src/canvas.js";
import { encodedBytes } from "../../src/protocol/codec.js";
import { kDefaultLimits } from "../../src/protocol/limits.js";
import type { Limits, Op } from "../../src/protocol/messages.js";
import { World } from "../support/world.js";

let world: World;
let ada: Canvas;
let bo: Canvas;

beforeEach(async () => {
  world = new World();
  ada = (await world.join("Ada")).canvas;
  bo = (await world.join("Bo")).canvas;
  [ada, bo].forEach((canvas) => historyOf(canvas));
});
afterEach(() => {
  vi.useRealTimers();
});

/** Everything that was done has reached everybody, and is a step of its own. */
const pass = (ms = kGroupMs + 10): Promise<void> => world.advance(ms);
const props = (canvas: Canvas, id: string): unknown => canvas.get(id)?.props;

describe("undo", () => {
  it("takes back the latest step, and redo does it again, for everybody", async () => {
    ada.create("concept", { x: 1 }, "a");
    await pass();
    ada.set("a", { x: 2, y: 1 });
    await pass();
    expect(historyOf(ada).undo()).toBe(true);
    await pass();
    expect([props(ada, "a"), props(bo, "a")]).toEqual([{ x: 1 }, { x: 1 }]);
    expect(historyOf(ada).undo()).toBe(true);
    await pass();
    expect([ada.concepts.size, bo.concepts.size]).toEqual([0, 0]);
    expect(historyOf(ada).undo()).toBe(false);
    historyOf(ada).redo();
    historyOf(ada).redo();
    await pass();
    expect([props(ada, "a"), props(bo, "a")]).toEqual([
      { x: 2, y: 1 },
      { x: 2, y: 1 },
    ]);
    expect(historyOf(ada).redo()).toBe(false);
  });

  it("is only of one's own", async () => {
    ada.create("concept", {}, "a");
    await pass();
    bo.set("a", { x: 1 });
    bo.create("concept", {}, "b");
    await pass();
    expect([historyOf(ada).canUndo, historyOf(bo).canUndo]).toEqual([true, true]);
    // Bo has made something of it, so it is not Ada's alone any more.
    expect(historyOf(ada).undo()).toBe(false);
    await pass();
    expect([...ada.concepts.keys()]).toEqual(["a", "b"]);
  });

  it("skips properties that somebody else has changed since, and takes back the others", async () => {
    ada.create("concept", { x: 0, y: 0 }, "a");
    await pass();
    ada.set("a", { x: 1, y: 1 });
    await pass();
    bo.set("a", { x: 7 });
    await pass();
    historyOf(ada).undo();
    await pass();
    expect(props(bo, "a")).toEqual({ x: 7, y: 0 });
  });

  it("skips them also when somebody else wrote the very same value", async () => {
    ada.create("concept", { x: 0 }, "a");
    await pass();
    ada.set("a", { x: 1 });
    await pass();
    bo.set("a", { x: 1 });
    await pass();
    historyOf(ada).undo();
    await pass();
    expect(props(bo, "a")).toEqual({ x: 1 });
  });

  it("brings back what lay under one's own write in the log, when somebody else was faster", async () => {
    ada.create("concept", { x: 0 }, "a");
    await pass();
    world.server.room.pushFromElsewhere([[1, "a", { x: 7 }]]);
    ada.set("a", { x: 1 });
    await pass();
    expect(props(bo, "a")).toEqual({ x: 1 });
    historyOf(ada).undo();
    await pass();
    expect(props(bo, "a")).toEqual({ x: 7 });
  });

  it("goes on to the step before when nothing of the latest is left to take back", async () => {
    ada.create("concept", {}, "a");
    ada.create("concept", { x: 0 }, "b");
    await pass();
    ada.set("b", { x: 1 });
    await pass();
    ada.set("a", { x: 1 });
    await pass();
    bo.delete("a");
    await pass();
    historyOf(ada).undo();
    await pass();
    expect(props(bo, "b")).toEqual({ x: 0 });
  });

  it("of a delete brings back the entity, what lay in it, and its links", async () => {
    ada.transact(() => {
      ada.create("concept", { title: "A" }, "a");
      ada.create("concept", { parent: ["a", "a0"] }, "child");
      ada.create("concept", { parent: ["child", "a0"] }, "grandchild");
      ada.create("concept", {}, "b");
      ada.create("link", { from: "grandchild", to: "b" }, "l");
    });
    await pass();
    const before = new Map([...bo.concepts, ...bo.links]);
    ada.delete("a");
    await pass();
    expect([bo.concepts.size, bo.links.size]).toEqual([1, 0]);
    historyOf(ada).undo();
    await pass();
    expect(new Map([...bo.concepts, ...bo.links])).toEqual(before);
    historyOf(ada).redo();
    await pass();
    expect([bo.concepts.size, bo.links.size]).toEqual([1, 0]);
  });

  it("does not bring back a link whose end is gone meanwhile", async () => {
    ada.transact(() => {
      ["a", "b"].forEach((id) => ada.create("concept", {}, id));
      ada.create("link", { from: "a", to: "b" }, "l");
    });
    await pass();
    ada.delete("a");
    await pass();
    bo.delete("b");
    await pass();
    historyOf(ada).undo();
    await pass();
    expect([[...bo.concepts.keys()], bo.links.size]).toEqual([["a"], 0]);
  });

  it("of a create leaves it alone when somebody else has linked to it", async () => {
    bo.create("concept", {}, "b");
    await pass();
    ada.create("concept", {}, "a");
    await pass();
    bo.create("link", { from: "a", to: "b" }, "l");
    await pass();
    expect(historyOf(ada).undo()).toBe(false);
    await pass();
    expect(bo.links.has("l")).toBe(true);
  });

  it("forgets what was rejected", async () => {
    ada.create("link", { from: "no", to: "where" }, "l");
    await pass();
    expect(ada.links.size).toBe(0);
    expect(historyOf(ada).canUndo).toBe(false);
  });

  it("knows after a snapshot what somebody else changed, and what was one's own all along", async () => {
    ada.create("concept", { x: 0, y: 0 }, "a");
    await pass();
    ada.set("a", { x: 1 });
    await pass();
    ada.set("a", { y: 1 });
    world.server.carry();
    // The push is in the log, its ack is lost, and the log is no longer where a resume could begin.
    expect(world.server.room.document.get("a")![2]).toMatchObject({ y: 1 });
    world.server.dropsAll();
    world.server.room.pushFromElsewhere([[1, "a", { x: 7 }]]);
    world.server.room.canResume = false;
    await pass(2_000);
    expect(ada.isSynced).toBe(true);
    historyOf(ada).undo();
    historyOf(ada).undo();
    await pass();
    expect(props(ada, "a")).toEqual({ x: 7, y: 0 });
  });
});

describe("steps", () => {
  it("are transactions, and lone sets that follow each other closely", async () => {
    ada.create("concept", { x: 0, title: "" }, "a");
    await pass();
    for (const title of ["D", "Da", "Daw", "Dawn"]) {
      ada.set("a", { title });
      await world.advance(100);
    }
    ada.transact(() => ada.set("a", { x: 1 }));
    ada.transact(() => ada.set("a", { x: 2 }));
    historyOf(ada).undo();
    expect(props(ada, "a")).toEqual({ x: 1, title: "Dawn" });
    historyOf(ada).undo();
    expect(props(ada, "a")).toEqual({ x: 0, title: "Dawn" });
    historyOf(ada).undo();
    expect(props(ada, "a")).toEqual({ x: 0, title: "" });
  });

  it("are one from pause to resume, as for a drag", async () => {
    ada.create("concept", { x: 0 }, "a");
    ada.create("concept", { x: 0 }, "b");
    await pass();
    historyOf(ada).pause();
    for (let x = 1; x <= 20; ++x) {
      ada.transact(() => ["a", "b"].forEach((id) => ada.set(id, { x })));
      await world.advance(100);
    }
    historyOf(ada).resume();
    ada.set("a", { x: 99 });
    await pass();
    historyOf(ada).undo();
    expect([props(ada, "a"), props(ada, "b")]).toEqual([{ x: 20 }, { x: 20 }]);
    historyOf(ada).undo();
    expect([props(ada, "a"), props(ada, "b")]).toEqual([{ x: 0 }, { x: 0 }]);
    historyOf(ada).redo();
    await pass();
    expect([props(bo, "a"), props(bo, "b")]).toEqual([{ x: 20 }, { x: 20 }]);
  });

  it("made inside ignore are not undone", () => {
    ada.create("concept", { x: 0 }, "a");
    historyOf(ada).ignore(() => ada.set("a", { x: 1 }));
    historyOf(ada).undo();
    expect(ada.concepts.has("a")).toBe(false);
    expect(historyOf(ada).state).toEqual({ canUndo: false, canRedo: true });
  });

  it("that were undone are forgotten with the next edit, and the oldest beyond a bound", async () => {
    for (let i = 0; i <= kGroupsMax; ++i) ada.create("concept", {}, `n${i}`);
    historyOf(ada).undo();
    expect(historyOf(ada).canRedo).toBe(true);
    ada.set("n1", { x: 1 });
    expect(historyOf(ada).canRedo).toBe(false);
    while (historyOf(ada).undo());
    expect([...ada.concepts.keys()]).toEqual(["n0"]);
  });

  it("tell when there is something to undo or redo, and not more often", () => {
    const heard: unknown[] = [];
    historyOf(ada).subscribe((state) => heard.push(state));
    ada.create("concept", {}, "a");
    ada.create("concept", {}, "b");
    historyOf(ada).undo();
    historyOf(ada).clear();
    expect(heard).toEqual([
      { canUndo: true, canRedo: false },
      { canUndo: true, canRedo: true },
      { canUndo: false, canRedo: false },
    ]);
  });
});

describe("a step that is larger than a push", () => {
  const counts = (): number[] => [ada, bo].map((canvas) => canvas.concepts.size + canvas.links.size);
  /** Of the pushes in the log from here on. */
  const pushesSince = (seq: number): Op[][] => world.server.room.log.filter((entry) => entry.seq > seq).map(({ effective }) => effective);

  /** A group with its members, and its deleting as the only step. */
  async function deleteGroup(members: number): Promise<void> {
    ada.create("concept", {}, "group");
    for (let i = 0; i < members; ++i) ada.create("concept", { parent: ["group", "a0"] }, member(i));
    await pass();
    historyOf(ada).clear();
    ada.delete("group");
    await pass();
    expect(counts()).toEqual([0, 0]);
  }

  /** From the next welcome on, which this waits for. */
  async function limitTo(limits: Partial<Limits>): Promise<void> {
    world.server.room.limits = { ...kDefaultLimits, ...limits };
    world.server.dropsAll();
    await pass(2_000);
  }

  it("by its ops is taken back and done again whole, in several pushes", async () => {
    const kMembers = 1_200;
    await deleteGroup(kMembers);
    for (let round = 0; round < 2; ++round) {
      const { seq } = world.server.room;
      expect(historyOf(ada).undo()).toBe(true);
      expect(historyOf(ada).state).toEqual({ canUndo: false, canRedo: true });
      await pass();
      expect(counts()).toEqual([kMembers + 1, kMembers + 1]);
      expect(bo.get(member(kMembers - 1))!.props["parent"]).toEqual(["group", "a0"]);
      expect(pushesSince(seq).map((ops) => ops.length)).toEqual([kDefaultLimits.push_ops_max, kMembers + 1 - kDefaultLimits.push_ops_max]);
      expect(historyOf(ada).redo()).toBe(true);
      expect(historyOf(ada).state).toEqual({ canUndo: true, canRedo: false });
      await pass();
      expect(counts()).toEqual([0, 0]);
    }
  });

  it("by its bytes, too", async () => {
    const kNotes = 200;
    const note = "n".repeat(6_000);
    for (let i = 0; i < kNotes; ++i) ada.create("concept", { note }, member(i));
    await pass();
    ada.transact(() => {
      for (let i = 0; i < kNotes; ++i) ada.delete(member(i));
    });
    await pass();
    const { seq } = world.server.room;
    expect(historyOf(ada).undo()).toBe(true);
    await pass();
    expect(counts()).toEqual([kNotes, kNotes]);
    const bytes = pushesSince(seq).map(encodedBytes);
    expect(bytes).toHaveLength(2);
    expect(Math.max(...bytes)).toBeLessThan(kDefaultLimits.frame_bytes_max);
  });

  describe("and is refused halfway", () => {
    const kMembers = 120;
    const kOthers = 15;
    beforeEach(async () => {
      await limitTo({ push_ops_max: 100, entities_max: kMembers + 10 });
      await deleteGroup(kMembers);
      bo.transact(() => {
        for (let i = 0; i < kOthers; ++i) bo.create("concept", {}, `other${i}`);
      });
      await pass();
      expect(() => historyOf(ada).undo()).toThrow(/entities_max/);
      await pass();
      expect(counts()).toEqual([kOthers + 100, kOthers + 100]);
      expect(historyOf(ada).state).toEqual({ canUndo: true, canRedo: true });
      bo.transact(() => {
        for (let i = 0; i < kOthers; ++i) bo.delete(`other${i}`);
      });
      await pass();
    });

    it("goes on when it can, and is one step again", async () => {
      expect(historyOf(ada).undo()).toBe(true);
      expect(historyOf(ada).state).toEqual({ canUndo: false, canRedo: true });
      await pass();
      expect(counts()).toEqual([kMembers + 1, kMembers + 1]);
      expect(historyOf(ada).redo()).toBe(true);
      expect(historyOf(ada).state).toEqual({ canUndo: true, canRedo: false });
      await pass();
      expect(counts()).toEqual([0, 0]);
    });

    it("can be turned round instead, and is one step again", async () => {
      expect(historyOf(ada).redo()).toBe(true);
      expect(historyOf(ada).state).toEqual({ canUndo: true, canRedo: false });
      await pass();
      expect(counts()).toEqual([0, 0]);
      expect(historyOf(ada).undo()).toBe(true);
      expect(historyOf(ada).state).toEqual({ canUndo: false, canRedo: true });
      await pass();
      expect(counts()).toEqual([kMembers + 1, kMembers + 1]);
      expect(bo.get(member(0))!.props["parent"]).toEqual(["group", "a0"]);
    });
  });

  it("and of which the server refuses a push comes back as far as it was refused", async () => {
    const kMembers = 120;
    await limitTo({ push_ops_max: 100 });
    bo.create("concept", {}, "b");
    await pass();
    ada.create("concept", {}, "group");
    ada.create("link", { from: "group", to: "b" }, "l");
    for (let i = 0; i < kMembers; ++i) ada.create("concept", { parent: ["group", "a0"] }, member(i));
    await pass();
    historyOf(ada).clear();
    ada.delete("group");
    await pass();
    const rejected: number[] = [];
    ada.on("rejected", ({ ops }) => rejected.push(ops.length));
    // Faster than the undo, whose last op is the link.
    world.server.room.pushFromElsewhere([[2, "b"]]);
    historyOf(ada).undo();
    await pass();
    expect(rejected).toEqual([kMembers + 2 - 100]);
    expect(counts()).toEqual([100, 100]);
    expect(historyOf(ada).undo()).toBe(true);
    await pass();
    expect(counts()).toEqual([kMembers + 1, kMembers + 1]);
    expect(historyOf(ada).state).toEqual({ canUndo: false, canRedo: true });
    historyOf(ada).redo();
    expect(historyOf(ada).state).toEqual({ canUndo: true, canRedo: false });
    await pass();
    expect(counts()).toEqual([0, 0]);
  });
});

describe("a step that is refused", () => {
  it("by the server can be taken back later, without what somebody else wrote meanwhile", async () => {
    ada.create("concept", { x: 0, y: 0 }, "a");
    ada.create("concept", {}, "b");
    ada.create("concept", {}, "c");
    await pass();
    historyOf(ada).clear();
    ada.transact(() => {
      ada.set("a", { x: 1, y: 1 });
      ada.delete("b");
      ["d", "e"].forEach((id) => ada.create("concept", {}, id));
    });
    await pass();
    world.server.room.role = "view";
    world.server.room.pushFromElsewhere([
      [1, "a", { x: 7 }],
      [1, "d", { x: 7 }],
    ]);
    historyOf(ada).undo();
    await pass();
    expect(historyOf(ada).state).toEqual({ canUndo: true, canRedo: false });
    expect([...ada.concepts.keys()].sort()).toEqual(["a", "c", "d", "e"]);
    world.server.room.role = "edit";
    expect(historyOf(ada).undo()).toBe(true);
    await pass();
    expect([...bo.concepts.keys()].sort()).toEqual(["a", "b", "c", "d"]);
    expect(props(bo, "a")).toEqual({ x: 7, y: 0 });
    historyOf(ada).redo();
    await pass();
    expect([...bo.concepts.keys()].sort()).toEqual(["a", "c", "d", "e"]);
    expect(props(bo, "a")).toEqual({ x: 7, y: 1 });
  });

  it("by the server as a redo does not come back after the next edit", async () => {
    ada.create("concept", {}, "a");
    await pass();
    historyOf(ada).undo();
    await pass();
    world.server.room.role = "view";
    historyOf(ada).redo();
    ada.create("concept", {}, "b");
    await pass();
    expect(historyOf(ada).state).toEqual({ canUndo: false, canRedo: false });
  });

  it("in part for good is taken back but for that, and says so", async () => {
    let isStrict = false;
    const concept = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: (value: unknown) => (isStrict && (value as { title?: string }).title === "old" ? { issues: [{ message: "is out of fashion" }] } : { value }),
      },
    };
    const { canvas } = await world.join("Cy", { schemas: { concepts: { concept } } } as never);
    const history = historyOf(canvas);
    ["new", "old", "newer"].forEach((title, i) => canvas.create("concept", { title }, member(i)));
    await pass();
    canvas.transact(() => ["m0", "m1", "m2"].forEach((id) => canvas.delete(id)));
    await pass();
    isStrict = true;
    expect(() => history.undo()).toThrow(/out of fashion/);
    await pass();
    expect([...bo.concepts.keys()].sort()).toEqual(["m0", "m2"]);
    history.redo();
    await pass();
    expect(bo.concepts.size).toBe(0);
    // The steps before are still there.
    history.undo();
    expect(history.undo()).toBe(true);
  });
});

describe("an entity that no push can carry", () => {
  it("is left out when its delete is undone, and that is said", async () => {
    world.server.room.limits = { ...kDefaultLimits, frame_bytes_max: 16 * 1024 };
    world.server.dropsAll();
    await pass(2_000);
    ada.create("concept", { title: "t".repeat(10_000) }, "large");
    ada.create("concept", {}, "small");
    await pass();
    ada.set("large", { note: "n".repeat(10_000) });
    await pass();
    ada.transact(() => ["small", "large"].forEach((id) => ada.delete(id)));
    await pass();
    expect(() => historyOf(ada).undo()).toThrow(/frame_bytes_max/);
    await pass();
    expect([...bo.concepts.keys()]).toEqual(["small"]);
    historyOf(ada).redo();
    await pass();
    expect(bo.concepts.size).toBe(0);
  });
});

function member(i: number): string {
  return `m${i}`;
}
