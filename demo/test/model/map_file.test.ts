// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { FileError, kFileConceptsMax, parseFile, toFile } from "../../src/model/map_file.js";
import { kSample } from "../../src/model/sample.js";

const file = (patch: object = {}): string =>
  JSON.stringify({ format: "weft-map", version: 1, concepts: [{ id: "a", x: 0, y: 0 }], links: [], ...patch });

describe("a file", () => {
  it("that was exported is read again", () => {
    expect(parseFile(JSON.stringify(kSample))).toEqual(kSample);
  });

  it("has what is on the map, parents and labels included", () => {
    const exported = toFile(
      [
        { id: "g", type: "group", props: { title: "Around", x: 1, y: 2, width: 300, height: 200 } },
        { id: "a", type: "concept", props: { title: "A", note: "n", color: "red", x: 3, y: 4, parent: ["g", "a0"] } },
        { id: "b", type: "sticker", props: { x: "odd" } },
      ],
      [{ id: "l", type: "link", props: { from: "a", to: "b", label: "to" } }],
    );
    expect(exported.concepts).toEqual([
      { id: "g", kind: "group", title: "Around", color: "plain", x: 1, y: 2, width: 300, height: 200 },
      { id: "a", kind: "concept", title: "A", note: "n", color: "red", x: 3, y: 4, parent: "g" },
      { id: "b", kind: "concept", title: "", color: "plain", x: 0, y: 0 },
    ]);
    expect(exported.links).toEqual([{ from: "a", to: "b", label: "to" }]);
    expect(parseFile(JSON.stringify(exported))).toEqual(exported);
  });

  it("may name a group after what is in it", () => {
    const concepts = [
      { id: "a", x: 0, y: 0, parent: "g" },
      { id: "g", kind: "group", x: 0, y: 0, width: 300, height: 200 },
    ];
    expect(parseFile(file({ concepts })).concepts.map(({ id }) => id)).toEqual(["g", "a"]);
  });

  const one = (patch: object) => file({ concepts: [{ id: "a", x: 0, y: 0, ...patch }] });
  it.each([
    ["text", "hello", /not JSON/],
    ["a list", "[]", /is not an object/],
    ["something else", file({ format: "svg" }), /"format" is not "weft-map"/],
    ["a newer version", file({ version: 2 }), /version 2; this page reads version 1/],
    ["no concepts", file({ concepts: 1 }), /"concepts" is not a list/],
    ["too many", file({ concepts: Array(kFileConceptsMax + 1).fill({}) }), /5001 concepts; 5000 are the most/],
    ["no place", one({ x: "1" }), /concepts\[0\]\.x is not a number/],
    ["a place out of sight", one({ x: 1e9 }), /concepts\[0\]\.x is 1000000000; it must be from/],
    ["a long title", one({ title: "x".repeat(201) }), /concepts\[0\]\.title has 201 characters; 200 are the most/],
    ["an unknown colour", one({ color: "mauve" }), /concepts\[0\]\.color is none of/],
    ["an unknown kind", one({ kind: "star" }), /concepts\[0\]\.kind/],
    ["no id", one({ id: "" }), /concepts\[0\]\.id is not a text/],
    ["an id twice", file({ concepts: [{ id: "a", x: 0, y: 0 }, { id: "a", x: 1, y: 1 }] }), /"a" is in the file twice/],
    ["a missing group", one({ parent: "g" }), /lies in "g", which is not a group/],
    ["a parent that is no group", file({ concepts: [{ id: "a", x: 0, y: 0, parent: "b" }, { id: "b", x: 0, y: 0 }] }), /not a group/],
    ["a link to nowhere", file({ links: [{ from: "a", to: "z" }] }), /links\[0\] names "z"/],
    ["a link with itself", file({ links: [{ from: "a", to: "a" }] }), /links\[0\] links "a" with itself/],
  ])("is refused in words: %s", (_, text, message) => {
    expect(() => parseFile(text)).toThrow(FileError);
    expect(() => parseFile(text)).toThrow(message);
  });

  it("is refused when a group lies in itself", () => {
    const group = (id: string, parent: string) => ({ id, kind: "group", x: 0, y: 0, width: 300, height: 200, parent });
    expect(() => parseFile(file({ concepts: [group("g", "h"), group("h", "g")] }))).toThrow(/lies in itself/);
  });
});
