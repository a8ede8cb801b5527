// SPDX-License-Identifier: Apache-2.0

import { beforeEach, describe, expect, it, vi } from "vitest";

import { LiveCollection, type CollectionChange } from "../../src/features/concepts/collection.js";
import { ConceptSync } from "../../src/features/concepts/concept_sync.js";
import { kLinkType, type Entity } from "../../src/features/concepts/evaluate.js";
import { kDefaultLimits } from "../../src/protocol/limits.js";
import type { Op, Welcome } from "../../src/protocol/messages.js";

const sum = new Uint8Array(8);
const welcome = { actor: 1, epoch: 7, seq: 0, n: 0, resumed: false } as Welcome;

let sync: ConceptSync;
let concepts: LiveCollection;
let seq = 0;

beforeEach(() => {
  sync = new ConceptSync({
    changed: ({ origin }, before) => {
      sync.concepts.tell(before, ({ type }) => type !== kLinkType, origin);
      sync.links.tell(before, ({ type }) => type === kLinkType, origin);
    },
    rejected: () => {},
    outgoing: () => {},
    heldBack: () => {},
    lostTrack: () => {},
  });
  seq = 0;
  sync.welcome(welcome, kDefaultLimits);
  sync.snapshot([5, 0, true, [], sum]);
  concepts = sync.concepts;
});

const remote = (...ops: Op[]): void => sync.ops([3, ++seq, 2, "bo", ops, sum]);

describe("collections", () => {
  it("tell what was added, updated and removed, once for a push", () => {
    const changes: CollectionChange<Entity>[] = [];
    concepts.subscribe((change) => changes.push(change));
    const links = vi.fn();
    sync.links.subscribe(links);
    remote([0, "a", "concept", { x: 1 }], [0, "b", "concept", {}]);
    remote([1, "a", { x: 2 }], [2, "b"], [0, "c", "concept", {}]);
    expect(changes.map(({ origin, added, updated, removed }) => [origin, ...[added, updated, removed].map((list) => list.map(({ id }) => id))])).toEqual([
      ["remote", ["a", "b"], [], []],
      ["remote", ["c"], ["a"], ["b"]],
    ]);
    expect(links).not.toHaveBeenCalled();
  });

  it("tell of nothing that came back to what it was", () => {
    remote([0, "a", "concept", { x: 1 }]);
    const listener = vi.fn();
    concepts.subscribe(listener);
    sync.transact(() => {
      sync.set("a", { x: 2 });
      sync.set("a", { x: 1 });
    });
    expect(listener).not.toHaveBeenCalled();
  });

  it("tell an entity's listener of that entity alone, with what it was", () => {
    const heard: unknown[] = [];
    concepts.subscribeTo("a", (now, before) => heard.push([now?.props["x"], before?.props["x"]]));
    remote([0, "a", "concept", { x: 1 }]);
    remote([0, "b", "concept", { x: 1 }]);
    sync.set("a", { x: 2 });
    sync.delete("a");
    expect(heard).toEqual([
      [1, undefined],
      [2, 1],
      [undefined, 2],
    ]);
  });

  it("tell a property's listener of that property alone", () => {
    const heard: unknown[] = [];
    const stop = concepts.subscribeTo("a", "x", (now: unknown, before: unknown) => heard.push([now, before]));
    remote([0, "a", "concept", { x: 1, y: 1 }]);
    sync.set("a", { y: 2 });
    sync.set("a", { x: 3 });
    remote([1, "a", { y: 9 }]);
    stop();
    sync.set("a", { x: 4 });
    expect(heard).toEqual([
      [1, undefined],
      [3, 1],
    ]);
  });

  it("hold an entity that becomes a link, or stops being one, on the right side", () => {
    remote([0, "a", "concept", {}], [0, "b", "concept", {}]);
    const gone = vi.fn();
    const come = vi.fn();
    concepts.subscribe(({ removed }) => gone(removed.map(({ id }) => id)));
    sync.links.subscribe(({ added }) => come(added.map(({ id }) => id)));
    remote([2, "b"], [0, "b", "link", { from: "a", to: "a" }]);
    expect(gone).toHaveBeenCalledWith(["b"]);
    expect(come).toHaveBeenCalledWith(["b"]);
  });

  it("give the same array until something changes", () => {
    remote([0, "a", "concept", {}]);
    const { all } = concepts;
    expect(concepts.all).toBe(all);
    remote([0, "b", "concept", {}]);
    expect(concepts.all.map(({ id }) => id)).toEqual(["a", "b"]);
  });
});
