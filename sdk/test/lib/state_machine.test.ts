// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { StateMachine, type Declaration } from "../../src/lib/state_machine.js";

type Light = { at: "green" } | { at: "red"; forMs: number };
type Event = { type: "stop"; forMs: number } | { type: "go"; lateMs: number } | { type: "both" };

const crossing: Declaration<Light, Event, string> = {
  initial: { at: "green" },
  transition(state, event) {
    if (event.type === "stop") return { state: { at: "red", forMs: event.forMs }, effects: ["brake"] };
    if (event.type === "go" && state.at === "red") return { state: { at: "green" }, effects: ["drive"] };
    if (event.type === "both") return { state, effects: ["stop inside", "and after"] };
    return undefined;
  },
  timeout: (state) => (state.at === "red" ? { afterMs: state.forMs, event: (lateMs) => ({ type: "go", lateMs }) } : undefined),
};

describe("StateMachine", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("performs effects after the state has changed", () => {
    const seen: string[] = [];
    const machine = new StateMachine(crossing, (effect) => seen.push(`${effect} at ${machine.state.at}`));
    machine.dispatch({ type: "stop", forMs: 5 });
    expect(seen).toEqual(["brake at red"]);
  });

  it("fires the timed transition of a state, and only of the state it is in", () => {
    const seen: string[] = [];
    const machine = new StateMachine(crossing, (effect) => seen.push(effect));
    machine.dispatch({ type: "stop", forMs: 100 });
    vi.advanceTimersByTime(90);
    machine.dispatch({ type: "stop", forMs: 100 });
    vi.advanceTimersByTime(90);
    expect(machine.state.at).toBe("red");
    vi.advanceTimersByTime(10);
    expect(seen).toEqual(["brake", "brake", "drive"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("says how late a timer was, as after a suspended page", () => {
    let lateMs = -1;
    const machine = new StateMachine<Light, Event, string>(
      { ...crossing, transition: (state, event) => (event.type === "go" && (lateMs = event.lateMs), crossing.transition(state, event)) },
      () => {},
    );
    machine.dispatch({ type: "stop", forMs: 100 });
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(100);
    expect(lateMs).toBe(60_000);
  });

  it("finishes one event before it takes the next", () => {
    const seen: string[] = [];
    const machine: StateMachine<Light, Event, string> = new StateMachine(crossing, (effect) => {
      seen.push(effect);
      if (effect === "stop inside") machine.dispatch({ type: "stop", forMs: 1 });
    });
    machine.dispatch({ type: "both" });
    expect(seen).toEqual(["stop inside", "and after", "brake"]);
  });
});
