// SPDX-License-Identifier: Apache-2.0

import { beforeEach, describe, expect, it } from "vitest";

import { Myself } from "../../src/features/myself.js";

describe("oneself", () => {
  let me: Myself;

  beforeEach(() => {
    me = new Myself({ tool: "pen", gone: null });
    me.greeting();
  });

  it("has no keys that are null", () => {
    expect(me.presence).toEqual({ tool: "pen" });
  });

  it("says each change of presence once, the latest of a key", () => {
    me.show({ tool: "hand" }, { tool: "brush" });
    me.show({ tool: "hand" }, { tool: "hand" });
    expect(me.takePresence()).toEqual([2, { tool: "hand" }]);
    expect(me.takePresence()).toBeUndefined();
  });

  it("says the whole presence in a greeting, and behind it only what was removed", () => {
    me.show({ color: "red" }, { tool: null, color: "red" });
    expect(me.greeting()).toEqual({ color: "red" });
    expect(me.takePresence()).toEqual([2, { tool: null }]);
  });

  it("says view and cursor once, and again to a new session", () => {
    me.point([1, 2]);
    me.look([0, 0, 10, 10]);
    const both = [[5, [0, 0, 10, 10]], [1, 1, 2]];
    expect(me.take(true)).toEqual(both);
    expect(me.take(true)).toEqual([]);
    me.welcomed();
    expect(me.take(true)).toEqual(both);
  });

  it("has nothing to say to a new session of a cursor and a view that are not there", () => {
    me.point(null);
    me.look(null);
    expect(me.take(true)).toEqual([[5, null], [1, null]]);
    me.welcomed();
    expect(me.take(true)).toEqual([]);
  });

  it("keeps an onlooker's cursor to itself, and says everything once it may present", () => {
    me.point([1, 2]);
    expect(me.take(false)).toEqual([]);
    me.mayPresent();
    expect(me.take(true)).toEqual([[1, 1, 2]]);
    expect(me.takePresence()).toEqual([2, { tool: "pen" }]);
  });
});
