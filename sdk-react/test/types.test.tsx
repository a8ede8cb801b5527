// SPDX-License-Identifier: Apache-2.0

import { expect, expectTypeOf, it } from "vitest";

import { createHooks } from "../src/index.js";

interface Board {
  presence: { tool: "pen" | "hand" };
  concepts: { note: { title: string }; frame: { name: string } };
  events: { wave: { hand: "left" | "right" } };
}

const { useConcepts, useConcept, useMutation, useOthers, useEvent, useMe } = createHooks<Board>();

/** Checked by the compiler; never rendered. */
export function Typed(): null {
  expectTypeOf(useConcepts((concepts) => concepts.map(({ type }) => type))).toEqualTypeOf<("note" | "frame")[]>();
  const concept = useConcept("a");
  if (concept?.type === "note") expectTypeOf(concept.props.title).toEqualTypeOf<string>();
  expectTypeOf(useOthers((others) => others[0]?.presence.tool)).toEqualTypeOf<"pen" | "hand" | undefined>();
  expectTypeOf(useMe()?.presence.tool).toEqualTypeOf<"pen" | "hand" | undefined>();
  useEvent("wave", ({ payload }) => expectTypeOf(payload.hand).toEqualTypeOf<"left" | "right">());
  // @ts-expect-error there is no such event
  useEvent("nope", () => {});
  const add = useMutation((canvas, title: string) => canvas.create("note", { title }));
  expectTypeOf(add).toEqualTypeOf<(title: string) => string>();
  return null;
}

it("hooks carry the application's types", () => {
  expect(useConcepts).toBeTypeOf("function");
});
