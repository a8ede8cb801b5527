// SPDX-License-Identifier: Apache-2.0

import { backoffDelayMs, jitteredDelayMs, type Random } from "../lib/backoff.js";
import type { Declaration, Step } from "../lib/state_machine.js";
import { CloseCode, closeReason, remedyFor } from "../protocol/codes.js";
import type { Advice } from "../protocol/messages.js";

/** The application's token provider may have to log in somewhere first. */
export const kTokenTimeoutMs = 30_000;
/** An upgrade that takes longer is not going to come. */
export const kConnectTimeoutMs = 10_000;
/** Hello is answered at once, or after the canvas has been loaded. */
export const kWelcomeTimeoutMs = 10_000;
/** A visible page asks this often whether the link still lives. */
export const kPingEveryMs = 15_000;
/** Silence this long after a ping means that the link is dead. */
export const kPongTimeoutMs = 10_000;
/** A timer this late was suspended with its page or machine; what it was to prove must be tried again. */
export const kSuspendedAfterMs = 2_000;
/** A link that lived this long clears the count of failures. Shorter ones keep the backoff growing. */
export const kStableAfterMs = 5_000;
/** A page that nobody has looked at for this long, with nothing to send, gives its place up. */
export const kSleepAfterMs = 5 * 60_000;
/** When a goodbye of the "wait" range brings no advice. */
export const kDefaultAdviceMs: readonly [number, number] = [1_000, 5_000];
/** Nobody is sent away for longer than this. */
export const kAdviceCapMs = 60_000;

/** Why a session ended, as far as anybody said. */
export interface Ending {
  readonly code?: number;
  readonly reason: string;
}

/** `attempt` numbers the sockets: events of a superseded one carry an old number and mean nothing. */
export type State =
  | { readonly at: "idle"; readonly attempt: number }
  /** The application is asked for a token. `refused` is the token that must not come back. */
  | { readonly at: "authorizing"; readonly attempt: number; readonly failures: number; readonly refused?: RefusedToken }
  /** The socket is opening. */
  | { readonly at: "connecting"; readonly attempt: number; readonly failures: number; readonly token: string | undefined }
  /** Hello is on its way. */
  | { readonly at: "greeting"; readonly attempt: number; readonly failures: number; readonly token: string | undefined }
  | {
      readonly at: "live";
      readonly attempt: number;
      readonly failures: number;
      readonly token: string | undefined;
      readonly sinceMs: number;
      /** quiet: until the next ping. probing: until its pong. resting: hidden, timers cannot be trusted. */
      readonly link: "quiet" | "probing" | "resting";
    }
  /** Between two attempts. `hurried` says whether "online" and "visible" may end it early. */
  | {
      readonly at: "waiting";
      readonly attempt: number;
      readonly failures: number;
      readonly delayMs: number;
      readonly hurried: boolean;
      readonly ending: Ending;
      readonly refused?: RefusedToken;
    }
  /** Hidden for long and with nothing to send: disconnected until somebody looks, or edits. */
  | { readonly at: "sleeping"; readonly attempt: number }
  /** The server, or a token that does not change, said no for good. */
  | { readonly at: "refused"; readonly attempt: number; readonly ending: Ending }
  /** The application closed it. */
  | { readonly at: "closed"; readonly attempt: number };

export interface RefusedToken {
  readonly token: string | undefined;
  readonly ending: Ending;
}

export type Event =
  | { readonly type: "start" }
  /** The application, or a person, tries again after a refusal. */
  | { readonly type: "retry" }
  | { readonly type: "token_ready"; readonly attempt: number; readonly token: string | undefined }
  | { readonly type: "token_failed"; readonly attempt: number; readonly message: string }
  | { readonly type: "token_renewed"; readonly token: string }
  | { readonly type: "opened"; readonly attempt: number }
  | { readonly type: "welcomed"; readonly attempt: number }
  | { readonly type: "traffic"; readonly attempt: number }
  | { readonly type: "goodbye"; readonly attempt: number; readonly code: number; readonly reason: string; readonly advice: Advice }
  | { readonly type: "socket_closed"; readonly attempt: number; readonly code: number; readonly reason: string }
  /** What arrived cannot be right: begin again. */
  | { readonly type: "restart"; readonly reason: string }
  | { readonly type: "timeout"; readonly lateMs: number }
  | { readonly type: "online" }
  | { readonly type: "visible" }
  | { readonly type: "hidden" }
  /** There is something to send. */
  | { readonly type: "wake" }
  | { readonly type: "close" };

export type Effect =
  | { readonly do: "ask_token"; readonly attempt: number }
  | { readonly do: "open_socket"; readonly attempt: number }
  /** The next attempt goes to the next server, if there are several. */
  | { readonly do: "next_url" }
  | { readonly do: "send_hello"; readonly token: string | undefined }
  | { readonly do: "send_ping" }
  | { readonly do: "close_socket"; readonly code: number; readonly reason: string }
  | { readonly do: "report"; readonly ending: Ending };

export interface Surroundings {
  readonly random: Random;
  isVisible(): boolean;
  /** Nothing would be lost or late if the link were given up. */
  mayLeave(): boolean;
  nowMs(): number;
  /** How long a hidden page keeps its place. Infinity: for ever. */
  readonly sleepAfterMs: number;
}

type Live = Extract<State, { at: "live" }>;
type Attempting = Extract<State, { at: "authorizing" | "connecting" | "greeting" | "live" }>;

/** Closing codes a client may send: 1000 or 3000–4999. */
const kCloseNormal = 1000;
const kCloseGivenUp = 3000;

/** The life of a canvas's link. It decides; the driver in connection.ts carries out. */
export function connectionMachine(around: Surroundings): Declaration<State, Event, Effect> {
  return {
    initial: { at: "idle", attempt: 0 },
    transition: (state, event) => transition(state, event, around),
    timeout: (state) => {
      const afterMs = timeoutMs(state, around.sleepAfterMs);
      if (afterMs === undefined) return undefined;
      return { afterMs, event: (lateMs) => ({ type: "timeout", lateMs }) };
    },
  };
}

function timeoutMs(state: State, sleepAfterMs: number): number | undefined {
  switch (state.at) {
    case "authorizing":
      return kTokenTimeoutMs;
    case "connecting":
      return kConnectTimeoutMs;
    case "greeting":
      return kWelcomeTimeoutMs;
    case "live":
      return { quiet: kPingEveryMs, probing: kPongTimeoutMs, resting: Number.isFinite(sleepAfterMs) ? sleepAfterMs : undefined }[state.link];
    case "waiting":
      return state.delayMs;
    case "idle":
    case "sleeping":
    case "refused":
    case "closed":
      return undefined;
    default:
      return state satisfies never;
  }
}

function transition(state: State, event: Event, around: Surroundings): Step<State, Effect> | undefined {
  if (event.type === "close") return closed(state);
  if ("attempt" in event && event.attempt !== state.attempt) return undefined;
  switch (state.at) {
    case "idle":
      return event.type === "start" ? nextAttempt(state.attempt, 0) : undefined;
    case "waiting":
      return fromWaiting(state, event);
    case "authorizing":
    case "connecting":
    case "greeting":
    case "live":
      return fromAttempt(state, event, around);
    case "sleeping":
      return event.type === "visible" || event.type === "wake" || event.type === "retry" ? nextAttempt(state.attempt, 0) : undefined;
    case "refused":
      return event.type === "retry" ? nextAttempt(state.attempt, 0) : undefined;
    case "closed":
      return undefined;
    default:
      return state satisfies never;
  }
}

function fromWaiting(state: Extract<State, { at: "waiting" }>, event: Event): Step<State, Effect> | undefined {
  const isHurry = event.type === "online" || event.type === "visible";
  if (event.type === "timeout" || (isHurry && state.hurried)) {
    return nextAttempt(state.attempt, state.failures, state.refused);
  }
  return undefined;
}

function fromAttempt(state: Attempting, event: Event, around: Surroundings): Step<State, Effect> | undefined {
  switch (event.type) {
    case "token_ready":
      return state.at === "authorizing" ? withToken(state, event.token) : undefined;
    case "token_failed":
      if (state.at !== "authorizing") return undefined;
      return failed(state, { reason: `no token: ${event.message}` }, around);
    case "opened":
      if (state.at !== "connecting") return undefined;
      return {
        state: { ...state, at: "greeting" },
        effects: [{ do: "send_hello", token: state.token }],
      };
    case "welcomed":
      if (state.at !== "greeting") return undefined;
      return {
        state: { ...state, at: "live", sinceMs: around.nowMs(), link: around.isVisible() ? "quiet" : "resting" },
      };
    case "goodbye":
      return ended(state, { code: event.code, reason: event.reason }, event.advice, around);
    case "socket_closed":
      return ended(state, { code: event.code, reason: event.reason || closeReason(event.code) }, {}, around);
    case "restart":
      return failed(state, { reason: event.reason }, around);
    case "timeout":
      return state.at === "live" ? liveTimeout(state, event.lateMs, around) : timedOut(state, around);
    case "traffic":
      return state.at === "live" && state.link === "probing" ? { state: { ...state, link: "quiet" } } : undefined;
    case "online":
    case "visible":
      return state.at === "live" ? probe(state) : undefined;
    case "hidden":
      return state.at === "live" ? { state: { ...state, link: "resting" } } : undefined;
    case "token_renewed":
      return state.at === "live" ? { state: { ...state, token: event.token } } : undefined;
    case "start":
    case "retry":
    case "wake":
    case "close":
      return undefined;
    default:
      return event satisfies never;
  }
}

function nextAttempt(attempt: number, failures: number, refused?: RefusedToken): Step<State, Effect> {
  const next = attempt + 1;
  return {
    state: { at: "authorizing", attempt: next, failures, ...(refused && { refused }) },
    effects: [{ do: "ask_token", attempt: next }],
  };
}

/** A token that was refused and comes back the same would be refused again. */
function withToken(state: Extract<State, { at: "authorizing" }>, token: string | undefined): Step<State, Effect> {
  const { attempt, failures, refused } = state;
  if (refused !== undefined && refused.token === token) return refuse(attempt, refused.ending);
  return {
    state: { at: "connecting", attempt, failures, token },
    effects: [{ do: "open_socket", attempt }],
  };
}

function ended(state: Attempting, ending: Ending, advice: Advice, around: Surroundings): Step<State, Effect> {
  switch (remedyFor(ending.code)) {
    case "stop":
      return refuse(state.attempt, ending);
    case "new_token":
      return failed(state, ending, around, { refused: { token: tokenOf(state), ending } });
    case "wait":
      return failed(state, ending, around, { afterMs: advice.after ?? kDefaultAdviceMs });
    case "retry":
      return advice.retry === false ? refuse(state.attempt, ending) : failed(state, ending, around);
  }
}

function refuse(attempt: number, ending: Ending): Step<State, Effect> {
  return {
    state: { at: "refused", attempt, ending },
    effects: [
      { do: "close_socket", code: kCloseNormal, reason: "" },
      { do: "report", ending },
    ],
  };
}

interface Retry {
  readonly refused?: RefusedToken;
  /** The server's advice; without it the client backs off by itself. */
  readonly afterMs?: readonly [number, number];
}

function failed(state: Attempting, ending: Ending, around: Surroundings, retry: Retry = {}): Step<State, Effect> {
  const wasStable = state.at === "live" && around.nowMs() - state.sinceMs >= kStableAfterMs;
  const failures = wasStable ? 0 : state.failures;
  // A new token that failed for another reason does not make the refused one better.
  const refused = retry.refused ?? (state.at === "authorizing" ? state.refused : undefined);
  return {
    state: {
      at: "waiting",
      attempt: state.attempt,
      failures: failures + 1,
      delayMs: delayMs(failures, around.random, retry.afterMs),
      hurried: retry.afterMs === undefined,
      ending,
      ...(refused && { refused }),
    },
    effects: [
      { do: "close_socket", code: kCloseGivenUp, reason: "reconnecting" },
      ...(isBetterElsewhere(state, ending) ? [{ do: "next_url" } as const] : []),
      { do: "report", ending },
    ],
  };
}

/** A server that was not reached, or said that it has no room, is not the one to try next. */
function isBetterElsewhere(state: Attempting, { code }: Ending): boolean {
  if (code === CloseCode.draining || code === CloseCode.overloaded) return true;
  return (state.at === "connecting" || state.at === "greeting") && remedyFor(code) === "retry";
}

function delayMs(failures: number, random: Random, adviceMs: readonly [number, number] | undefined): number {
  if (adviceMs === undefined) return backoffDelayMs(failures, random);
  return Math.min(kAdviceCapMs, jitteredDelayMs(adviceMs[0], adviceMs[1], random));
}

function timedOut(state: Exclude<Attempting, Live>, around: Surroundings): Step<State, Effect> {
  const what = {
    authorizing: "the token provider gave no answer",
    connecting: "the server gave no answer",
    greeting: "hello was not answered",
  }[state.at];
  return failed(state, { reason: what }, around);
}

function liveTimeout(state: Live, lateMs: number, around: Surroundings): Step<State, Effect> {
  if (state.link === "resting") {
    // Asked again after the same time.
    if (!around.mayLeave()) return { state: { ...state } };
    return { state: { at: "sleeping", attempt: state.attempt }, effects: [{ do: "close_socket", code: kCloseNormal, reason: "the page is hidden" }] };
  }
  if (state.link === "quiet" || lateMs > kSuspendedAfterMs) return probe(state);
  return failed(state, { reason: "the link went silent" }, around);
}

function probe(state: Live): Step<State, Effect> {
  return { state: { ...state, link: "probing" }, effects: [{ do: "send_ping" }] };
}

function closed(state: State): Step<State, Effect> {
  return {
    state: { at: "closed", attempt: state.attempt },
    effects: [{ do: "close_socket", code: kCloseNormal, reason: "closed" }],
  };
}

function tokenOf(state: Attempting): string | undefined {
  return state.at === "authorizing" ? undefined : state.token;
}
