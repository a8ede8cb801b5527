// SPDX-License-Identifier: Apache-2.0

import { beforeEach, describe, expect, it } from "vitest";

import { ConceptSync, kPendingPushesMax, type Change, type Rejected } from "../../src/features/concepts/concept_sync.js";
import { kPushesInFlightMax } from "../../src/features/concepts/push_queue.js";
import { WeftError } from "../../src/protocol/errors.js";
import { kDefaultLimits } from "../../src/protocol/limits.js";
import type { EntityRow, Op, Props, Welcome } from "../../src/protocol/messages.js";

const sumOf = (seq: number): Uint8Array => new Uint8Array(8).fill(seq);

const kWelcome: Welcome = {
  actor: 1,
  user: { id: "ada", name: "Ada" },
  role: "edit",
  epoch: 7,
  seq: 10,
  sum: sumOf(10),
  n: 0,
  resumed: false,
  tick: 16,
  limits: {},
  server: "test",
};

/** A ConceptSync and everything it says, with the server played by hand. */
class Script {
  readonly changes: Change[] = [];
  readonly rejections: Rejected[] = [];
  readonly lost: string[] = [];
  held = 0;
  readonly sync = new ConceptSync({
    changed: (change) => this.changes.push(change),
    rejected: (rejected) => this.rejections.push(rejected),
    outgoing: () => {},
    heldBack: () => ++this.held,
    lostTrack: (reason) => this.lost.push(reason),
  });
  seq = 10;

  /** A fresh session with a snapshot at seq 10. */
  starts(...rows: EntityRow[]): this {
    this.sync.welcome(kWelcome, kDefaultLimits);
    this.sync.snapshot([5, 10, true, rows, sumOf(10)]);
    this.changes.length = 0;
    return this;
  }
  remote(...ops: Op[]): this {
    this.sync.ops([3, ++this.seq, 2, "bo", ops, sumOf(this.seq)]);
    return this;
  }
  commits(n: number): this {
    this.sync.ack([6, n, ++this.seq, 0, null, sumOf(this.seq)]);
    return this;
  }
  rebases(n: number, ...ops: Op[]): this {
    this.sync.ack([6, n, ++this.seq, 2, ops, sumOf(this.seq)]);
    return this;
  }
  rejects(n: number, code: string, message = "because"): this {
    this.sync.ack([6, n, ++this.seq, 3, [code, message, 0], sumOf(this.seq)]);
    return this;
  }
  duplicates(n: number): this {
    this.sync.ack([6, n, this.seq, 4, null, sumOf(this.seq)]);
    return this;
  }
  get sent(): number[] {
    return this.sync.takeUnsent().map(([n]) => n);
  }
  title(id: string): unknown {
    return this.sync.concepts.get(id)?.props["title"];
  }
  get origins(): string[] {
    return this.changes.map(({ origin }) => origin);
  }
}

const a: EntityRow = ["a", "concept", { title: "A", x: 1 }];
const b: EntityRow = ["b", "concept", { title: "B" }];
const ab: EntityRow = ["ab", "link", { from: "a", to: "b" }];
const child: EntityRow = ["c", "concept", { parent: ["a", "a0"] }];
const grandchild: EntityRow = ["d", "concept", { parent: ["c", "a0"] }];

describe("ConceptSync", () => {
  let script: Script;
  let sync: ConceptSync;
  beforeEach(() => {
    script = new Script();
    sync = script.sync;
  });

  describe("own edits", () => {
    it("are shown at once and told as local", () => {
      script.starts(a);
      sync.set("a", { title: "mine" });
      expect(script.title("a")).toBe("mine");
      expect(script.changes).toEqual([{ origin: "local", ids: new Set(["a"]) }]);
    });

    it("stay the same objects when the server commits them", () => {
      script.starts(a);
      sync.set("a", { title: "mine" });
      const shown = sync.concepts.get("a");
      expect(script.sent).toEqual([1]);
      script.commits(1);
      expect(sync.concepts.get("a")).toBe(shown);
      expect(script.origins).toEqual(["local"]);
      expect(sync.isSynced).toBe(true);
    });

    it("win over remote values of the same property until acknowledged", () => {
      script.starts(a);
      sync.set("a", { title: "mine" });
      script.sent;
      script.remote([1, "a", { title: "theirs", x: 2 }]);
      expect(sync.concepts.get("a")!.props).toEqual({ title: "mine", x: 2 });
      script.commits(1);
      script.remote([1, "a", { title: "later" }]);
      expect(script.title("a")).toBe("later");
    });

    it("that would make the canvas too large are rolled back, and the limit that the server's sentence names is told", () => {
      script.starts(a);
      sync.set("a", { title: "mine" });
      script.sent;
      script.rejects(1, "too_large", 'A canvas may have at most 67108864 bytes (document_bytes_max); with this change of "a" it would have 67108865.');
      expect(script.title("a")).not.toBe("mine");
      expect(script.rejections).toEqual([expect.objectContaining({ code: "too_large", limit: "document_bytes_max" })]);
    });

    it("are rolled back when rejected, down to the remote value beneath, and the reason is told", () => {
      script.starts(a);
      sync.set("a", { title: "mine" });
      script.sent;
      script.remote([1, "a", { title: "theirs" }]);
      script.rejects(1, "too_large");
      expect(script.title("a")).toBe("theirs");
      expect(script.origins.at(-1)).toBe("rollback");
      expect(script.rejections).toEqual([{ code: "too_large", message: "because", opIndex: 0, ops: [[1, "a", { title: "mine" }]] }]);
    });

    it("take the effective ops when rebased", () => {
      script.starts(a, b);
      sync.set("b", { parent: ["gone", "a0"] });
      script.sent;
      script.rebases(1, [1, "b", { parent: [null, "a0"] }]);
      expect(sync.concepts.get("b")!.props["parent"]).toEqual([null, "a0"]);
    });

    it("vanish without effect", () => {
      script.starts(a);
      sync.set("a", { title: "mine" });
      script.sent;
      script.remote([2, "a"]);
      expect(sync.concepts.has("a")).toBe(false);
      sync.ack([6, 1, ++script.seq, 1, null, sumOf(script.seq)]);
      expect(sync.pendingCount).toBe(0);
      expect(sync.isSynced).toBe(true);
    });

    it("give way to the server's state when it calls them duplicate", () => {
      script.starts(a);
      sync.set("a", { title: "mine" });
      script.sent;
      script.duplicates(1);
      expect(script.title("a")).toBe("A");
      expect(sync.pendingCount).toBe(0);
    });

    it("S2 stay as they are when a push of an earlier session comes as ops, and then as a duplicate", () => {
      script.starts(a);
      sync.set("a", { x: 2 });
      expect(script.sent).toEqual([1]);
      sync.disconnected();
      sync.welcome({ ...kWelcome, resumed: true, n: 1 }, kDefaultLimits);
      expect(script.sent).toEqual([1]);
      script.changes.length = 0;
      script.remote([1, "a", { x: 2 }]).duplicates(1);
      expect(script.changes).toEqual([]);
      expect(sync.concepts.get("a")?.props).toEqual({ title: "A", x: 2 });
      expect(sync.isSynced).toBe(true);
    });

    it("of one entity share a push until it is sent", () => {
      script.starts(a);
      for (let x = 0; x < 50; ++x) sync.set("a", { x });
      sync.set("a", { y: 1 });
      expect(sync.takeUnsent()).toEqual([[1, [[1, "a", { x: 49, y: 1 }]]]]);
      sync.set("a", { x: 50 });
      expect(sync.takeUnsent()).toEqual([[2, [[1, "a", { x: 50 }]]]]);
    });

    it("remove a property with null, and never show the null", () => {
      script.starts(a);
      sync.set("a", { title: null });
      expect("title" in sync.concepts.get("a")!.props).toBe(false);
      sync.create("n", "concept", { x: null, y: 1 });
      expect(sync.concepts.get("n")!.props).toEqual({ y: 1 });
    });
  });

  describe("deletes", () => {
    it("take links and descendants along at once", () => {
      script.starts(a, b, ab, child, grandchild);
      sync.delete("a");
      expect([...sync.concepts.keys()]).toEqual(["b"]);
      expect(sync.links.size).toBe(0);
      expect(script.changes[0]!.ids).toEqual(new Set(["a", "ab", "c", "d"]));
    });

    it("come back whole when rejected", () => {
      script.starts(a, b, ab, child, grandchild);
      sync.delete("a");
      script.sent;
      script.rejects(1, "not_allowed");
      expect([...sync.concepts.keys()].sort()).toEqual(["a", "b", "c", "d"]);
      expect([...sync.links.keys()]).toEqual(["ab"]);
    });

    it("take the cascade from the effective ops", () => {
      script.starts(a, b, ab);
      sync.delete("a");
      script.sent;
      script.rebases(1, [2, "ab"], [2, "a"]);
      expect([...sync.concepts.keys()]).toEqual(["b"]);
      script.remote([0, "ab", "concept", {}]);
      expect(sync.concepts.has("ab")).toBe(true);
    });

    it("hide what somebody attaches meanwhile", () => {
      script.starts(a, b);
      sync.delete("a");
      script.sent;
      script.remote([0, "ab", "link", { from: "a", to: "b" }]);
      expect(sync.links.has("ab")).toBe(false);
      script.rejects(1, "unsupported");
      expect(sync.links.has("ab")).toBe(true);
    });

    it("by others take what they name", () => {
      script.starts(a, b, ab);
      script.remote([2, "ab"], [2, "a"]);
      expect([...sync.concepts.keys()]).toEqual(["b"]);
      expect(sync.links.size).toBe(0);
    });

    it("win over one's own later set", () => {
      script.starts(a);
      sync.delete("a");
      sync.set("a", { title: "too late" });
      expect(sync.concepts.has("a")).toBe(false);
      sync.create("a", "concept", { title: "again" });
      expect(script.title("a")).toBe("again");
    });
  });

  describe("transact", () => {
    it("makes one push of all edits and one change", () => {
      script.starts();
      sync.transact(() => {
        sync.create("a", "concept", {});
        sync.create("b", "concept", {});
        sync.create("ab", "link", { from: "a", to: "b" });
      });
      expect(script.changes).toEqual([{ origin: "local", ids: new Set(["a", "b", "ab"]) }]);
      expect(sync.takeUnsent()[0]![1].length).toBe(3);
      script.rejects(1, "too_many");
      expect(sync.concepts.size + sync.links.size).toBe(0);
    });

    it("shows its own edits inside and nothing of them when it throws", () => {
      script.starts(a);
      expect(() =>
        sync.transact(() => {
          sync.set("a", { title: "half" });
          expect(script.title("a")).toBe("half");
          throw new Error("changed my mind");
        }),
      ).toThrow("changed my mind");
      expect(script.title("a")).toBe("A");
      expect(sync.pendingCount).toBe(0);
      expect(script.changes).toEqual([]);
    });

    it("sends nothing when nothing was edited", () => {
      script.starts(a);
      expect(sync.transact(() => 42)).toBe(42);
      expect(sync.pendingCount).toBe(0);
    });

    it("that only sets shares a push with later sets of exactly the same entities, and of no others", () => {
      script.starts(a, b);
      const both = (x: number): void => sync.transact(() => ["a", "b"].forEach((id) => sync.set(id, { x })));
      both(1);
      both(2);
      expect(sync.takeUnsent()).toEqual([[1, [[1, "a", { x: 2 }], [1, "b", { x: 2 }]]]]);
      both(3);
      sync.set("a", { x: 4 });
      both(5);
      expect(sync.takeUnsent().map(([, ops]) => ops.length)).toEqual([2, 1, 2]);
    });

    it("that makes or deletes something is not merged with what comes after", () => {
      script.starts();
      sync.transact(() => sync.create("n", "concept", { x: 1 }));
      sync.set("n", { x: 2 });
      expect(sync.pendingCount).toBe(2);
    });
  });

  describe("the log", () => {
    it("S2 ignores what it knows already", () => {
      script.starts(a);
      script.remote([1, "a", { title: "eleven" }]);
      sync.ops([3, 11, 2, "bo", [[1, "a", { title: "again" }]], sumOf(11)]);
      sync.ops([3, 4, 2, "bo", [[2, "a"]], sumOf(4)]);
      expect(script.title("a")).toBe("eleven");
      expect(script.lost).toEqual([]);
    });

    it("S2 notices a hole in ops and in acks, and changes nothing", () => {
      for (const jump of [
        () => sync.ops([3, 12, 2, "bo", [[2, "a"]], sumOf(12)]),
        () => sync.ack([6, 1, 12, 0, null, sumOf(12)]),
      ]) {
        script = new Script();
        sync = script.sync;
        script.starts(a);
        sync.set("a", { x: 5 });
        script.sent;
        jump();
        expect(script.lost.length).toBe(1);
        expect(sync.since).toEqual([7, 10, sumOf(10)]);
        expect(sync.concepts.has("a")).toBe(true);
        expect(sync.pendingCount).toBe(1);
      }
    });

    it("advances over ops without effect", () => {
      script.starts(a).remote().remote([1, "a", { title: "later" }]);
      expect(sync.since).toEqual([7, 12, sumOf(12)]);
      expect(script.lost).toEqual([]);
    });

    it("S4 replaces everything by a snapshot in parts, and shows pending edits on top", () => {
      script.starts(a, b, ab);
      sync.set("b", { title: "mine" });
      sync.create("n", "concept", { title: "new" });
      sync.disconnected();
      sync.welcome({ ...kWelcome, epoch: 8, seq: 3 }, kDefaultLimits);
      sync.snapshot([5, 3, false, [b]]);
      expect(sync.isSynced).toBe(false);
      expect(script.title("a")).toBe("A");
      sync.snapshot([5, 3, true, [["z", "concept", {}]], sumOf(3)]);
      expect([...sync.concepts.keys()].sort()).toEqual(["b", "n", "z"]);
      expect(script.title("b")).toBe("mine");
      expect(sync.links.size).toBe(0);
      expect(sync.since).toEqual([8, 3, sumOf(3)]);
      expect(sync.pendingCount).toBe(2);
    });

    it("forgets a snapshot of which only parts came", () => {
      script.starts(a);
      sync.welcome({ ...kWelcome, epoch: 8 }, kDefaultLimits);
      sync.snapshot([5, 3, false, [b]]);
      sync.disconnected();
      sync.welcome({ ...kWelcome, epoch: 8 }, kDefaultLimits);
      sync.snapshot([5, 3, true, [a], sumOf(3)]);
      expect([...sync.concepts.keys()]).toEqual(["a"]);
    });

    it("hides what a pending delete takes along from a snapshot too", () => {
      script.starts(a, b);
      sync.delete("a");
      sync.disconnected();
      sync.welcome(kWelcome, kDefaultLimits);
      sync.snapshot([5, 11, true, [a, b, ab], sumOf(11)]);
      expect([...sync.concepts.keys()]).toEqual(["b"]);
      expect(sync.links.size).toBe(0);
    });

    it("is synced after a resume only when all that was missed has come", () => {
      script.starts(a);
      sync.disconnected();
      expect(sync.isSynced).toBe(false);
      sync.welcome({ ...kWelcome, resumed: true, seq: 12 }, kDefaultLimits);
      expect(sync.isSynced).toBe(false);
      script.remote().remote();
      expect(sync.isSynced).toBe(true);
    });

    it("begins again when a commit is about a push it does not know", () => {
      script.starts(a).commits(99);
      expect(script.lost.length).toBe(1);
      expect(sync.since).toBeUndefined();
    });

    it("does not resume an epoch that a number cannot hold", () => {
      sync.welcome({ ...kWelcome, epoch: 2 ** 60 }, kDefaultLimits);
      sync.snapshot([5, 10, true, [], sumOf(10)]);
      expect(sync.since).toBeUndefined();
    });
  });

  describe("pushes that were not taken", () => {
    it.each(["unavailable", "rate_limited"])("%s: stay pending and go again with all after them", (code) => {
      script.starts(a, b);
      sync.set("a", { x: 1 });
      sync.set("b", { x: 1 });
      expect(script.sent).toEqual([1, 2]);
      expect(sync.error([9, code, "not now", 1, 3])).toBe(true);
      // The server answers the second one too, which must not count as another loss.
      sync.ack([6, 2, 10, 3, ["out_of_order", "expected 1", 0], sumOf(10)]);
      sync.set("a", { x: 2 });
      expect(script.sent).toEqual([]);
      expect([script.held, script.lost]).toEqual([1, []]);
      sync.release();
      expect(script.sent).toEqual([1, 2, 3]);
      script.commits(1).commits(2).commits(3);
      expect(sync.isSynced).toBe(true);
    });

    it("are not seen in an error about something else", () => {
      script.starts(a);
      expect(sync.error([9, "too_large", "event", 4, 4])).toBe(false);
      expect(sync.error([9, "rate_limited", "event", 4, 4])).toBe(false);
      expect(script.held).toBe(0);
    });

    it("out_of_order: stay pending and ask for a new session, whose n they follow", () => {
      script.starts(a);
      sync.set("a", { x: 1 });
      script.sent;
      sync.ack([6, 1, 10, 3, ["out_of_order", "expected 5", 0], sumOf(10)]);
      expect(script.lost.length).toBe(1);
      expect([sync.pendingCount, script.rejections.length]).toEqual([1, 0]);
    });

    it("not_allowed: are rolled back and their number is used again", () => {
      script.starts(a);
      sync.set("a", { x: 1 });
      script.sent;
      sync.ack([6, 1, 10, 3, ["not_allowed", "role", 0], sumOf(10)]);
      expect(script.rejections[0]!.code).toBe("not_allowed");
      sync.set("a", { x: 2 });
      expect(script.sent).toEqual([1]);
    });
  });

  describe("limits", () => {
    const limited = (limits: Partial<typeof kDefaultLimits>): Script => {
      sync.welcome(kWelcome, { ...kDefaultLimits, ...limits });
      sync.snapshot([5, 10, true, [a, b], sumOf(10)]);
      return script;
    };
    const limitOf = (edit: () => void): unknown => {
      try {
        edit();
      } catch (error) {
        expect(error).toBeInstanceOf(WeftError);
        return (error as WeftError).limit;
      }
      return "accepted";
    };

    it.each([
      ["id_chars_max", { id_chars_max: 4 }, (s: ConceptSync) => s.create("abcde", "concept", {})],
      ["id_chars_max", { id_chars_max: 7 }, (s: ConceptSync) => s.create("n", "concept", { propertykey: 1 })],
      ["entity_bytes_max", { entity_bytes_max: 20 }, (s: ConceptSync) => s.set("a", { text: "x".repeat(20) })],
      ["entities_max", { entities_max: 2 }, (s: ConceptSync) => s.create("n", "concept", {})],
      ["frame_bytes_max", { frame_bytes_max: 40 }, (s: ConceptSync) => s.set("a", { text: "x".repeat(40) })],
      ["push_ops_max", { push_ops_max: 1 }, (s: ConceptSync) => s.transact(() => (s.delete("a"), s.delete("b")))],
    ] as const)("C4 %s is named before anything is shown or sent", (name, limits, edit) => {
      limited(limits);
      expect(limitOf(() => edit(sync))).toBe(name);
      expect([sync.pendingCount, sync.concepts.size]).toEqual([0, 2]);
    });

    it("P5 keep out what would end the session: values nested too deep, and dates", () => {
      script.starts();
      const nested = (levels: number): never => JSON.parse("[".repeat(levels) + "]".repeat(levels)) as never;
      expect(() => sync.create("a", "concept", { x: nested(13) })).toThrow("too deep");
      sync.create("a", "concept", { x: nested(12) });
      expect(() => sync.set("a", { x: new Date() as never })).toThrow("Date");
      expect(sync.pendingCount).toBe(1);
    });

    it("of a push keep transactions about the same entities apart that would not fit into one", () => {
      limited({ frame_bytes_max: 100 });
      const write = (props: Props): void => sync.transact(() => ["a", "b"].forEach((id) => sync.set(id, props)));
      write({ x: 1 });
      write({ text: "t".repeat(20) });
      expect(sync.pendingCount).toBe(1);
      write({ note: "n".repeat(20) });
      expect(sync.pendingCount).toBe(2);
      expect(sync.get("b")!.props).toMatchObject({ x: 1, text: "t".repeat(20), note: "n".repeat(20) });
    });

    it("count characters, not code units", () => {
      limited({ id_chars_max: 4 });
      expect(limitOf(() => sync.create("🧶🧶🧶🧶", "node", {}))).toBe("accepted");
    });

    it("bound what waits for the server", () => {
      script.starts();
      for (let i = 0; i < kPendingPushesMax; ++i) sync.create(`n${i}`, "concept", {});
      expect(limitOf(() => sync.create("more", "concept", {}))).toBe("pending_pushes_max");
      expect(script.sent.length).toBe(kPushesInFlightMax);
    });

    it("that shrink take back what is too large for them now", () => {
      script.starts(a);
      sync.set("a", { text: "x".repeat(200) });
      sync.welcome(kWelcome, { ...kDefaultLimits, frame_bytes_max: 100 });
      expect(script.rejections[0]!.code).toBe("too_large");
      expect(sync.pendingCount).toBe(0);
      expect("text" in sync.concepts.get("a")!.props).toBe(false);
    });
  });
});
