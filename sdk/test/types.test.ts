// SPDX-License-Identifier: Apache-2.0

import { describe, expect, expectTypeOf, it } from "vitest";

import type { Canvas } from "../src/canvas.js";
import { createClient } from "../src/client.js";
import type { Entity } from "../src/features/concepts/evaluate.js";
import type { Props, Value } from "../src/protocol/messages.js";
import type { StandardSchema } from "../src/schema.js";
import type { ConceptOf, Parent } from "../src/types.js";

// What is checked here is checked by the compiler; the code is not run.

interface Board {
  presence: { tool: "pen" | "hand"; selection?: string[] };
  concepts: { note: { title: string; x: number; pinned?: boolean }; frame: { name: string } };
  link: { label?: string };
  events: { wave: { hand: "left" | "right" }; ring: null };
}

declare const canvas: Canvas<Board>;
declare const untyped: Canvas;

const compiles = (_: () => void): void => expect(true).toBe(true);

describe("types given to createClient", () => {
  it("reach the entities: the type tells the properties", () =>
    compiles(() => {
      const concept = canvas.concepts.get("a")!;
      expectTypeOf(concept).toEqualTypeOf<ConceptOf<Board>>();
      if (concept.type === "note") expectTypeOf(concept.props.pinned).toEqualTypeOf<boolean | undefined>();
      else expectTypeOf(concept.props.name).toEqualTypeOf<string>();
      expectTypeOf(concept.props.parent).toEqualTypeOf<Parent | undefined>();
      expectTypeOf(canvas.links.get("l")!.props.from).toEqualTypeOf<string>();
      expectTypeOf(canvas.links.get("l")!.props.label).toEqualTypeOf<string | undefined>();
    }));

  it("reach create and set", () =>
    compiles(() => {
      canvas.create("note", { title: "", x: 1, parent: [null, "a0"] });
      canvas.create("link", { from: "a", to: "b", label: "and" });
      canvas.set("a", { pinned: null, x: 2 });
      // @ts-expect-error a note needs x
      canvas.create("note", { title: "" });
      // @ts-expect-error there is no such type
      canvas.create("nope", {});
      // @ts-expect-error a link needs its ends
      canvas.create("link", { label: "and" });
      // @ts-expect-error a title is a string
      canvas.set("a", { title: 1 });
      // @ts-expect-error what is required cannot be removed
      canvas.set("a", { title: null });
    }));

  it("reach presence and people", () =>
    compiles(() => {
      canvas.setPresence({ tool: "pen", selection: null });
      expectTypeOf(canvas.me!.presence.tool).toEqualTypeOf<"pen" | "hand" | undefined>();
      for (const person of canvas.people.values()) expectTypeOf(person.presence.selection).toEqualTypeOf<string[] | undefined>();
      // @ts-expect-error no such tool
      canvas.setPresence({ tool: "saw" });
    }));

  it("reach events", () =>
    compiles(() => {
      canvas.send("wave", { hand: "left" });
      canvas.send("ring", null);
      canvas.events.on("wave", ({ payload }) => expectTypeOf(payload.hand).toEqualTypeOf<"left" | "right">());
      // @ts-expect-error no such hand
      canvas.send("wave", { hand: "both" });
      // @ts-expect-error no such event
      canvas.send("nope", null);
    }));

  it("reach subscriptions", () =>
    compiles(() => {
      canvas.concepts.subscribe(({ added }) => expectTypeOf(added).toEqualTypeOf<readonly ConceptOf<Board>[]>());
      canvas.concepts.subscribeTo("a", "title", (title) => expectTypeOf(title).toEqualTypeOf<string | undefined>());
      // @ts-expect-error no such property
      canvas.concepts.subscribeTo("a", "nope", () => {});
    }));

  it("may be left out: everything is then any value", () =>
    compiles(() => {
      expectTypeOf(untyped.concepts.get("a")).toEqualTypeOf<Entity<string, Props> | undefined>();
      untyped.create("whatever", { any: ["thing", 1] });
      untyped.create("link", { from: "a", to: "b" });
      untyped.create("whatever");
      untyped.set("a", { any: null });
      untyped.setPresence({ any: null });
      untyped.send("any", 1);
      untyped.events.on("any", ({ payload }) => expectTypeOf(payload).toEqualTypeOf<Value>());
    }));

  it("may be given in part, by one type for each canvas of a client", () =>
    compiles(() => {
      const client = createClient<{ events: { wave: string } }>({ url: "ws://x" });
      const some = client.open("a", { presence: { any: 1 } });
      some.send("wave", "hello");
      some.create("whatever", { any: 1 });
      // A function that takes any canvas takes this one.
      const anybody = (_: Canvas): void => {};
      anybody(canvas as unknown as Canvas);
    }));

  it("come from schemas without being written twice", () =>
    compiles(() => {
      const schemas = {
        concepts: { note: {} as StandardSchema<{ title: string }> },
        events: { wave: {} as StandardSchema<number> },
      };
      const board = createClient({ url: "ws://x", schemas }).open("a");
      board.create("note", { title: "" });
      board.send("wave", 1);
      board.setPresence({ any: 1 });
      // @ts-expect-error a title is a string
      board.create("note", { title: 1 });
      // @ts-expect-error a number is sent
      board.send("wave", "");
    }));
});
