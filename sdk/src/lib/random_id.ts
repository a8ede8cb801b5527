// SPDX-License-Identifier: Apache-2.0

const kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/** 64 possibilities per character: 16 of them never meet by chance. Not a secret. */
export function randomId(length = 16): string {
  return Array.from(randomBytes(length), (byte) => kAlphabet[byte & 63]).join("");
}

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  // Node 18 has no global crypto.
  const { crypto } = globalThis as { crypto?: Crypto };
  return crypto?.getRandomValues(bytes) ?? bytes.map(() => Math.floor(Math.random() * 256));
}
