// SPDX-License-Identifier: Apache-2.0

/** Goodbye and close codes, in the order of protocol/codes.h. The range says what to do (docs/protocol.md, E). */
export const CloseCode = {
  normal: 1000,
  bad_message: 4000,
  hello_expected: 4001,
  not_allowed: 4002,
  canvas_full: 4003,
  too_large: 4004,
  kicked: 4005,
  replaced: 4006,
  token_invalid: 4100,
  token_expired: 4101,
  slow: 4200,
  draining: 4201,
  overloaded: 4202,
  idle_link: 4203,
  internal: 4204,
  reset: 4205,
} as const;

/** The code's name for programs and logs; what is not one of ours is just a lost connection. */
export function closeCodeName(code: number | undefined): string {
  return Object.entries(CloseCode).find(([, value]) => value === code)?.[0] ?? "disconnected";
}

/** A sentence for a close that brought none. */
export function closeReason(code: number): string {
  const name = closeCodeName(code);
  return name === "disconnected" ? `the connection was lost (${code})` : name;
}

/** What a goodbye or close code asks of the client. */
export type Remedy =
  | "stop" // trying again would end the same way
  | "new_token" // ask for a new token, then retry
  | "wait" // retry after the advised delay
  | "retry"; // nothing known against trying again: normal backoff

export function remedyFor(code: number | undefined): Remedy {
  if (code === undefined) return "retry";
  if (code >= 4000 && code <= 4099) return "stop";
  if (code >= 4100 && code <= 4199) return "new_token";
  if (code >= 4200 && code <= 4299) return "wait";
  return "retry";
}

/** Names of errors (kind 9) and of rejected acks. A newer server may know more. */
export type ErrorCode =
  | "unknown_kind"
  | "already_joined"
  | "not_allowed"
  | "rate_limited"
  | "too_large"
  | "too_many"
  | "bad_op"
  | "bad_id"
  | "type_conflict"
  | "bad_reference"
  | "cycle"
  | "out_of_order"
  | "unsupported"
  | "unavailable";

/** How a push ended. */
export const AckOutcome = {
  commit: 0,
  no_effect: 1,
  rebased: 2,
  rejected: 3,
  duplicate: 4,
} as const;
