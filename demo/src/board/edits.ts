// SPDX-License-Identifier: Apache-2.0

import { historyOf, indexBetween, WeftError } from "@weft/client";

import { announce } from "../live/announcer.js";
import type { ColorName } from "../model/colors.js";
import { boxAround, freePlace, rounded, type Box, type Point } from "../model/geometry.js";
import type { MapCanvas } from "../model/map.js";
import { toFile, type MapFile } from "../model/map_file.js";
import { isGroup, kConceptSize, placedOf, textOf } from "../model/read.js";
import { absolute, ancestors, droppedInto, grouping, inDrawingOrder, outermost, ungrouping, type Placed, type Tree } from "../model/tree.js";
import { count } from "../model/words.js";
import { toast } from "../chrome/toasts.js";
import { select, ui } from "../ui.js";
import { inPushes } from "./in_pushes.js";

interface Move {
  readonly id: string;
  readonly parent: string | null;
  readonly at: Point;
}

/** Everything that a person can do to the map. What cannot be is told, not thrown. */
export class Edits {
  constructor(
    readonly canvas: MapCanvas,
    /** The sizes that concepts have on the page. */
    private readonly measure_: (id: string) => { readonly width?: number | undefined; readonly height?: number | undefined } | undefined,
  ) {}

  get tree(): Tree {
    return new Map<string, Placed>([...this.canvas.concepts.values()].map((entity) => [entity.id, placedOf(entity, this.measure_(entity.id))]));
  }

  // Making.

  /** A new concept with its middle at this point, or near it when that is taken; its title is asked for at once. */
  addConcept(center: Point, { title = "", from }: { readonly title?: string; readonly from?: string } = {}): string | undefined {
    return this.attempt(() => {
      const tree = this.tree;
      const wish = { x: center.x - kConceptSize.width / 2, y: center.y - kConceptSize.height / 2, ...kConceptSize };
      const taken = [...tree.values()].filter((placed) => !placed.isGroup).map(({ id }) => absolute(tree, id)!);
      const at = rounded(freePlace(wish, taken));
      const id = this.canvas.transact(() => {
        const made = this.canvas.create("concept", { title, ...at });
        if (from !== undefined) this.canvas.create("link", { from, to: made });
        droppedInto(this.tree, [made]).forEach((move) => this.move_(move));
        return made;
      });
      select([id]);
      ui.set({ renaming: id });
      return id;
    });
  }

  link(from: string, to: string): void {
    if (from === to) return;
    const existing = this.canvas.links.all.find(({ props }) => (props.from === from && props.to === to) || (props.from === to && props.to === from));
    if (existing !== undefined) {
      select([existing.id]);
      announce("They are linked already.");
      return;
    }
    this.attempt(() => {
      const id = this.canvas.create("link", { from, to });
      select([id]);
      announce(`Linked ${this.titleOf(from)} to ${this.titleOf(to)}.`);
    });
  }

  duplicate(ids: readonly string[]): void {
    this.insert_(this.copyOf_(ids), (box) => ({ x: box.x + 32, y: box.y + 32 }));
  }

  /** All of a file, beside what is on the map already, or nothing of it; then false, and it is told why. */
  insertFile(file: MapFile): boolean {
    const tree = this.tree;
    const taken = boxAround([...tree.keys()].map((id) => absolute(tree, id)!));
    return this.insert_(file, (box) => (taken === undefined ? { x: box.x, y: box.y } : { x: taken.x, y: taken.y + taken.height + 80 }));
  }

  // Changing.

  retitle(id: string, title: string): void {
    if (title !== textOf(this.canvas.get(id), "title")) this.attempt(() => this.canvas.set(id, { title: title || null }));
  }

  setNote(id: string, note: string): void {
    this.attempt(() => this.canvas.set(id, { note: note || null }));
  }

  setLabel(id: string, label: string): void {
    if (label !== textOf(this.canvas.get(id), "label")) this.attempt(() => this.canvas.set(id, { label: label || null }));
  }

  paint(ids: readonly string[], color: ColorName): void {
    const painted = ids.filter((id) => this.canvas.concepts.has(id));
    this.asOneStep_(() => inPushes(this.canvas, painted.map((id) => () => this.canvas.set(id, { color }))));
  }

  /** While things are dragged: positions of them in their parents. As few pushes as there may be, at the server's pace. */
  place(places: readonly (Point & { readonly id: string })[]): void {
    const here = places.filter(({ id }) => this.canvas.concepts.has(id));
    if (here.length === 0) return;
    this.attempt(() => inPushes(this.canvas, here.map(({ id, x, y }) => () => this.canvas.set(id, rounded({ x, y })))));
  }

  resize(id: string, box: Box): void {
    if (!this.canvas.concepts.has(id)) return;
    this.attempt(() => this.canvas.set(id, { ...rounded(box), width: Math.round(box.width), height: Math.round(box.height) }));
  }

  nudge(ids: readonly string[], dx: number, dy: number): void {
    const tree = this.tree;
    this.place(
      outermost(tree, ids).map((id) => {
        const { x, y } = tree.get(id)!.box;
        return { id, x: x + dx, y: y + dy };
      }),
    );
  }

  /** What was dropped over another group than it was in belongs to that one now. */
  settle(ids: readonly string[]): void {
    const moves = droppedInto(this.tree, ids);
    if (moves.length > 0) this.attempt(() => inPushes(this.canvas, this.moving_(moves)));
  }

  group(ids: readonly string[]): void {
    const tree = this.tree;
    const plan = grouping(
      tree,
      ids.filter((id) => tree.has(id)),
    );
    if (plan === undefined) return;
    this.asOneStep_(() => {
      let made = "";
      const make = (): void => {
        made = this.canvas.create("group", { title: "", ...plan.box, ...(plan.parent !== null && { parent: [plan.parent, indexBetween(undefined, undefined)] }) });
      };
      inPushes(this.canvas, [make, ...plan.moves.map(({ id, at }) => () => this.move_({ id, at, parent: made }))]);
      select([made]);
      ui.set({ renaming: made });
      announce(`Grouped ${count(plan.moves.length, "concept")}.`);
    });
  }

  ungroup(ids: readonly string[]): void {
    const groups = ids.filter((id) => isGroup(this.canvas.concepts.get(id)));
    this.asOneStep_(() => {
      const freed = groups.flatMap((id) => {
        const moves = ungrouping(this.tree, id);
        inPushes(this.canvas, [...this.moving_(moves), () => this.canvas.delete(id)]);
        return moves.map((move) => move.id);
      });
      select(freed);
      announce(`Ungrouped ${count(freed.length, "concept")}.`);
    });
  }

  /** What is in a group goes with it, and links with their ends. */
  remove(ids: readonly string[]): void {
    const before = this.canvas.concepts.size + this.canvas.links.size;
    const there = ids.filter((id) => this.canvas.get(id) !== undefined);
    if (there.length === 0) return;
    this.asOneStep_(() => {
      // Links and members may be gone with what went before them.
      inPushes(this.canvas, there.map((id) => () => this.canvas.get(id) !== undefined && this.canvas.delete(id)));
      const gone = before - this.canvas.concepts.size - this.canvas.links.size;
      select([]);
      announce(`Deleted ${count(gone, "thing")}.`);
      if (gone > there.length) toast(`Deleted ${there.length} and what belonged to it: ${gone} in all.`, { action: { label: "Undo", run: () => this.undo() } });
    });
  }

  // Going back.

  undo(): void {
    this.walk_("undo", "Undone");
  }

  redo(): void {
    this.walk_("redo", "Redone");
  }

  /** Makes an edit; what the SDK refuses is told, not thrown. */
  attempt<Result>(edit: () => Result): Result | undefined {
    try {
      return edit();
    } catch (error) {
      if (!(error instanceof WeftError)) throw error;
      toast(error.code === "not_allowed" ? "You may look at this map, but not change it." : `That is not possible: ${error.message}`, { tone: "bad" });
      return undefined;
    }
  }

  titleOf(id: string): string {
    return textOf(this.canvas.get(id), "title") || (isGroup(this.canvas.concepts.get(id)) ? "Untitled group" : "Untitled concept");
  }

  private walk_(way: "undo" | "redo", said: string): void {
    const changed = new Set<string>();
    const stop = this.canvas.on("change", ({ ids }) => ids.forEach((id) => changed.add(id)));
    const isDone = this.attempt(() => historyOf(this.canvas)[way]());
    stop();
    announce(isDone ? `${said}: ${count(changed.size, "thing")} changed.` : `Nothing to ${way}.`);
  }

  /** However many pushes it takes, undo takes all of it back. */
  private asOneStep_<Result>(edit: () => Result): Result | undefined {
    const history = historyOf(this.canvas);
    history.pause();
    const result = this.attempt(edit);
    history.resume();
    return result;
  }

  private move_({ id, parent, at }: Move): void {
    // The order among siblings means nothing on a map.
    this.canvas.set(id, { ...at, parent: parent === null ? null : [parent, indexBetween(undefined, undefined)] });
  }

  private moving_(moves: readonly Move[]): (() => void)[] {
    return moves.map((move) => () => this.move_(move));
  }

  /** These and all that is in them, as a file would have them. */
  private copyOf_(ids: readonly string[]): MapFile {
    const tree = this.tree;
    const roots = new Set(outermost(tree, ids));
    const members = inDrawingOrder(tree).filter(({ id }) => roots.has(id) || ancestors(tree, id).some((ancestor) => roots.has(ancestor.id)));
    const within = new Set(members.map(({ id }) => id));
    const file = toFile(
      members.map(({ id }) => this.canvas.concepts.get(id)!),
      this.canvas.links.all.filter(({ props }) => within.has(props.from) && within.has(props.to)),
    );
    const concepts = file.concepts.map(({ parent, ...concept }) => {
      if (!roots.has(concept.id)) return { ...concept, ...(parent !== undefined && { parent }) };
      const { x, y } = absolute(tree, concept.id)!;
      return { ...concept, x, y };
    });
    return { ...file, concepts };
  }

  /** Makes all of it under new ids, as one step of undo, or nothing of it; then false, and it is told why. */
  private insert_(file: MapFile, placeFor: (box: Box) => Point): boolean {
    const roots = file.concepts.filter(({ parent }) => parent === undefined);
    const box = boxAround(roots.map(({ x, y, width, height }) => ({ x, y, width: width ?? kConceptSize.width, height: height ?? kConceptSize.height })));
    if (box === undefined) {
      toast("There is nothing in it.");
      return false;
    }
    const to = placeFor(box);
    const [dx, dy] = [Math.round(to.x - box.x), Math.round(to.y - box.y)];
    const made = new Map<string, string>();
    const steps: (() => void)[] = [
      ...file.concepts.map(({ id, kind, title, note, color, x, y, width, height, parent }) => () => {
        const at = parent === undefined ? { x: x + dx, y: y + dy } : { x, y, parent: [made.get(parent)!, indexBetween(undefined, undefined)] as const };
        const common = { ...at, ...(title !== "" && { title }), ...(color !== "plain" && { color }) };
        made.set(
          id,
          kind === "group"
            ? this.canvas.create("group", { ...common, width: width ?? 320, height: height ?? 220 })
            : this.canvas.create("concept", { ...common, ...(note !== undefined && { note }) }),
        );
      }),
      ...file.links.map(({ from, to: end, label }) => () => {
        this.canvas.create("link", { from: made.get(from)!, to: made.get(end)!, ...(label !== undefined && { label }) });
      }),
    ];
    const isWhole = this.asOneStep_(() => {
      inPushes(this.canvas, steps);
      return true;
    });
    if (isWhole !== true) {
      // The pushes before the one that could not be.
      if ([...made.values()].some((id) => this.canvas.get(id) !== undefined)) this.attempt(() => historyOf(this.canvas).undo());
      return false;
    }
    select(roots.map(({ id }) => made.get(id)!));
    announce(`Added ${count(made.size, "concept")}.`);
    return true;
  }
}
