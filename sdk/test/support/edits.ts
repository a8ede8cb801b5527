// SPDX-License-Identifier: Apache-2.0

import fc from "fast-check";

import type { Canvas } from "../../src/canvas.js";
import type { Value } from "../../src/protocol/messages.js";

/** Something that somebody does to few entities, so that people meet. */
export type Edit =
  | { readonly do: "create"; readonly id: string; readonly x: number; readonly parent: string | null | undefined }
  | { readonly do: "link"; readonly id: string; readonly from: string; readonly to: string }
  | { readonly do: "set"; readonly id: string; readonly key: string; readonly value: Value }
  | { readonly do: "move"; readonly id: string; readonly parent: string | null }
  | { readonly do: "join"; readonly id: string; readonly end: "from" | "to"; readonly node: string }
  | { readonly do: "delete"; readonly id: string };

const node = fc.constantFrom("a", "b", "c", "d");
const link = fc.constantFrom("l", "m");
const place = fc.option(node, { nil: null });

export const editArbitrary: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("create" as const), id: node, x: fc.nat(9), parent: fc.option(place, { nil: undefined }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("link" as const), id: link, from: node, to: node }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("set" as const), id: fc.oneof(node, link), key: fc.constantFrom("x", "y"), value: fc.option(fc.nat(9), { nil: null }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("move" as const), id: node, parent: place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("join" as const), id: link, end: fc.constantFrom("from" as const, "to" as const), node }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), id: fc.oneof(node, link) }) },
);

/** Does what makes sense for somebody who sees this canvas; others' edits on their way may still thwart it. */
export function makeEdit(canvas: Canvas, edit: Edit): void {
  const isNode = (id: string): boolean => canvas.concepts.has(id);
  switch (edit.do) {
    case "create": {
      const parent = edit.parent === undefined ? {} : { parent: [edit.parent, "a0"] as const };
      if (edit.parent !== edit.id) canvas.create("concept", { x: edit.x, ...parent }, edit.id);
      return;
    }
    case "link":
      if (isNode(edit.from) && isNode(edit.to)) canvas.create("link", { from: edit.from, to: edit.to }, edit.id);
      return;
    case "set":
      return canvas.set(edit.id, { [edit.key]: edit.value });
    case "move":
      if (edit.parent !== edit.id && isNode(edit.id)) canvas.set(edit.id, { parent: [edit.parent, "a0"] });
      return;
    case "join":
      if (isNode(edit.node) && canvas.links.has(edit.id)) canvas.set(edit.id, { [edit.end]: edit.node });
      return;
    case "delete":
      return canvas.delete(edit.id);
    default:
      edit satisfies never;
  }
}
