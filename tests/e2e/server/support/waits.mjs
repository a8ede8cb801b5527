// SPDX-License-Identifier: Apache-2.0

/** Long enough for a server under a sanitizer on a busy machine; only a failing test waits that long. */
export const kDeadlineMs = 20_000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What `promise` comes to, or an error that says what was waited for. `state` adds what is known by then. */
export function within(what, promise, { ms = kDeadlineMs, state = () => "" } = {}) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${ms} ms for ${what}. ${state()}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Asks again and again until `check` answers with something true, and returns that. */
export async function until(what, check, { ms = kDeadlineMs, everyMs = 20, state = () => "" } = {}) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await check();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`Waited ${ms} ms for ${what}. ${state()}`);
    await sleep(everyMs);
  }
}

/** Numbers that look random and are the same for the same seed. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
