// SPDX-License-Identifier: Apache-2.0

import { WeftError } from "../protocol/errors.js";

const kLocal = /^(localhost|127\..*|\[::1\]|.*\.localhost)$/;

/** What an application gave as the server's address, as the start of a WebSocket address. Throws for what cannot be one. */
export function addressOf(url: string): string {
  // A setting that is missing would otherwise be read as a path.
  if (typeof url !== "string" || url === "") throw bad(url, "it is empty or no text");
  const page = (globalThis as { location?: Location }).location;
  let parsed: URL;
  try {
    parsed = new URL(url, page?.href);
  } catch {
    throw bad(url, "it is not an address");
  }
  const protocol = parsed.protocol.replace(/^http/, "ws");
  if (protocol !== "ws:" && protocol !== "wss:") throw bad(url, "it begins with none of ws, wss, http and https");
  if (parsed.search !== "" || parsed.hash !== "") throw bad(url, "it has a ? or # part; the token goes into `token`");
  if (parsed.username !== "" || parsed.password !== "") throw bad(url, "it holds a password; the token goes into `token`");
  if (page?.protocol === "https:" && protocol === "ws:" && !kLocal.test(parsed.hostname)) {
    throw bad(url, "a page that came over https may not connect without TLS; use wss");
  }
  return `${protocol}//${parsed.host}${parsed.pathname.replace(/\/+$/, "")}`;
}

function bad(url: string, why: string): WeftError {
  return new WeftError("bad_url", `"${url}" cannot be the server's address: ${why}`);
}
