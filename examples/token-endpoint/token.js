// SPDX-License-Identifier: Apache-2.0

import { createHmac } from "node:crypto";

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/**
 * A JWT that says who somebody is, what they may do on which canvases, and until when: docs/spec/auth.md. `secret` is
 * the line in the server's key file. Any JWT library does the same.
 */
export function mintToken(secret, { id, name, canvases, seconds }) {
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const signed = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded({ sub: id, name, canvases, exp })}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
