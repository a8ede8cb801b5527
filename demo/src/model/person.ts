// SPDX-License-Identifier: Apache-2.0

/** Whom a token is about. The server verifies it; here it only tells people apart. */
export function personOf(token: string): string {
  try {
    const payload = token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/");
    const { sub } = JSON.parse(atob(payload)) as { readonly sub?: unknown };
    return typeof sub === "string" ? `token:${sub}` : "guest";
  } catch {
    return "guest";
  }
}

/** Whether a page that came with the one token may go on with the other; "" is none. */
export function isSamePerson(before: string, after: string): boolean {
  return (before === "") === (after === "") && personOf(before) === personOf(after);
}
