// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it, vi } from "vitest";

import { Emitter } from "../../src/lib/emitter.js";

describe("Emitter", () => {
  it("tells every listener until it unsubscribes", () => {
    const emitter = new Emitter<{ moved: number }>();
    const heard: string[] = [];
    const stop = emitter.on("moved", (x) => heard.push(`a${x}`));
    emitter.on("moved", (x) => heard.push(`b${x}`));
    emitter.emit("moved", 1);
    stop();
    emitter.emit("moved", 2);
    expect(heard).toEqual(["a1", "b1", "b2"]);
  });

  it("lets a function listen twice and leave once", () => {
    const emitter = new Emitter<{ moved: number }>();
    const listener = vi.fn();
    const stop = emitter.on("moved", listener);
    emitter.on("moved", listener);
    stop();
    emitter.emit("moved", 1);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("goes on after a listener that throws, and lets the error surface", () => {
    const surfaced: (() => void)[] = [];
    vi.stubGlobal("queueMicrotask", (task: () => void) => surfaced.push(task));
    const emitter = new Emitter<{ moved: number }>();
    const listener = vi.fn();
    emitter.on("moved", () => {
      throw new Error("mine");
    });
    emitter.on("moved", listener);
    emitter.emit("moved", 1);
    expect(listener).toHaveBeenCalled();
    expect(surfaced[0]).toThrow("mine");
    vi.unstubAllGlobals();
  });
});
