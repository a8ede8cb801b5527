// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { roleOf } from "../../src/connection/grant.js";

const tokenOf = (claims: object): string => `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
const role = (canvases: object, id: string): unknown => roleOf(tokenOf({ sub: "ada", name: "Ädä 🎨", canvases }), id);

describe("roleOf", () => {
  it.each([
    ["board", "board", true],
    ["board", "boards", false],
    ["*", "anything", true],
    ["team-*", "team-1", true],
    ["team-*", "team-", true],
    ["team-*", "steam-1", false],
    ["*-draft", "a-draft", true],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "abc", true],
    ["a*b*c", "acb", false],
    ["ab*ba", "aba", false],
    ["a**a", "aa", true],
    ["a.c", "abc", false],
  ])("A22 the pattern %s and the canvas %s", (pattern, id, isMatch) => {
    expect(role({ [pattern]: "edit" }, id)).toBe(isMatch ? "edit" : undefined);
  });

  it("A22 takes the highest role among those that match", () => {
    expect(role({ "*": "present", "board": "view", "b*": "admin", "c*": "edit" }, "board")).toBe("admin");
  });

  it.each(["", "x", "a.b.c", "a.!!.c", tokenOf({}), tokenOf({ canvases: null }), tokenOf({ canvases: { "*": "king" } })])("says nothing about %s", (token) => {
    expect(roleOf(token, "board")).toBeUndefined();
  });
});
