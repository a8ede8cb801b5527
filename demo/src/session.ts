// SPDX-License-Identifier: Apache-2.0

import { createClient, keepOffline, type Client } from "@weft/client";

import { keep, kept } from "./kept.js";
import type { MapCanvas, MapPerson, MapTypes } from "./model/map.js";
import { isSamePerson, personOf } from "./model/person.js";
import { cut } from "./model/words.js";

const kNameKey = "weft.name";
export const kNameCharsMax = 40;
const kAdjectives = ["Quiet", "Bright", "Swift", "Gentle", "Clever", "Sunny", "Brave", "Calm"];
const kAnimals = ["Heron", "Otter", "Fox", "Wren", "Lynx", "Hare", "Finch", "Badger"];

const query = new URLSearchParams(location.search);

/** The page's canvas, named by ?canvas=, opened with the token of the #token= fragment if there is one. */
export const canvasId = query.get("canvas") || "try";
export const isDebugging = query.get("weft") === "debug";

function fragmentToken(): string {
  return new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
}

/** The newest token of the address that is this page's person's; "" for a page that came without. */
let token = fragmentToken();
export const hasToken = token !== "";

/** Whether the address is still that of whom this page is for. If not, the page must be loaded anew. */
export function isOwnAddress(): boolean {
  return isSamePerson(token, fragmentToken());
}

function ownToken(): string {
  if (isOwnAddress()) token = fragmentToken();
  return token;
}

export function makeClient(): Client<MapTypes> {
  return createClient<MapTypes>({
    url: location.origin,
    offline: keepOffline({ user: personOf(token) }),
    // Read anew each time: a better token may have been put into the address.
    ...(hasToken && { token: ownToken }),
  });
}

export function ownName(): string {
  const known = kept(kNameKey);
  if (known !== undefined) return known;
  const pick = (words: readonly string[]): string => words[Math.floor(Math.random() * words.length)]!;
  const name = `${pick(kAdjectives)} ${pick(kAnimals)}`;
  keep(kNameKey, name);
  return name;
}

/** Without tokens a name is only a wish, so it may change while one is here; others see it in presence. */
export function changeName(canvas: MapCanvas, name: string): void {
  keep(kNameKey, name);
  canvas.setPresence({ name });
}

/** With tokens, the token names people and presence does not. No longer than a name here may be. */
export function nameOf(person: MapPerson): string {
  const { name } = person.presence;
  return cut((!hasToken && typeof name === "string" && name !== "" ? name : person.user.name) || "Somebody", kNameCharsMax);
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? "?")][0] ?? "?";
  const last = words.length > 1 ? ([...words.at(-1)!][0] ?? "") : "";
  return (first + last).toUpperCase();
}
