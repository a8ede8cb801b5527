// SPDX-License-Identifier: Apache-2.0

import type { State } from "./machine.js";

/** What an application shows about its link. */
export type Status =
  /** It has just begun. */
  | { readonly name: "connecting" }
  /** Connected, and known to the server. */
  | { readonly name: "live" }
  /** It was lost, or never came to be; the SDK goes on trying. Edits made meanwhile are kept. */
  | {
      readonly name: "offline";
      /** A sentence for people. */
      readonly reason: string;
      /** What the connection was closed with, as far as anybody said. */
      readonly code?: number | undefined;
      /** On purpose: the page has been hidden for long. It connects again when somebody looks. */
      readonly isAsleep?: boolean;
    }
  /** The server said no for good. Only the application or a person can change that. */
  | { readonly name: "refused"; readonly code: number | undefined; readonly reason: string }
  /** The application closed it. */
  | { readonly name: "closed" };

export function statusOf(state: State): Status {
  switch (state.at) {
    case "idle":
      return { name: "connecting" };
    case "authorizing":
    case "connecting":
    case "greeting":
      return state.failures === 0 ? { name: "connecting" } : { name: "offline", reason: "reconnecting" };
    case "live":
      return { name: "live" };
    case "waiting":
      return { name: "offline", reason: state.ending.reason, code: state.ending.code };
    case "sleeping":
      return { name: "offline", reason: "the page is hidden", isAsleep: true };
    case "refused":
      return { name: "refused", code: state.ending.code, reason: state.ending.reason };
    case "closed":
      return { name: "closed" };
    default:
      return state satisfies never;
  }
}
