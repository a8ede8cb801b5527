// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { isEqual } from "../../src/lib/equal.js";

describe("isEqual", () => {
  it.each([
    [1, 1],
    ["a", "a"],
    [NaN, NaN],
    [{ a: [1, { b: null }] }, { a: [1, { b: null }] }],
    [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  ])("%j equals %j", (a, b) => expect(isEqual(a, b)).toBe(true));

  it.each([
    [1, "1"],
    [null, {}],
    [[], {}],
    [{}, []],
    [{ a: undefined }, { b: undefined }],
    [[1, 2], new Uint8Array([1, 2])],
    [new Uint8Array([1, 2]), new Uint8Array([1, 3])],
    [{ a: 1 }, { a: 1, b: 2 }],
  ])("%j differs from %j", (a, b) => expect(isEqual(a, b)).toBe(false));
});
