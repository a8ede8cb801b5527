// SPDX-License-Identifier: Apache-2.0

import { beforeEach, describe, expect, it } from "vitest";

import {
  connectionMachine,
  kAdviceCapMs,
  kConnectTimeoutMs,
  kDefaultAdviceMs,
  kPingEveryMs,
  kPongTimeoutMs,
  kStableAfterMs,
  kSleepAfterMs,
  kSuspendedAfterMs,
  kTokenTimeoutMs,
  kWelcomeTimeoutMs,
  type Effect,
  type Event,
  type State,
} from "../../src/connection/machine.js";
import { statusOf } from "../../src/connection/status.js";
import { kBackoffBaseMs } from "../../src/lib/backoff.js";
import { CloseCode } from "../../src/protocol/codes.js";

/** The machine by hand: events in, state and effects out. */
class Script {
  state: State;
  effects: Effect[] = [];
  nowMs = 1_000_000;
  isVisible = true;
  random = 0.5;
  mayLeave = true;
  private readonly machine_ = connectionMachine({
    random: () => this.random,
    isVisible: () => this.isVisible,
    mayLeave: () => this.mayLeave,
    nowMs: () => this.nowMs,
    sleepAfterMs: kSleepAfterMs,
  });

  constructor() {
    this.state = this.machine_.initial;
  }

  on(event: Event): this {
    const step = this.machine_.transition(this.state, event);
    this.effects = [...(step?.effects ?? [])];
    this.state = step?.state ?? this.state;
    return this;
  }

  get attempt(): number {
    return this.state.attempt;
  }

  get deadlineMs(): number | undefined {
    return this.machine_.timeout(this.state)?.afterMs;
  }

  get did(): string[] {
    return this.effects.map((effect) => effect.do);
  }

  timesOut(lateMs = 0): this {
    const timeout = this.machine_.timeout(this.state)!;
    this.nowMs += timeout.afterMs + lateMs;
    return this.on(timeout.event(lateMs));
  }

  asksToken(): this {
    return this.on({ type: "start" });
  }
  connects(token: string | undefined = "t-1"): this {
    return this.on({ type: "token_ready", attempt: this.attempt, token });
  }
  greets(token?: string): this {
    return this.connects(token).on({ type: "opened", attempt: this.attempt });
  }
  becomesLive(token?: string): this {
    return this.greets(token).on({ type: "welcomed", attempt: this.attempt });
  }
  goodbye(code: number, advice = {}): this {
    return this.on({ type: "goodbye", attempt: this.attempt, code, reason: "because", advice });
  }
  closes(code: number): this {
    return this.on({ type: "socket_closed", attempt: this.attempt, code, reason: "" });
  }
}

describe("connection machine", () => {
  let script: Script;
  beforeEach(() => {
    script = new Script();
  });

  it("asks for a token, opens a socket, says hello and is live", () => {
    expect(script.asksToken().effects).toEqual([{ do: "ask_token", attempt: 1 }]);
    expect(script.connects("secret").effects).toEqual([{ do: "open_socket", attempt: 1 }]);
    expect(script.on({ type: "opened", attempt: 1 }).effects).toEqual([{ do: "send_hello", token: "secret" }]);
    script.on({ type: "welcomed", attempt: 1 });
    expect(statusOf(script.state)).toEqual({ name: "live" });
  });

  it.each([
    ["authorizing", kTokenTimeoutMs, (s: Script) => s],
    ["connecting", kConnectTimeoutMs, (s: Script) => s.connects()],
    ["greeting", kWelcomeTimeoutMs, (s: Script) => s.greets()],
  ] as const)("does not wait for ever while %s", (at, deadlineMs, go) => {
    go(script.asksToken());
    expect(script.state.at).toBe(at);
    expect(script.deadlineMs).toBe(deadlineMs);
    script.timesOut();
    expect(script.state.at).toBe("waiting");
    expect(script.did).toEqual(at === "authorizing" ? ["close_socket", "report"] : ["close_socket", "next_url", "report"]);
  });

  describe("goodbye, in every state that can hear one", () => {
    const states = [
      ["greeting", (s: Script) => s.asksToken().greets()],
      ["live", (s: Script) => s.asksToken().becomesLive()],
    ] as const;
    const told = [
      ["a goodbye", (s: Script, code: number) => s.goodbye(code)],
      ["only the close code", (s: Script, code: number) => s.closes(code)],
    ] as const;
    const cases = states.flatMap(([at, go]) => told.map(([how, tell]) => ({ at, go, how, tell })));
    const inRange = (low: number) => Object.values(CloseCode).filter((code) => code >= low && code < low + 100);

    it.each(cases)("4000-4099 stops and reports ($at, $how)", ({ go, tell }) => {
      for (const code of [...inRange(4000), 4050, 4099]) {
        script = new Script();
        tell(go(script), code);
        expect(statusOf(script.state)).toMatchObject({ name: "refused", code });
        expect(script.did).toEqual(["close_socket", "report"]);
        expect(script.deadlineMs).toBeUndefined();
        for (const type of ["online", "visible", "start"] as const) expect(script.on({ type }).did).toEqual([]);
      }
    });

    it.each(cases)("4100-4199 asks for a new token and retries with it ($at, $how)", ({ go, tell }) => {
      for (const code of [...inRange(4100), 4150, 4199]) {
        script = new Script();
        tell(go(script), code);
        expect(script.state.at).toBe("waiting");
        expect(script.timesOut().did).toEqual(["ask_token"]);
        expect(script.connects("t-2").did).toEqual(["open_socket"]);
      }
    });

    it.each(cases)("4100-4199 stops when the same token comes back ($at, $how)", ({ go, tell }) => {
      tell(go(script), CloseCode.token_invalid);
      script.timesOut().connects("t-1");
      expect(statusOf(script.state)).toMatchObject({ name: "refused", code: 4100 });
    });

    it.each(cases)("4200-4299 waits as advised, and nothing shortens it ($at, $how)", ({ go, tell, how }) => {
      for (const code of [...inRange(4200), 4250, 4299]) {
        script = new Script();
        script.random = 0.25;
        if (how === "a goodbye") go(script).goodbye(code, { retry: true, after: [1_000, 5_000] });
        else tell(go(script), code);
        expect(script.deadlineMs).toBe(2_000);
        expect(script.on({ type: "visible" }).on({ type: "online" }).state.at).toBe("waiting");
        expect(script.timesOut().did).toEqual(["ask_token"]);
      }
    });

    it.each(cases)("an unknown code backs off ($at, $how)", ({ go, tell }) => {
      for (const code of [1000, 1001, 1006, 1011, 1013, 3000, 4300, 4999]) {
        script = new Script();
        tell(go(script), code);
        expect(script.state).toMatchObject({ at: "waiting", hurried: true, delayMs: kBackoffBaseMs / 2 });
      }
    });
  });

  it("takes a default when advice is missing, and a cap when it is absurd", () => {
    script.asksToken().becomesLive().goodbye(CloseCode.overloaded);
    expect(script.deadlineMs).toBe((kDefaultAdviceMs[0] + kDefaultAdviceMs[1]) / 2);
    script = new Script().asksToken().becomesLive().goodbye(CloseCode.overloaded, { after: [1e9, 2e9] });
    expect(script.deadlineMs).toBe(kAdviceCapMs);
  });

  it("stops in development mode when the server wants a token and there is none to give", () => {
    script.asksToken();
    script.on({ type: "token_ready", attempt: 1, token: undefined }).on({ type: "opened", attempt: 1 });
    script.goodbye(CloseCode.token_invalid).timesOut();
    script.on({ type: "token_ready", attempt: script.attempt, token: undefined });
    expect(script.state.at).toBe("refused");
  });

  it("remembers the refused token while the provider fails", () => {
    script.asksToken().greets().goodbye(CloseCode.token_expired).timesOut();
    script.on({ type: "token_failed", attempt: script.attempt, message: "login is down" }).timesOut().connects("t-1");
    expect(script.state.at).toBe("refused");
  });

  it("compares with the token that was renewed within the session", () => {
    script.asksToken().becomesLive("t-1").on({ type: "token_renewed", token: "t-2" }).goodbye(CloseCode.token_expired);
    expect(script.timesOut().connects("t-1").did).toEqual(["open_socket"]);
  });

  it("backs off further with every failure, and anew after a link that held", () => {
    script.random = 1;
    script.asksToken();
    const delays: (number | undefined)[] = [];
    for (let i = 0; i < 4; ++i) {
      script.connects().closes(1006);
      delays.push(script.deadlineMs);
      script.timesOut();
    }
    expect(delays).toEqual([500, 1_000, 2_000, 4_000]);

    script.becomesLive().closes(1006);
    expect(script.deadlineMs).toBe(8_000);
    script.timesOut().becomesLive();
    script.nowMs += kStableAfterMs;
    expect(script.closes(1006).deadlineMs).toBe(kBackoffBaseMs);
  });

  it("tries at once when the page comes online or is looked at", () => {
    for (const type of ["online", "visible"] as const) {
      script = new Script().asksToken().connects().closes(1006);
      expect(script.on({ type }).did).toEqual(["ask_token"]);
    }
  });

  it("ignores whatever a superseded socket still says", () => {
    script.asksToken().becomesLive().closes(1006).timesOut();
    const old = script.attempt - 1;
    for (const at of ["authorizing", "connecting", "greeting", "live"]) {
      const before = script.state;
      expect(before.at).toBe(at);
      script.on({ type: "socket_closed", attempt: old, code: 4005, reason: "late" });
      script.on({ type: "goodbye", attempt: old, code: 4005, reason: "late", advice: {} });
      script.on({ type: "welcomed", attempt: old });
      script.on({ type: "token_ready", attempt: old, token: "late" });
      expect(script.state).toBe(before);
      if (at === "authorizing") script.connects();
      if (at === "connecting") script.on({ type: "opened", attempt: script.attempt });
      if (at === "greeting") script.on({ type: "welcomed", attempt: script.attempt });
    }
  });

  describe("ping", () => {
    it("goes out every 15 s, and silence after it ends the link", () => {
      script.asksToken().becomesLive();
      expect(script.deadlineMs).toBe(kPingEveryMs);
      expect(script.timesOut().did).toEqual(["send_ping"]);
      expect(script.deadlineMs).toBe(kPongTimeoutMs);
      script.timesOut();
      expect(script.state.at).toBe("waiting");
    });

    it("is answered by any traffic", () => {
      script.asksToken().becomesLive().timesOut().on({ type: "traffic", attempt: script.attempt });
      expect(script.state).toMatchObject({ at: "live", link: "quiet" });
    });

    it("rests while the page is hidden and is sent first thing after", () => {
      script.asksToken().becomesLive().on({ type: "hidden" });
      expect(script.deadlineMs).toBe(kSleepAfterMs);
      expect(script.on({ type: "visible" }).did).toEqual(["send_ping"]);
      expect(script.deadlineMs).toBe(kPongTimeoutMs);
      script.on({ type: "hidden" });
      expect(script.deadlineMs).toBe(kSleepAfterMs);
    });

    it("rests from the start on a hidden page", () => {
      script.isVisible = false;
      script.asksToken().becomesLive();
      expect(script.deadlineMs).toBe(kSleepAfterMs);
    });

    it("is tried again, not judged, after a sleep", () => {
      script.asksToken().becomesLive().timesOut();
      expect(script.timesOut(kSuspendedAfterMs + 1).did).toEqual(["send_ping"]);
      expect(script.state).toMatchObject({ at: "live", link: "probing" });
      script.timesOut();
      expect(script.state.at).toBe("waiting");
    });

    it("checks the link when the network changes", () => {
      expect(script.asksToken().becomesLive().on({ type: "online" }).did).toEqual(["send_ping"]);
    });
  });

  describe("a page that is hidden for long", () => {
    const hidden = (): Script => script.asksToken().becomesLive().on({ type: "hidden" });

    it("disconnects in good order, tries nothing, and comes back when it is looked at", () => {
      expect(hidden().timesOut().effects).toEqual([{ do: "close_socket", code: 1000, reason: "the page is hidden" }]);
      expect(statusOf(script.state)).toEqual({ name: "offline", reason: "the page is hidden", isAsleep: true });
      expect(script.deadlineMs).toBeUndefined();
      expect(script.on({ type: "online" }).did).toEqual([]);
      expect(script.on({ type: "visible" }).did).toEqual(["ask_token"]);
    });

    it("stays while something is not synced, and is asked again", () => {
      script.mayLeave = false;
      const before = hidden().state;
      expect(script.timesOut().did).toEqual([]);
      // Another state of the same kind, so that its time begins anew.
      expect(script.state).toEqual(before);
      expect(script.state).not.toBe(before);
      script.mayLeave = true;
      expect(script.timesOut().state.at).toBe("sleeping");
    });

    it("comes back when there is something to send", () => {
      expect(hidden().timesOut().on({ type: "wake" }).did).toEqual(["ask_token"]);
      expect(script.becomesLive().on({ type: "wake" }).state.at).toBe("live");
    });
  });

  describe("the next server is tried", () => {
    it.each([
      ["after one that cannot be reached", (s: Script) => s.asksToken().connects().closes(1006), true],
      ["after one that closes before welcome", (s: Script) => s.asksToken().greets().closes(1006), true],
      ["after one that is being stopped", (s: Script) => s.asksToken().becomesLive().goodbye(CloseCode.draining), true],
      ["after one that has no room", (s: Script) => s.asksToken().greets().goodbye(CloseCode.overloaded), true],
      ["but not when a live link breaks", (s: Script) => s.asksToken().becomesLive().closes(1006), false],
      ["but not for a slow reader", (s: Script) => s.asksToken().becomesLive().goodbye(CloseCode.slow), false],
      ["but not for a token", (s: Script) => s.asksToken().greets().goodbye(CloseCode.token_expired), false],
      ["but not when there is no token", (s: Script) => s.asksToken().on({ type: "token_failed", attempt: 1, message: "" }), false],
    ])("%s", (_, go, isNext) => {
      expect(go(script).did.includes("next_url")).toBe(isNext);
    });
  });

  it("E1 goes by the range of a goodbye that it does not know", () => {
    script.asksToken().becomesLive().goodbye(4205);
    expect(script.state.at).toBe("waiting");
    script = new Script();
    script.asksToken().becomesLive().goodbye(4099);
    expect(script.state.at).toBe("refused");
  });

  it("closes with 1000 from every state and stays closed", () => {
    const states: ((s: Script) => Script)[] = [
      (s) => s,
      (s) => s.asksToken(),
      (s) => s.asksToken().connects(),
      (s) => s.asksToken().greets(),
      (s) => s.asksToken().becomesLive(),
      (s) => s.asksToken().connects().closes(1006),
      (s) => s.asksToken().becomesLive().on({ type: "hidden" }).timesOut(),
      (s) => s.asksToken().greets().goodbye(4005),
    ];
    for (const go of states) {
      script = go(new Script()).on({ type: "close" });
      expect(script.effects).toEqual([{ do: "close_socket", code: 1000, reason: "closed" }]);
      expect(statusOf(script.state)).toEqual({ name: "closed" });
      expect(script.on({ type: "online" }).did).toEqual([]);
    }
  });
});
