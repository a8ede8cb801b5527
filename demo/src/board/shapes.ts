// SPDX-License-Identifier: Apache-2.0

import type { Edge, Node, NodeChange, EdgeChange } from "@xyflow/react";

import { textOf, isGroup, placedOf } from "../model/read.js";
import { inDrawingOrder, type Placed } from "../model/tree.js";

export type MapNode = Node<{}, "concept" | "group">;
export type MapEdge = Edge<{}, "link">;

interface Entity {
  readonly id: string;
  readonly type: string;
  readonly props: object;
}

/** How quickly something that others move gets where it belongs: the share that is left after this long is 1/e. */
const kGlideMs = 45;
/** Nobody sees what is left then. */
const kRestPx = 0.25;
const kNoData = {};
const kUntitled = "untitled";
/** Heard with what is selected. */
const kSelected = ", selected";

/**
 * What React Flow draws: the document's concepts and links, with what is this page's own (selection, sizes as
 * measured). What others move glides to where it belongs; what is dragged here is where the pointer is.
 */
export class Shapes {
  private nodes_ = new Map<string, MapNode>();
  private edges_ = new Map<string, MapEdge>();
  private sources_ = new Map<string, { readonly entity: Entity; readonly placed: Placed }>();
  /** Dragged here. */
  private readonly held_ = new Set<string>();
  /** The group that is resized here; what is in it is held in place. */
  private resizing_: string | undefined;
  private readonly gliding_ = new Set<string>();
  private selection_: ReadonlySet<string> = new Set();
  private nodeList_: MapNode[] = [];
  private edgeList_: MapEdge[] = [];
  private readonly listeners_ = new Set<() => void>();

  constructor(private readonly mayGlide_: () => boolean = () => true) {}

  get nodes(): MapNode[] {
    return this.nodeList_;
  }

  get edges(): MapEdge[] {
    return this.edgeList_;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners_.add(listener);
    return () => this.listeners_.delete(listener);
  };

  sizeOf(id: string): { readonly width?: number | undefined; readonly height?: number | undefined } | undefined {
    return this.nodes_.get(id)?.measured;
  }

  /** As it is drawn; "" without one. */
  titleOf(id: string): string {
    return textOf(this.sources_.get(id)?.entity, "title");
  }

  /** The document is another now. */
  setDocument(concepts: readonly Entity[], links: readonly Entity[]): void {
    this.setConcepts_(concepts);
    this.setLinks_(links);
    this.tell_();
  }

  private setConcepts_(entities: readonly Entity[]): void {
    const tree = new Map<string, Placed>();
    let isSame = entities.length === this.sources_.size;
    for (const entity of entities) {
      const known = this.sources_.get(entity.id);
      if (known?.entity === entity) {
        tree.set(entity.id, known.placed);
        continue;
      }
      isSame = false;
      tree.set(entity.id, placedOf(entity, this.sizeOf(entity.id)));
    }
    if (isSame) return;
    const byId = new Map(entities.map((entity) => [entity.id, entity]));
    const nodes = new Map<string, MapNode>();
    for (const placed of inDrawingOrder(tree)) {
      const entity = byId.get(placed.id)!;
      const before = this.nodes_.get(placed.id);
      nodes.set(placed.id, this.sources_.get(placed.id)?.entity === entity && before !== undefined ? before : this.node_(entity, placed, tree, before));
    }
    if (this.resizing_ !== undefined && !nodes.has(this.resizing_)) this.resizing_ = undefined;
    for (const id of [...this.held_, ...this.gliding_]) {
      if (nodes.has(id)) continue;
      this.held_.delete(id);
      this.gliding_.delete(id);
    }
    this.sources_ = new Map(entities.map((entity) => [entity.id, { entity, placed: tree.get(entity.id)! }]));
    this.nodes_ = nodes;
  }

  private setLinks_(links: readonly Entity[]): void {
    const edges = new Map<string, MapEdge>();
    for (const link of links) {
      const { from, to } = link.props as { readonly from: string; readonly to: string };
      const before = this.edges_.get(link.id);
      const label = textOf(link, "label");
      const selected = this.selection_.has(link.id);
      const ariaLabel = heard(`Link from ${this.titleOf(from) || kUntitled} to ${this.titleOf(to) || kUntitled}${label && `: ${label}`}`, selected);
      const isSame = before !== undefined && before.source === from && before.target === to && before.label === label && before.ariaLabel === ariaLabel;
      edges.set(
        link.id,
        isSame ? before : { id: link.id, type: "link", source: from, target: to, label, ariaLabel, data: kNoData, selected },
      );
    }
    this.edges_ = edges;
  }

  setSelection(ids: readonly string[]): void {
    this.selection_ = new Set(ids);
    for (const map of [this.nodes_, this.edges_] as Map<string, { selected?: boolean; ariaLabel?: string }>[]) {
      for (const [id, shape] of map) {
        const selected = this.selection_.has(id);
        if ((shape.selected ?? false) !== selected) map.set(id, { ...shape, selected, ariaLabel: heard(shape.ariaLabel ?? "", selected, shape.selected) });
      }
    }
    this.tell_();
  }

  /** What React Flow measured, dragged and resized. Selections and places go elsewhere and come back. */
  apply(changes: readonly NodeChange<MapNode>[]): void {
    for (const change of changes) {
      if (!("id" in change)) continue;
      const node = this.nodes_.get(change.id);
      if (node === undefined) continue;
      if (change.type === "dimensions") {
        if (change.resizing !== undefined) this.resizing_ = change.resizing ? change.id : undefined;
        if (change.dimensions !== undefined) {
          const isOwnSize = change.resizing === true && isGroup(this.sources_.get(change.id)?.entity);
          this.nodes_.set(change.id, { ...node, measured: change.dimensions, ...(isOwnSize && change.dimensions) });
        }
      } else if (change.type === "position" && change.dragging !== undefined) {
        this.hold_(change.id, change.dragging);
        this.nodes_.set(change.id, { ...this.nodes_.get(change.id)!, dragging: change.dragging });
      }
    }
    this.tell_();
  }

  /** Edges that React Flow selected or not. */
  static selectedBy(changes: readonly (NodeChange<MapNode> | EdgeChange<MapEdge>)[], before: readonly string[]): readonly string[] {
    const selected = new Set(before);
    for (const change of changes) {
      if (change.type !== "select") continue;
      if (change.selected) selected.add(change.id);
      else selected.delete(change.id);
    }
    return [...selected];
  }

  /** Moves what glides on by `dtMs`; false when all of it has arrived. */
  glide(dtMs: number): boolean {
    if (this.gliding_.size === 0) return false;
    const share = 1 - Math.exp(-dtMs / kGlideMs);
    for (const id of this.gliding_) {
      const node = this.nodes_.get(id)!;
      const { x, y } = this.sources_.get(id)!.placed.box;
      const [dx, dy] = [x - node.position.x, y - node.position.y];
      const isThere = Math.hypot(dx, dy) < kRestPx;
      if (isThere) this.gliding_.delete(id);
      this.nodes_.set(id, { ...node, position: isThere ? { x, y } : { x: node.position.x + dx * share, y: node.position.y + dy * share } });
    }
    this.tell_();
    return this.gliding_.size > 0;
  }

  get isGliding(): boolean {
    return this.gliding_.size > 0;
  }

  private hold_(id: string, isHeld: boolean): void {
    if (!isHeld) this.held_.delete(id);
    else {
      this.held_.add(id);
      this.gliding_.delete(id);
    }
  }

  private node_(entity: Entity, placed: Placed, tree: ReadonlyMap<string, Placed>, before: MapNode | undefined): MapNode {
    const { x, y, width, height } = placed.box;
    const parentId = placed.parent !== null && tree.has(placed.parent) ? placed.parent : undefined;
    // A place in another group is another origin: from there, nothing is to be seen of a way.
    const mayGlide = before !== undefined && before.parentId === parentId && !this.held_.has(entity.id) && this.resizing_ === undefined && this.mayGlide_();
    const isFar = before !== undefined && Math.hypot(before.position.x - x, before.position.y - y) >= kRestPx;
    if (mayGlide && isFar) this.gliding_.add(entity.id);
    else this.gliding_.delete(entity.id);
    const type = placed.isGroup ? "group" : "concept";
    const title = textOf(entity, "title") || kUntitled;
    const selected = this.selection_.has(entity.id);
    return {
      ...(before?.measured && { measured: before.measured }),
      ...(before?.dragging !== undefined && { dragging: before.dragging }),
      id: entity.id,
      type,
      data: kNoData,
      position: mayGlide && isFar ? before.position : { x, y },
      selected,
      ariaLabel: heard(placed.isGroup ? `Group ${title}` : `Concept ${title}`, selected),
      ...(parentId !== undefined && { parentId }),
      ...(placed.isGroup && { width, height, zIndex: -1 }),
    };
  }

  private tell_(): void {
    this.nodeList_ = [...this.nodes_.values()];
    // A link may come before its ends.
    this.edgeList_ = [...this.edges_.values()].filter(({ source, target }) => this.nodes_.has(source) && this.nodes_.has(target));
    for (const listener of [...this.listeners_]) listener();
  }
}

/** What a screen reader says; `wasSelected` is what `label` says already. */
function heard(label: string, isSelected: boolean, wasSelected = false): string {
  const plain = wasSelected ? label.slice(0, -kSelected.length) : label;
  return isSelected ? plain + kSelected : plain;
}
