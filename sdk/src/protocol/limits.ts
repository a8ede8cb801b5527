// SPDX-License-Identifier: Apache-2.0

import type { Limits } from "./messages.js";

/** What holds until welcome says otherwise (docs/protocol.md, C4 and C5). */
export const kDefaultLimits: Limits = {
  frame_bytes_max: 1024 * 1024,
  push_ops_max: 1_000,
  entity_bytes_max: 64 * 1024,
  id_chars_max: 64,
  entities_max: 100_000,
  document_bytes_max: 64 * 1024 * 1024,
  presence_bytes_max: 4 * 1024,
  event_bytes_max: 16 * 1024,
};

/**
 * How deep values may nest (P5), the outermost array or map included: 16 for a message, less what it wraps
 * around them. A deeper one would end the session.
 */
export const kPropsDepthMax = 13;
export const kPresenceDepthMax = 12;
export const kEventDepthMax = 15;

/** Only the announced values that are usable; an absent limit keeps its default. */
export function withAnnounced(announced: Partial<Limits>): Limits {
  const limits: { -readonly [Key in keyof Limits]: number } = { ...kDefaultLimits };
  for (const key of Object.keys(limits) as (keyof Limits)[]) {
    const value = announced[key];
    if (typeof value === "number" && value > 0) limits[key] = value;
  }
  return limits;
}
