// SPDX-License-Identifier: Apache-2.0

import type { ColorName } from "./colors.js";
import { colorName } from "./colors.js";
import { kGroupMin, type Placed } from "./tree.js";

/** Types promise nothing about what others wrote: everything is read through here. */
interface Entity {
  readonly id: string;
  readonly type: string;
  readonly props: object;
}

/** What a concept has on the page until it has been measured. */
export const kConceptSize = { width: 150, height: 46 };

export function textOf(entity: Entity | undefined, key: "title" | "note" | "label"): string {
  const value = entity === undefined ? undefined : (entity.props as Record<string, unknown>)[key];
  return typeof value === "string" ? value : "";
}

export function colorOf(entity: Entity | undefined): ColorName {
  return colorName(entity === undefined ? undefined : (entity.props as Record<string, unknown>)["color"]);
}

export function isGroup(entity: Entity | undefined): boolean {
  return entity?.type === "group";
}

export function parentOf(entity: Entity | undefined): string | null {
  const parent = (entity?.props as Record<string, unknown> | undefined)?.["parent"];
  return Array.isArray(parent) && typeof parent[0] === "string" ? parent[0] : null;
}

/** Its place, with the size as measured; groups have a size of their own. */
export function placedOf(entity: Entity, measured: { readonly width?: number | undefined; readonly height?: number | undefined } = {}): Placed {
  const props = entity.props as Record<string, unknown>;
  const number = (key: string, otherwise: number): number => {
    const value = props[key];
    return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
  };
  const size = isGroup(entity)
    ? { width: Math.max(kGroupMin.width, number("width", 320)), height: Math.max(kGroupMin.height, number("height", 220)) }
    : { width: measured.width ?? kConceptSize.width, height: measured.height ?? kConceptSize.height };
  return { id: entity.id, parent: parentOf(entity), isGroup: isGroup(entity), box: { x: number("x", 0), y: number("y", 0), ...size } };
}
