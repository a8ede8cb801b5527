// SPDX-License-Identifier: Apache-2.0

import type { Status } from "@weft/client";

/** Confirmations usually come within milliseconds; only later ones are worth a word. */
export const kSavingAfterMs = 700;
/** By then something is wrong behind the server, and the person should know that nothing is lost. */
export const kLateAfterMs = 3_000;

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

/** The text, or its first `charsMax` characters. */
export function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : [...text.slice(0, 2 * charsMax)].slice(0, charsMax).join("");
}

/** "Ada", "Ada and Bo", "Ada, Bo and 3 others". */
export function listed(names: readonly string[], shown = 2): string {
  if (names.length <= shown) return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  return `${names.slice(0, shown).join(", ")} and ${count(names.length - shown, "other")}`;
}

export type Tone = "ok" | "wait" | "bad";

export interface Saying {
  readonly text: string;
  readonly hint: string;
  readonly tone: Tone;
}

/** What the pill says about link and storage. */
export function sayStatus(status: Status, pendingCount: number, pendingForMs: number): Saying {
  switch (status.name) {
    case "connecting":
      return { text: "Connecting…", hint: "Waiting for the server.", tone: "wait" };
    case "live":
      if (pendingForMs >= kLateAfterMs) {
        return {
          text: `Not stored yet · ${count(pendingCount, "edit")}`,
          hint: "The server cannot store edits right now. They are kept here and sent as soon as it can.",
          tone: "wait",
        };
      }
      return {
        text: pendingForMs >= kSavingAfterMs ? "Saving…" : "Live",
        hint: pendingCount > 0 ? "The server has not confirmed the last edit yet." : "Connected. Every edit is stored.",
        tone: "ok",
      };
    case "offline":
      return {
        text: pendingCount === 0 ? "Offline" : `Offline · ${pendingCount} unsynced ${pendingCount === 1 ? "edit" : "edits"}`,
        hint: status.reason,
        tone: "wait",
      };
    case "refused":
      return { text: "Refused", hint: status.reason, tone: "bad" };
    case "closed":
      return { text: "Closed", hint: "This page has left the map.", tone: "bad" };
    default:
      return status satisfies never;
  }
}

export interface Refusal {
  readonly title: string;
  readonly todo: string;
}

/** By the close code (docs/protocol.md, E): what happened, and what a person can do about it. */
export function sayRefusal(code: number | undefined, hasToken: boolean): Refusal {
  switch (code) {
    case 4002:
      return {
        title: "You have no access to this map",
        todo: hasToken ? "Your link is for other maps. Ask whoever sent it for one to this map." : "Ask its owner for a link that lets you in.",
      };
    case 4003:
      return { title: "This map is full", todo: "As many people are here as the server takes on one map. Try again when somebody has left." };
    case 4004:
      return { title: "Something sent was too large", todo: "Reload the page. If it happens again, export the map and tell whoever runs this server." };
    case 4005:
      return { title: "You were removed from this map", todo: "Somebody who runs this server ended your session. Ask them before you come back." };
    case 4006:
      return { title: "This map is open elsewhere", todo: "Another page took this one's place. Go on there, or take it back here." };
    case 4100:
      return {
        title: "This link does not let you in",
        todo: hasToken ? "The token in the address is not one that this server knows. Ask for a new link." : "This server wants a token. Ask for a link that has one.",
      };
    case 4101:
      return { title: "Your access has ended", todo: "The token in the address has expired. Ask for a new link, put it into the address, and your work goes on here." };
    default:
      return { title: "The server refused the connection", todo: "Reload the page. If it happens again, this page may be older than the server." };
  }
}

/** A rejected edit in words; `message` is the server's own sentence. */
export function sayRejected(code: string, message: string): string {
  switch (code) {
    case "bad_reference":
      return "That was taken back: somebody deleted what it belonged to in the meantime.";
    case "not_allowed":
      return "That was taken back: you may look at this map, but not change it.";
    case "cycle":
      return "That was taken back: a group cannot lie in itself.";
    default:
      return `That was taken back: ${message}`;
  }
}

/** Somebody else deleted what this page was at; `title` is "" when it had none. */
export function sayGone(title: string): string {
  return `${title === "" ? "What you were at" : `“${title}”`} was deleted by somebody else.`;
}

/** What becomes of edits while there is no server. `isKeeping`: this browser stores them. */
export function sayKept(pendingCount: number, isKeeping: boolean): string {
  if (isKeeping) return pendingCount === 0 ? "You can go on working." : `${count(pendingCount, "edit")} kept here and sent when it is back.`;
  if (pendingCount === 0) return "What you do now is in this tab only: leave it open.";
  return `${count(pendingCount, "edit")} in this tab only: leave it open until they are sent.`;
}

/** This browser does not store edits; `message` says why. */
export function sayNotKept(message: string): string {
  return `${message[0]?.toUpperCase() ?? ""}${message.slice(1)}. What the server has not confirmed is in this tab only.`;
}

/** Why there is no connection, by the last close code, where that is worth more than "offline". */
export function sayOffline(code: number | undefined, isAsleep: boolean): string {
  if (isAsleep) return "Resting while nobody looks.";
  switch (code) {
    case 4201:
      return "The server is restarting. This page comes back by itself.";
    case 4202:
      return "The server is full, or cannot read its storage. This page tries again by itself.";
    default:
      return "No connection to the server. This page tries again by itself.";
  }
}
