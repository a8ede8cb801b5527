// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { follow } from "../../src/features/follow.js";
import { World } from "../support/world.js";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("others", () => {
  it("are everybody but oneself, the same array until something of them changes", async () => {
    const ada = await world.join("Ada");
    const bo = await world.join("Bo");
    await world.join("Cy");
    const { all } = ada.canvas.others;
    expect(all.map(({ user }) => user.name)).toEqual(["Bo", "Cy"]);
    ada.canvas.setPresence({ tool: "pen" });
    await world.advance(100);
    expect(ada.canvas.others.all).toBe(all);
    bo.canvas.setPresence({ tool: "pen" });
    await world.advance(100);
    expect(ada.canvas.others.all).not.toBe(all);
    // Whoever did not change is the same object still.
    expect(ada.canvas.others.all[1]).toBe(all[1]);
  });

  it("tell a selection only when it becomes another value", async () => {
    const ada = await world.join("Ada");
    const bo = await world.join("Bo");
    const told: unknown[] = [];
    const all = vi.fn();
    ada.canvas.others.subscribeTo((others) => others.map(({ presence }) => presence["tool"] ?? null), (tools) => told.push(tools));
    ada.canvas.others.subscribe(all);
    bo.canvas.setPresence({ tool: "pen" });
    await world.advance(100);
    bo.canvas.setPresence({ selection: ["a"] });
    await world.advance(100);
    expect(told).toEqual([["pen"]]);
    expect(all).toHaveBeenCalledTimes(2);
  });

  it("are grouped by user: several tabs are one, as lively as the liveliest, and one's own are not others", async () => {
    world.server.room.userOf = ({ name }) => ({ id: name!, name: name! });
    const ada = await world.join("Ada");
    await world.join("Ada");
    const bo = await world.join("Bo");
    const { canvas } = await world.join("Bo");
    bo.page.hide();
    await world.settle();
    const { users } = ada.canvas.others;
    expect(users.map(({ user, sessions, activity }) => [user.name, sessions.length, activity])).toEqual([["Bo", 2, "active"]]);
    expect(ada.canvas.others.users).toBe(users);
    canvas.close();
    await world.settle();
    expect(ada.canvas.others.users.map(({ sessions, activity }) => [sessions.length, activity])).toEqual([[1, "away"]]);
  });
});

describe("follow", () => {
  it("tells a shared view now and whenever it changes, until they leave", async () => {
    const ada = await world.join("Ada");
    const bo = await world.join("Bo");
    bo.canvas.setView([0, 0, 10, 10], { isShared: true });
    await world.advance(100);
    const views: unknown[] = [];
    const { actor } = ada.canvas.others.all[0]!;
    follow(ada.canvas, actor, (view) => views.push(view));
    bo.canvas.setView([5, 5, 15, 15], { isShared: true });
    bo.canvas.setPresence({ tool: "pen" });
    await world.advance(100);
    bo.canvas.setView([6, 6, 16, 16]);
    await world.advance(100);
    bo.canvas.setView([7, 7, 17, 17], { isShared: true });
    await world.advance(100);
    bo.canvas.close();
    await world.advance(100);
    expect(views).toEqual([[0, 0, 10, 10], [5, 5, 15, 15], undefined, [7, 7, 17, 17], undefined]);
  });

  it("makes nothing of a view that is none", async () => {
    const ada = await world.join("Ada");
    await world.join("Bo", { canvas: { presence: { view: [1, "x", 2, 3] } } });
    const told = vi.fn();
    follow(ada.canvas, ada.canvas.others.all[0]!.actor, told);
    expect(told).not.toHaveBeenCalled();
  });
});
