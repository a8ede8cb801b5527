// SPDX-License-Identifier: Apache-2.0

import { createClient, WeftError, type Canvas, type Person } from "@weft/client";

import { toast } from "./toast.js";

const kNameKey = "weft.name";
const kAdjectives = ["Quiet", "Bright", "Swift", "Gentle", "Clever", "Sunny", "Brave", "Calm"];
const kAnimals = ["Heron", "Otter", "Fox", "Wren", "Lynx", "Hare", "Finch", "Badger"];

/** The page's canvas, named by ?canvas=, opened with the token of the #token= fragment if there is one. */
export function openCanvas(): { canvas: Canvas; canvasId: string; hasToken: boolean } {
  const canvasId = new URLSearchParams(location.search).get("canvas") || "try";
  const hasToken = fragmentToken() !== "";
  // Read anew each time: a better token may have been put into the address.
  const client = createClient({ url: location.origin, ...(hasToken && { token: fragmentToken }) });
  return { canvas: client.open(canvasId, { name: ownName() }), canvasId, hasToken };
}

function fragmentToken(): string {
  return new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
}

export function ownName(): string {
  const kept = localStorage.getItem(kNameKey);
  if (kept !== null) return kept;
  const pick = (words: string[]): string => words[Math.floor(Math.random() * words.length)]!;
  const name = `${pick(kAdjectives)} ${pick(kAnimals)}`;
  localStorage.setItem(kNameKey, name);
  return name;
}

/** Without tokens a name is only a wish, so it may change while one is here; others see it in presence. */
export function changeName(canvas: Canvas, name: string): void {
  localStorage.setItem(kNameKey, name);
  canvas.setPresence({ name });
}

export function nameOf(person: Person): string {
  const { name } = person.presence;
  return typeof name === "string" && name !== "" && !hasVerifiedName ? name : person.user.name || "Somebody";
}

let hasVerifiedName = false;
/** With tokens, the token names people and presence does not. */
export function trustTokenNames(): void {
  hasVerifiedName = true;
}

/** Makes an edit; what the SDK refuses is told, not thrown. */
export function attempt(edit: () => void): void {
  try {
    edit();
  } catch (error) {
    if (!(error instanceof WeftError)) throw error;
    toast(error.message);
  }
}
