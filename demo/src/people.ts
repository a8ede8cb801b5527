// SPDX-License-Identifier: Apache-2.0

import type { Canvas, Person } from "@weft/client";

import { personColor } from "./colors.js";
import { byId, make } from "./dom.js";
import { changeName, nameOf } from "./session.js";
import type { Viewport } from "./viewport.js";

const kShownMax = 6;
const kShownOnPhonesMax = 2;
const isNarrow = matchMedia("(max-width: 720px)");
const kActivityWords = { active: "here", idle: "idle", away: "away" } as const;

/** The row of avatars. A click on another's goes to their cursor; a click on one's own changes the name. */
export function showPeople(canvas: Canvas, viewport: Viewport, hasToken: boolean): void {
  const list = byId("people");
  const people = [...canvas.people.values()].sort((a, b) => Number(b.isMe) - Number(a.isMe) || a.actor - b.actor);
  const shown = isNarrow.matches ? kShownOnPhonesMax : kShownMax;
  const avatars = people.slice(0, shown).map((person) => avatar(canvas, viewport, person, hasToken));
  const others = people.slice(shown);
  if (others.length > 0) {
    const more = make("li", "person more", `+${others.length}`);
    more.title = others.map(nameOf).join(", ");
    avatars.push(more);
  }
  const focused = list.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["actor"] : undefined;
  list.replaceChildren(...avatars);
  if (focused !== undefined) list.querySelector<HTMLElement>(`[data-actor="${focused}"]`)?.focus();
}

function avatar(canvas: Canvas, viewport: Viewport, person: Person, hasToken: boolean): HTMLLIElement {
  const name = nameOf(person);
  const item = make("li", "person");
  item.dataset["testid"] = "person";
  item.dataset["name"] = name;
  item.dataset["activity"] = person.activity;
  item.dataset["me"] = String(person.isMe);
  const button = make("button", "avatar", initials(name));
  button.type = "button";
  button.dataset["actor"] = String(person.actor);
  button.style.setProperty("--person", personColor(person));
  const isRenamable = person.isMe && !hasToken;
  const what = person.isMe ? (isRenamable ? " (you) – change your name" : " (you)") : ` – ${kActivityWords[person.activity]}`;
  button.title = name + what;
  button.setAttribute("aria-label", name + what);
  button.addEventListener("click", () => {
    if (isRenamable) return openNameForm(name);
    const cursor = canvas.cursors.get(person.actor);
    if (cursor !== undefined) viewport.goTo(cursor);
  });
  item.append(button, make("span", "activity"));
  return item;
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  return letters.map((word) => [...word][0]!.toUpperCase()).join("") || "?";
}

function openNameForm(name: string): void {
  const form = byId<HTMLFormElement>("me-form");
  form.hidden = !form.hidden;
  if (form.hidden) return;
  const input = byId<HTMLInputElement>("me-name");
  input.value = name;
  input.focus();
  input.select();
}

/** The small form under one's own avatar. */
export function setUpNameForm(canvas: Canvas): void {
  const form = byId<HTMLFormElement>("me-form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = byId<HTMLInputElement>("me-name").value.trim();
    if (name !== "") changeName(canvas, name);
    form.hidden = true;
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") form.hidden = true;
  });
  addEventListener("pointerdown", (event) => {
    const target = event.target as Element;
    if (!form.contains(target) && target.closest("#people") === null) form.hidden = true;
  });
}
