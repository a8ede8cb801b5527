// SPDX-License-Identifier: Apache-2.0

import type { KeptDocument, KeptPush, LogPlace, UnkeptDocument } from "../features/concepts/kept.js";
import type { EntityRow } from "../protocol/messages.js";
import { isSamePlace, mayReplace, type CanvasStorage } from "./storage.js";

interface Kept {
  place: LogPlace | undefined;
  rows: Map<string, EntityRow>;
  pushes: Map<string, Map<number, KeptPush>>;
}

/** Lives as long as its object: for tests, and for pages that reopen canvases. */
export class MemoryStorage implements CanvasStorage {
  private readonly canvases_ = new Map<string, Kept>();
  private readonly leases_ = new Map<string, { holder: string; untilMs: number }>();

  async loadDocument(canvas: string): Promise<KeptDocument | undefined> {
    const { place, rows } = this.canvas_(canvas);
    return place && structuredClone({ place, rows: [...rows.values()] });
  }

  async saveDocument(canvas: string, change: UnkeptDocument, since: LogPlace | undefined): Promise<boolean> {
    const kept = this.canvas_(canvas);
    if (change.isWhole ? !mayReplace(kept.place, change.place) : !isSamePlace(kept.place, since)) return false;
    if (change.isWhole) kept.rows.clear();
    for (const row of structuredClone(change.rows)) kept.rows.set(row[0], row);
    for (const id of change.gone) kept.rows.delete(id);
    kept.place = structuredClone(change.place);
    return true;
  }

  async loadPushes(canvas: string, client: string): Promise<readonly KeptPush[]> {
    const pushes = [...(this.canvas_(canvas).pushes.get(client)?.values() ?? [])];
    return structuredClone(pushes.sort((a, b) => a.at - b.at));
  }

  async savePushes(canvas: string, client: string, put: readonly KeptPush[], forgotten: readonly number[]): Promise<void> {
    const { pushes } = this.canvas_(canvas);
    const own = pushes.get(client) ?? new Map<number, KeptPush>();
    for (const push of structuredClone(put)) own.set(push.at, push);
    for (const at of forgotten) own.delete(at);
    if (own.size > 0) pushes.set(client, own);
    else pushes.delete(client);
  }

  async clientsWaiting(canvas: string): Promise<readonly string[]> {
    return [...this.canvas_(canvas).pushes.keys()];
  }

  async lease(name: string, holder: string, untilMs: number, nowMs: number): Promise<boolean> {
    const lease = this.leases_.get(name);
    if (lease !== undefined && lease.holder !== holder && lease.untilMs > nowMs) return false;
    this.leases_.set(name, { holder, untilMs });
    return true;
  }

  async endLease(name: string, holder: string): Promise<void> {
    if (this.leases_.get(name)?.holder === holder) this.leases_.delete(name);
  }

  async forget(canvas: string): Promise<void> {
    this.canvases_.delete(canvas);
  }

  private canvas_(canvas: string): Kept {
    const kept = this.canvases_.get(canvas) ?? { place: undefined, rows: new Map(), pushes: new Map() };
    this.canvases_.set(canvas, kept);
    return kept;
  }
}
