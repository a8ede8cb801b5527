// SPDX-License-Identifier: Apache-2.0

/** Deep equality of plain values: what MessagePack can carry. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || a instanceof Uint8Array) {
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    const other = b as ArrayLike<unknown>;
    return a.length === other.length && Array.from(a).every((item, i) => isEqual(item, other[i]));
  }
  if (Array.isArray(b) || b instanceof Uint8Array) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqual((a as never)[key], (b as never)[key]))
  );
}
