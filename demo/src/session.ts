// SPDX-License-Identifier: Apache-2.0

import { createClient, keepOffline, type Client } from "@weft/client";

import type { MapCanvas, MapPerson, MapTypes } from "./model/map.js";

const kNameKey = "weft.name";
export const kNameCharsMax = 40;
const kAdjectives = ["Quiet", "Bright", "Swift", "Gentle", "Clever", "Sunny", "Brave", "Calm"];
const kAnimals = ["Heron", "Otter", "Fox", "Wren", "Lynx", "Hare", "Finch", "Badger"];

const query = new URLSearchParams(location.search);

/** The page's canvas, named by ?canvas=, opened with the token of the #token= fragment if there is one. */
export const canvasId = query.get("canvas") || "try";
export const isDebugging = query.get("weft") === "debug";

export function fragmentToken(): string {
  return new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
}

export const hasToken = fragmentToken() !== "";

export function makeClient(): Client<MapTypes> {
  return createClient<MapTypes>({
    url: location.origin,
    offline: keepOffline({ user: userOf(fragmentToken()) }),
    // Read anew each time: a better token may have been put into the address.
    ...(hasToken && { token: fragmentToken }),
  });
}

/** Whom what is kept in this browser belongs to. The server verifies the token; here it only tells users apart. */
function userOf(token: string): string {
  try {
    const payload = token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/");
    const { sub } = JSON.parse(atob(payload)) as { readonly sub?: unknown };
    return typeof sub === "string" ? `token:${sub}` : "guest";
  } catch {
    return "guest";
  }
}

export function ownName(): string {
  const kept = localStorage.getItem(kNameKey);
  if (kept !== null) return kept;
  const pick = (words: readonly string[]): string => words[Math.floor(Math.random() * words.length)]!;
  const name = `${pick(kAdjectives)} ${pick(kAnimals)}`;
  localStorage.setItem(kNameKey, name);
  return name;
}

/** Without tokens a name is only a wish, so it may change while one is here; others see it in presence. */
export function changeName(canvas: MapCanvas, name: string): void {
  localStorage.setItem(kNameKey, name);
  canvas.setPresence({ name });
}

/** With tokens, the token names people and presence does not. */
export function nameOf(person: MapPerson): string {
  const { name } = person.presence;
  return (!hasToken && typeof name === "string" && name !== "" ? name : person.user.name) || "Somebody";
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? "?")][0] ?? "?";
  const last = words.length > 1 ? ([...words.at(-1)!][0] ?? "") : "";
  return (first + last).toUpperCase();
}
