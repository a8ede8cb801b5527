// SPDX-License-Identifier: Apache-2.0

import type { Role } from "../protocol/messages.js";

const kRoles: readonly Role[] = ["view", "present", "edit", "admin"];

/**
 * The role that a token gives on a canvas, as the server will read it (A20 to A22); undefined when this cannot be
 * told. Only to show what can be done: the server decides. It does not answer a fresh token, so this is how its
 * role becomes known.
 */
export function roleOf(token: string, canvasId: string): Role | undefined {
  try {
    const { canvases } = JSON.parse(decoded(token.split(".")[1]!)) as { canvases: { [pattern: string]: Role } };
    const ranks = Object.entries(canvases).map(([pattern, role]) => (matches(pattern, canvasId) ? kRoles.indexOf(role) : -1));
    return kRoles[Math.max(...ranks)];
  } catch {
    return undefined;
  }
}

function decoded(base64url: string): string {
  const bytes = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
}

/** `*` is any run of characters; everything else is itself. Without a regular expression, which a pattern could slow down. */
function matches(pattern: string, id: string): boolean {
  const [first, ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return pattern === id;
  if (!id.startsWith(first!) || !id.endsWith(last) || id.length < first!.length + last.length) return false;
  let at = first!.length;
  for (const part of rest) {
    const found = id.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= id.length - last.length;
}
