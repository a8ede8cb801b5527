// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { StandardSchema } from "../src/schema.js";
import { World } from "./support/world.js";

/** A schema that wants these keys to be of these types, and knows no others. */
function shape<Shape extends object>(keys: { readonly [Key in keyof Shape]: string }): StandardSchema<Shape> {
  return {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => {
        const props = value as Record<string, unknown>;
        const issues = Object.keys(props).flatMap((key) => {
          const wanted = (keys as Record<string, string>)[key];
          return typeof props[key] === wanted ? [] : [{ message: `${wanted ?? "nothing"} expected`, path: [{ key }] }];
        });
        return issues.length > 0 ? { issues } : { value };
      },
    },
  } as StandardSchema<Shape>;
}

const schemas = {
  presence: shape<{ tool: string }>({ tool: "string" }),
  concepts: { note: shape<{ title: string }>({ title: "string" }) },
  link: shape<{ label: string }>({ label: "string" }),
  events: { wave: { "~standard": { ...shape({})["~standard"], validate: (value: unknown) => (typeof value === "number" ? {} : { issues: [{ message: "number expected" }] }) } } },
};

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("schemas", () => {
  it("refuse what the application gives and does not fit, before it is shown or sent", async () => {
    const { canvas } = await world.join("Ada", { schemas });
    const note = canvas.create("note", { title: "A", parent: [null, "a0"] });
    await world.settle();
    world.server.seen.length = 0;
    expect(() => canvas.create("note", { title: 1 })).toThrow("title: string expected");
    expect(() => canvas.set(note, { title: 2 })).toThrow("string expected");
    expect(() => canvas.set(note, { unknown: 2 })).toThrow("unknown: nothing expected");
    expect(() => canvas.create("link", { from: note, to: note, label: 1 })).toThrow("label");
    expect(() => canvas.setPresence({ tool: 1 })).toThrow("tool");
    expect(() => canvas.send("wave", "x")).toThrow("number expected");
    canvas.create("link", { from: note, to: note, label: "self" });
    await world.advance(100);
    expect(world.server.seen.map(([kind]) => kind)).toEqual([3]);
    expect(canvas.get(note)!.props).toEqual({ title: "A", parent: [null, "a0"] });
  });

  it("leave types and events without a schema alone, and names that objects have anyway", async () => {
    const { canvas } = await world.join("Ada", { schemas });
    expect(() => canvas.create("toString", { any: 1 })).not.toThrow();
    expect(() => canvas.send("constructor", 1)).not.toThrow();
  });

  it("keep what arrives and does not fit out of sight, and tell of it", async () => {
    const { canvas, heard } = await world.join("Ada", { schemas });
    const bo = await world.join("Bo");
    const id = bo.canvas.create("note", { title: 5 });
    bo.canvas.setPresence({ tool: 7 });
    bo.canvas.send("wave", "x");
    await world.advance(100);
    expect(canvas.concepts.has(id)).toBe(false);
    expect([...canvas.people.values()].find(({ isMe }) => !isMe)!.presence).toEqual({});
    expect(heard.event).toEqual([]);
    expect(heard.invalid).toEqual([
      { what: "event", of: "wave", message: "number expected" },
      { what: "entity", of: id, message: "title: string expected" },
      { what: "presence", of: 2, message: "tool: string expected" },
    ].sort((x, y) => heard.invalid.findIndex(({ what }) => what === x.what) - heard.invalid.findIndex(({ what }) => what === y.what)));

    bo.canvas.set(id, { title: "mended" });
    await world.advance(100);
    expect(canvas.concepts.get(id)!.props).toEqual({ title: "mended" });
    bo.canvas.set(id, { title: 6 });
    await world.advance(100);
    expect(canvas.concepts.has(id)).toBe(false);
    expect(heard.change.at(-1)).toEqual({ origin: "remote", ids: new Set([id]) });
  });
});
