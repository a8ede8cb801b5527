// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { isSamePerson, personOf } from "../../src/model/person.js";

const token = (claims: object, signature = "s"): string => `h.${btoa(JSON.stringify(claims)).replaceAll("+", "-").replaceAll("/", "_")}.${signature}`;

describe("a person", () => {
  it("is the subject of a token, or a guest", () => {
    expect(personOf(token({ sub: "ada" }))).toBe("token:ada");
    expect(personOf(token({ sub: 7 }))).toBe("guest");
    expect(personOf("not.a.token")).toBe("guest");
    expect(personOf("")).toBe("guest");
  });

  it("stays the same with a newer token", () => {
    expect(isSamePerson(token({ sub: "ada", exp: 1 }), token({ sub: "ada", exp: 2 }, "t"))).toBe(true);
    expect(isSamePerson("", "")).toBe(true);
  });

  it("is another with another's token, with the first one, and without any", () => {
    expect(isSamePerson(token({ sub: "ada" }), token({ sub: "bo" }))).toBe(false);
    expect(isSamePerson("", token({ sub: "ada" }))).toBe(false);
    expect(isSamePerson(token({ sub: "ada" }), "")).toBe(false);
    // Both are guests, but the page without a token does not ask for one.
    expect(isSamePerson("", "not.a.token")).toBe(false);
  });
});
