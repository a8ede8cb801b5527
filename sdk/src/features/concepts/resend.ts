// SPDX-License-Identifier: Apache-2.0

import { backoffDelayMs, type Random } from "../../lib/backoff.js";

/** A push that the server could not take is sent again after at least this, and a growing random part. */
const kResendMinMs = 100;
const kResendCapMs = 5_000;

export function resendDelayMs(refusals: number, random: Random): number {
  return kResendMinMs + backoffDelayMs(refusals, random, kResendMinMs, kResendCapMs);
}
