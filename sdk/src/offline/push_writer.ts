// SPDX-License-Identifier: Apache-2.0

import type { ConceptSync } from "../features/concepts/concept_sync.js";
import type { CanvasStorage } from "./storage.js";

/** Brings a client's unanswered pushes into storage, one write at a time, each with all that waits. */
export class PushWriter {
  private isWriting_ = false;
  private isStopped_ = false;

  constructor(
    private readonly storage_: CanvasStorage,
    private readonly canvas_: string,
    private readonly client_: string,
    private readonly sync_: ConceptSync,
    /** Storage does not take it; nothing more is written. */
    private readonly failed_: (error: unknown) => void,
  ) {}

  /** Everything that was made is at rest. */
  get isDone(): boolean {
    return !this.isWriting_ && !this.isStopped_ && this.sync_.isKept;
  }

  /** There is something to write. */
  wake(): void {
    if (this.isWriting_ || this.isStopped_) return;
    this.isWriting_ = true;
    // Edits of one turn go into one write.
    void Promise.resolve().then(() => this.write_());
  }

  stop(): void {
    this.isStopped_ = true;
  }

  private async write_(): Promise<void> {
    try {
      for (let unkept = this.take_(); unkept !== undefined; unkept = this.take_()) {
        await this.storage_.savePushes(this.canvas_, this.client_, unkept.put, unkept.forgotten);
        this.sync_.pushesKept(unkept.numbering);
      }
      this.isWriting_ = false;
    } catch (error) {
      this.isWriting_ = false;
      if (this.isStopped_) return;
      this.isStopped_ = true;
      this.failed_(error);
    }
  }

  private take_() {
    return this.isStopped_ ? undefined : this.sync_.takeUnkeptPushes();
  }
}
