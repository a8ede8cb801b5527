// SPDX-License-Identifier: Apache-2.0

import { kColors, type ColorName } from "./colors.js";
import { kLabelCharsMax, kNoteCharsMax, kTitleCharsMax } from "./map.js";
import { colorOf, isGroup, placedOf, textOf } from "./read.js";

/** The file that a map is exported to. Ids are of the file alone: importing makes new ones. */
export interface MapFile {
  readonly format: "weft-map";
  readonly version: 1;
  readonly concepts: readonly FileConcept[];
  readonly links: readonly FileLink[];
}

export interface FileConcept {
  readonly id: string;
  readonly kind: "concept" | "group";
  readonly title: string;
  readonly note?: string;
  readonly color: ColorName;
  /** In the parent, if there is one. */
  readonly x: number;
  readonly y: number;
  readonly width?: number;
  readonly height?: number;
  readonly parent?: string;
}

export interface FileLink {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

/** Above the text of a map with as many concepts as there may be, each with a full title and note. */
export const kFileBytesMax = 100_000_000;
export const kFileConceptsMax = 5_000;
export const kFileLinksMax = 10_000;
/** Far enough for any map, and exact on the wire. */
const kCoordinateMax = 1_000_000;
const kSizeMax = 100_000;
const kIdCharsMax = 64;

interface Entity {
  readonly id: string;
  readonly type: string;
  readonly props: object;
}

export function toFile(concepts: readonly Entity[], links: readonly Entity[]): MapFile {
  return {
    format: "weft-map",
    version: 1,
    concepts: concepts.map((entity) => {
      const { parent, box } = placedOf(entity);
      const note = textOf(entity, "note");
      return {
        id: entity.id,
        kind: isGroup(entity) ? "group" : "concept",
        title: textOf(entity, "title"),
        ...(note !== "" && { note }),
        color: colorOf(entity),
        x: box.x,
        y: box.y,
        ...(isGroup(entity) && { width: box.width, height: box.height }),
        ...(parent !== null && { parent }),
      };
    }),
    links: links.map((link) => {
      const { from, to } = link.props as { readonly from: string; readonly to: string };
      const label = textOf(link, "label");
      return { from, to, ...(label !== "" && { label }) };
    }),
  };
}

/** Why a file is not a map: a sentence that names the place and the limit. */
export class FileError extends Error {}

/** The text of a file as a map that can be inserted whole. Throws a FileError. */
export function parseFile(text: string): MapFile {
  if (text.length > kFileBytesMax) throw new FileError(`The file is larger than ${kFileBytesMax / 1_000_000} MB.`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new FileError("The file is not JSON.");
  }
  const file = mapIn(parsed, "the file");
  if (file["format"] !== "weft-map") throw new FileError('The file is not a Weft map: its "format" is not "weft-map".');
  if (file["version"] !== 1) throw new FileError(`The file is of version ${JSON.stringify(file["version"] ?? null)}; this page reads version 1.`);
  const concepts = listIn(file, "concepts", kFileConceptsMax).map((value, i) => conceptIn(value, `concepts[${i}]`));
  const byId = new Map(concepts.map((concept) => [concept.id, concept]));
  if (byId.size < concepts.length) {
    const twice = concepts.find(({ id }, i) => concepts.findIndex((other) => other.id === id) !== i)!;
    throw new FileError(`The id "${twice.id}" is in the file twice.`);
  }
  concepts.forEach((concept, i) => checkParent(concept, byId, `concepts[${i}]`));
  const links = listIn(file, "links", kFileLinksMax).map((value, i) => linkIn(value, byId, `links[${i}]`));
  return { format: "weft-map", version: 1, concepts: parentsFirst(concepts, byId), links };
}

function conceptIn(value: unknown, at: string): FileConcept {
  const map = mapIn(value, at);
  const kind = map["kind"] ?? "concept";
  if (kind !== "concept" && kind !== "group") throw new FileError(`${at}.kind is neither "concept" nor "group".`);
  const color = map["color"] ?? "plain";
  if (!kColors.includes(color as ColorName)) throw new FileError(`${at}.color is none of ${kColors.join(", ")}.`);
  const note = stringIn(map, "note", kNoteCharsMax, at, "");
  const parent = map["parent"] === undefined || map["parent"] === null ? undefined : stringIn(map, "parent", kIdCharsMax, at);
  return {
    id: stringIn(map, "id", kIdCharsMax, at),
    kind,
    title: stringIn(map, "title", kTitleCharsMax, at, ""),
    ...(note !== "" && { note }),
    color: color as ColorName,
    x: numberIn(map, "x", -kCoordinateMax, kCoordinateMax, at),
    y: numberIn(map, "y", -kCoordinateMax, kCoordinateMax, at),
    ...(kind === "group" && { width: numberIn(map, "width", 1, kSizeMax, at), height: numberIn(map, "height", 1, kSizeMax, at) }),
    ...(parent !== undefined && { parent }),
  };
}

function linkIn(value: unknown, concepts: ReadonlyMap<string, FileConcept>, at: string): FileLink {
  const map = mapIn(value, at);
  const from = stringIn(map, "from", kIdCharsMax, at);
  const to = stringIn(map, "to", kIdCharsMax, at);
  for (const id of [from, to]) if (!concepts.has(id)) throw new FileError(`${at} names "${id}", which is not among the concepts.`);
  if (from === to) throw new FileError(`${at} links "${from}" with itself.`);
  const label = stringIn(map, "label", kLabelCharsMax, at, "");
  return { from, to, ...(label !== "" && { label }) };
}

function checkParent(concept: FileConcept, concepts: ReadonlyMap<string, FileConcept>, at: string): void {
  const seen = new Set([concept.id]);
  for (let id = concept.parent; id !== undefined; id = concepts.get(id)!.parent) {
    if (concepts.get(id)?.kind !== "group") throw new FileError(`${at} lies in "${id}", which is not a group of the file.`);
    if (seen.has(id)) throw new FileError(`${at} lies in itself.`);
    seen.add(id);
  }
}

function parentsFirst(concepts: readonly FileConcept[], byId: ReadonlyMap<string, FileConcept>): FileConcept[] {
  const ordered = new Set<FileConcept>();
  const put = (concept: FileConcept): void => {
    if (concept.parent !== undefined && !ordered.has(byId.get(concept.parent)!)) put(byId.get(concept.parent)!);
    ordered.add(concept);
  };
  concepts.forEach(put);
  return [...ordered];
}

function mapIn(value: unknown, at: string): { readonly [key: string]: unknown } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new FileError(`${capital(at)} is not an object.`);
  return value as { readonly [key: string]: unknown };
}

function listIn(map: { readonly [key: string]: unknown }, key: string, max: number): readonly unknown[] {
  const value = map[key];
  if (!Array.isArray(value)) throw new FileError(`"${key}" is not a list.`);
  if (value.length > max) throw new FileError(`The file has ${value.length} ${key}; ${max} are the most.`);
  return value;
}

function stringIn(map: { readonly [key: string]: unknown }, key: string, max: number, at: string, otherwise?: string): string {
  const value = map[key] ?? otherwise;
  if (typeof value !== "string" || (otherwise === undefined && value === "")) throw new FileError(`${at}.${key} is not a text.`);
  if (value.length > max) throw new FileError(`${at}.${key} has ${value.length} characters; ${max} are the most.`);
  return value;
}

function numberIn(map: { readonly [key: string]: unknown }, key: string, min: number, max: number, at: string): number {
  const value = map[key];
  if (typeof value !== "number" || !Number.isFinite(value)) throw new FileError(`${at}.${key} is not a number.`);
  if (value < min || value > max) throw new FileError(`${at}.${key} is ${value}; it must be from ${min} to ${max}.`);
  return value;
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
