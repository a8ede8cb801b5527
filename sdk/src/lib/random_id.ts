// SPDX-License-Identifier: Apache-2.0

const kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/** 64 possibilities per character: 16 of them never meet by chance. Works in insecure contexts too. */
export function randomId(length = 16): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => kAlphabet[byte & 63]).join("");
}
