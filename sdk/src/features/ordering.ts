// SPDX-License-Identifier: Apache-2.0

import type { Canvas } from "../canvas.js";
import { WeftError } from "../protocol/errors.js";
import type { Props } from "../protocol/messages.js";
import type { CanvasTypes, ConceptOf, EntityPatch, Parent } from "../types.js";
import { isPossibleParent, parentIn, type Entity } from "./concepts/evaluate.js";

/*
 * An index is text that orders siblings byte by byte. It begins with an integer, whose first character says how many
 * digits follow ("a" one, "b" two … for zero and above, "Z" one, "Y" two … below), so that putting one after or
 * before all others, again and again, stays short. What follows the integer is a fraction, without trailing zeros.
 */

const kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const kBase = kDigits.length;
/** docs/protocol.md: more is `bad_op`. */
export const kIndexCharsMax = 64;
const kFirst = "a0";

/** An index between two others; undefined is the beginning or the end. Requires: `after` sorts before `before`. */
export function indexBetween(after: string | undefined, before: string | undefined): string {
  if (after !== undefined) checkIndex(after);
  if (before !== undefined) checkIndex(before);
  if (after !== undefined && before !== undefined && after >= before) {
    throw new WeftError("bad_op", `there is nothing between the indexes "${after}" and "${before}"`);
  }
  const index = between(after, before);
  if (index.length > kIndexCharsMax) throw new WeftError("bad_op", `an index would have more than ${kIndexCharsMax} characters: spread the siblings anew`);
  return index;
}

/** `count` indexes in order, evenly spread between two others. */
export function indexesBetween(after: string | undefined, before: string | undefined, count: number): string[] {
  if (count <= 0) return [];
  if (before === undefined || after === undefined) {
    // One after the other: integers count on.
    const isUp = before === undefined;
    const indexes: string[] = [];
    for (let last = isUp ? after : before; indexes.length < count; ) indexes.push((last = isUp ? indexBetween(last, undefined) : indexBetween(undefined, last)));
    return isUp ? indexes : indexes.reverse();
  }
  const middle = indexBetween(after, before);
  const half = Math.floor(count / 2);
  return [...indexesBetween(after, middle, half), middle, ...indexesBetween(middle, before, count - half - 1)];
}

/** For sort(): by index, and by id where two people chose the same index at once. */
export function compareSiblings(a: Entity<string, unknown>, b: Entity<string, unknown>): number {
  const [x, y] = [sortKey(a), sortKey(b)];
  return x < y ? -1 : x > y ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** The nodes that lie in `parent` (null: at the root), in order. */
export function childrenOf<T extends CanvasTypes>(canvas: Canvas<T>, parent: string | null): ConceptOf<T>[] {
  const all = canvas.concepts.all as readonly Entity[];
  return all.filter(({ props }) => parentIn(props["parent"]) === parent).sort(compareSiblings) as ConceptOf<T>[];
}

/**
 * The parent property for something that is to lie in `parent` as number `position` of its children. Where siblings
 * have one index, or none, they get others first, which is why this may edit: put it into the same transact() as
 * what uses it.
 */
export function placeAt<T extends CanvasTypes>(canvas: Canvas<T>, parent: string | null, position: number, moving?: string): Parent {
  const siblings = childrenOf(canvas, parent).filter(({ id }) => id !== moving) as unknown as Entity[];
  const at = Math.max(0, Math.min(position, siblings.length));
  const indexes = siblings.map(indexOf);
  const fits = (i: number): boolean => i < 0 || i >= indexes.length || isIndex(indexes[i]);
  const [after, before] = [indexes[at - 1], indexes[at]];
  if (fits(at - 1) && fits(at) && (after === undefined || before === undefined || after < before)) {
    const index = between(after, before);
    if (index.length <= kIndexCharsMax) return [parent, index];
  }
  const spread = indexesBetween(undefined, undefined, siblings.length + 1);
  const [index] = spread.splice(at, 1);
  siblings.forEach(({ id }, i) => canvas.set(id, { parent: [parent, spread[i]!] } as unknown as EntityPatch<T>));
  return [parent, index!];
}

/** Moves a node there, in one step: into `parent`, as number `position` of its children. */
export function moveTo<T extends CanvasTypes>(canvas: Canvas<T>, id: string, parent: string | null, position = Infinity): void {
  if (!isPossibleParent((other) => canvas.get(other) as Entity | undefined, id, parent)) {
    throw new WeftError("cycle", `${id} cannot lie in ${parent}, which is not there or lies in it`);
  }
  canvas.transact(() => canvas.set(id, { parent: placeAt(canvas, parent, position, id) } as unknown as EntityPatch<T>));
}

function indexOf({ props }: Entity<string, unknown>): string | undefined {
  const parent = (props as Props)["parent"];
  const index = Array.isArray(parent) ? (parent as readonly unknown[])[1] : undefined;
  return typeof index === "string" ? index : undefined;
}

/** Whoever has no place of its own comes last. */
function sortKey(entity: Entity<string, unknown>): string {
  return indexOf(entity) ?? "~";
}

function between(after: string | undefined, before: string | undefined): string {
  if (after === undefined) {
    if (before === undefined) return kFirst;
    const integer = integerOf(before);
    return integer < before ? integer : (stepped(integer, -1) ?? integer + fractionBetween("", before.slice(integer.length)));
  }
  const integer = integerOf(after);
  const fraction = after.slice(integer.length);
  if (before === undefined) return stepped(integer, 1) ?? integer + fractionBetween(fraction, undefined);
  if (integer === integerOf(before)) return integer + fractionBetween(fraction, before.slice(integer.length));
  const next = stepped(integer, 1);
  return next !== undefined && next < before ? next : integer + fractionBetween(fraction, undefined);
}

/** A fraction between two, the shortest in the middle. "" is zero; undefined is one. */
function fractionBetween(after: string, before: string | undefined): string {
  let fraction = "";
  for (let i = 0; ; ++i) {
    const low = i < after.length ? kDigits.indexOf(after[i]!) : 0;
    const high = before === undefined ? kBase : i < before.length ? kDigits.indexOf(before[i]!) : 0;
    if (low === high) {
      fraction += kDigits[low]!;
    } else if (high - low > 1) {
      return fraction + kDigits[(low + high) >> 1]!;
    } else {
      fraction += kDigits[low]!;
      // From here on everything is below `before`.
      before = undefined;
    }
  }
}

/** The integer next to this one; undefined when there is none so long. */
function stepped(integer: string, by: 1 | -1): string | undefined {
  const digits = [...integer.slice(1)].map((digit) => kDigits.indexOf(digit));
  const end = by === 1 ? kBase - 1 : 0;
  for (let i = digits.length - 1; i >= 0; --i) {
    if (digits[i] !== end) {
      digits[i]! += by;
      return integer[0]! + textOf(digits);
    }
    digits[i] = kBase - 1 - end;
  }
  // All of this length are used up.
  const head = integer[0]!;
  const longerHead = head === "Z" && by === 1 ? "a" : head === "a" && by === -1 ? "Z" : String.fromCharCode(head.charCodeAt(0) + by);
  if (!/[A-Za-z]/.test(longerHead)) return undefined;
  return longerHead + textOf(Array.from({ length: digitsAfter(longerHead) }, () => kBase - 1 - end));
}

function textOf(digits: readonly number[]): string {
  return digits.map((digit) => kDigits[digit]).join("");
}

function digitsAfter(head: string): number {
  return head >= "a" ? head.charCodeAt(0) - "a".charCodeAt(0) + 1 : "Z".charCodeAt(0) - head.charCodeAt(0) + 1;
}

function integerOf(index: string): string {
  return index.slice(0, 1 + digitsAfter(index[0]!));
}

function isIndex(index: string | undefined): boolean {
  if (index === undefined || !/^[A-Za-z][0-9A-Za-z]+$/.test(index)) return false;
  const integerChars = 1 + digitsAfter(index[0]!);
  return index.length === integerChars || (index.length > integerChars && !index.endsWith("0"));
}

function checkIndex(index: string): void {
  if (!isIndex(index)) throw new WeftError("bad_op", `"${index}" is not an index that indexBetween() makes`);
}
