// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { makePush, type Push } from "../../src/features/concepts/push.js";
import { kPushesInFlightMax, PushQueue } from "../../src/features/concepts/push_queue.js";

const set = (id: string): Push => makePush([[1, id, { x: 1 }]], true);
const create = (id: string): Push => makePush([[0, id, "concept", {}]], false);

function queueOf(...pushes: Push[]): PushQueue {
  const queue = new PushQueue();
  queue.welcome(0);
  pushes.forEach((push) => queue.add(push));
  return queue;
}

const numbers = (pushes: readonly Push[]): (number | undefined)[] => pushes.map(({ n }) => n);

describe("PushQueue", () => {
  it("C3 numbers from one above what the log has", () => {
    const queue = queueOf(set("a"), set("b"));
    queue.welcome(41);
    expect(numbers(queue.takeUnsent())).toEqual([42, 43]);
    queue.add(set("c"));
    expect(numbers(queue.takeUnsent())).toEqual([44]);
    expect(queue.takeUnsent()).toEqual([]);
  });

  it("sends everything unanswered again after a drop, under the same numbers, in order", () => {
    const queue = queueOf(set("a"), set("b"), set("c"));
    queue.takeUnsent();
    queue.remove(queue.find(1)!);
    queue.add(set("d"));
    queue.disconnect();
    queue.welcome(2);
    expect(numbers(queue.takeUnsent())).toEqual([2, 3, 4]);
  });

  it("counts on from what a log knows that has lost some of it", () => {
    const queue = queueOf(set("a"), set("b"));
    queue.welcome(6);
    queue.takeUnsent();
    queue.welcome(2);
    expect(numbers(queue.takeUnsent())).toEqual([3, 4]);
  });

  it("never goes back below a number that was used up", () => {
    const queue = queueOf(set("a"));
    queue.takeUnsent();
    queue.remove(queue.find(1)!);
    queue.add(set("b"));
    expect(numbers(queue.takeUnsent())).toEqual([2]);
  });

  it("gives a number again that the server did not use up", () => {
    const queue = queueOf(set("a"));
    queue.takeUnsent();
    queue.remove(queue.find(1)!, false);
    queue.add(set("b"));
    expect(numbers(queue.takeUnsent())).toEqual([1]);
  });

  it("holds a refused push and all after it, and later ones too, until released", () => {
    const queue = queueOf(set("a"), set("b"), set("c"));
    queue.takeUnsent();
    expect(queue.hold(queue.find(2)!)).toBe(true);
    queue.add(set("d"));
    expect(queue.takeUnsent()).toEqual([]);
    queue.release();
    expect(numbers(queue.takeUnsent())).toEqual([2, 3, 4]);
  });

  it("knows which answers belong to a sending that could not succeed", () => {
    const queue = queueOf(set("a"), set("b"), set("c"));
    queue.takeUnsent();
    queue.hold(queue.find(1)!);
    expect(queue.isStale(queue.find(2)!)).toBe(true);
    expect(queue.hold(queue.find(3)!)).toBe(false);
    queue.release();
    queue.takeUnsent();
    expect(queue.isStale(queue.find(2)!)).toBe(false);
    expect(queue.hold(queue.find(3)!)).toBe(true);
  });

  it("C13 waits for no answer that was left unsaid", () => {
    const queue = queueOf(set("a"), set("b"), set("c"));
    queue.takeUnsent();
    queue.hold(queue.find(1)!);
    queue.release();
    queue.takeUnsent();
    queue.remove(queue.find(1)!);
    expect(queue.hold(queue.find(2)!)).toBe(true);
    queue.release();
    expect(numbers(queue.takeUnsent())).toEqual([2, 3]);
  });

  it("has only so many with the server at a time", () => {
    const queue = queueOf(...Array.from({ length: kPushesInFlightMax + 2 }, (_, i) => create(`n${i}`)));
    expect(queue.takeUnsent().length).toBe(kPushesInFlightMax);
    expect(queue.hasUnsent).toBe(false);
    queue.remove(queue.find(1)!);
    expect(queue.hasUnsent).toBe(true);
    expect(numbers(queue.takeUnsent())).toEqual([kPushesInFlightMax + 1]);
  });

  it("merges a set only into an unsent one with nothing but sets after it", () => {
    const a = set("a");
    const queue = queueOf(a, set("b"));
    expect(queue.mergeTarget(new Set(["a"]))).toBe(a);
    queue.add(create("c"));
    expect(queue.mergeTarget(new Set(["a"]))).toBeUndefined();
    expect(queue.mergeTarget(new Set(["c"]))).toBeUndefined();

    const sent = queueOf(set("a"));
    sent.takeUnsent();
    expect(sent.mergeTarget(new Set(["a"]))).toBeUndefined();
    sent.disconnect();
    expect(sent.mergeTarget(new Set(["a"]))).toBeUndefined();
  });
});
