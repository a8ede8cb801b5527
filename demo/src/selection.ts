// SPDX-License-Identifier: Apache-2.0

import type { Canvas, Person } from "@weft/client";

/** More than this is not told to others; presence is small. */
const kToldMax = 20;

/** What one has selected, told to others through presence. */
export class Selection {
  private ids_ = new Set<string>();
  private readonly listeners_: (() => void)[] = [];

  constructor(private readonly canvas_: Canvas) {}

  get ids(): ReadonlySet<string> {
    return this.ids_;
  }

  onChange(listener: () => void): void {
    this.listeners_.push(listener);
  }

  set(ids: Iterable<string>): void {
    const next = new Set(ids);
    if (next.size === this.ids_.size && [...next].every((id) => this.ids_.has(id))) return;
    this.ids_ = next;
    this.canvas_.setPresence({ selection: next.size > 0 ? [...next].slice(0, kToldMax) : null });
    for (const listener of this.listeners_) listener();
  }

  toggle(id: string): void {
    const next = new Set(this.ids_);
    if (!next.delete(id)) next.add(id);
    this.set(next);
  }

  /** Forgets what is no longer on the canvas. */
  prune(): void {
    this.set([...this.ids_].filter((id) => this.canvas_.concepts.has(id) || this.canvas_.links.has(id)));
  }
}

/** Who else has selected what: the first one per entity. */
export function othersSelections(canvas: Canvas): Map<string, Person> {
  const selections = new Map<string, Person>();
  for (const person of canvas.people.values()) {
    const { selection } = person.presence;
    if (person.isMe || !Array.isArray(selection)) continue;
    for (const id of selection) if (typeof id === "string" && !selections.has(id)) selections.set(id, person);
  }
  return selections;
}
