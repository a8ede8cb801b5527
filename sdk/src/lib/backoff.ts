// SPDX-License-Identifier: Apache-2.0

/** A number in [0, 1), like Math.random. Comes from outside so that tests can choose it. */
export type Random = () => number;

/** The first retry waits at most this long: a blink, so that a restarted server is found at once. */
export const kBackoffBaseMs = 500;
/** Later retries wait at most this long: a person who looks at the page should not wait longer. */
export const kBackoffCapMs = 15_000;

/** Exponential backoff with full jitter: anything between nothing and the bound, so that clients spread out. */
export function backoffDelayMs(
  failures: number,
  random: Random,
  baseMs: number = kBackoffBaseMs,
  capMs: number = kBackoffCapMs,
): number {
  const boundMs = Math.min(capMs, baseMs * 2 ** Math.min(failures, 30));
  return Math.floor(random() * boundMs);
}

/** A delay inside [min, max]. */
export function jitteredDelayMs(minMs: number, maxMs: number, random: Random): number {
  return minMs + Math.floor(random() * Math.max(0, maxMs - minMs));
}
