// SPDX-License-Identifier: Apache-2.0

import type { Canvas } from "@weft/client";

import { byId } from "./dom.js";

/** Confirmations usually come within milliseconds; only later ones are worth a word. */
const kSavingAfterMs = 700;
/** By then something is wrong behind the server, and the person should know that nothing is lost. */
const kLateAfterMs = 3_000;

/** By the close code (docs/protocol.md, E). */
function refusalTitle(code: number | undefined): string {
  switch (code) {
    case 4002:
      return "You have no access to this canvas";
    case 4003:
      return "This canvas is full";
    case 4005:
      return "You were removed from this canvas";
    case 4006:
      return "This canvas is open elsewhere";
    case 4100:
    case 4101:
      return "Please sign in again";
    default:
      return "The server refused the connection";
  }
}

const noun = (count: number): string => (count === 1 ? "edit" : "edits");
const edits = (count: number): string => `${count} ${noun(count)}`;

/** The pill that says how the link is, and what is not saved yet. */
export class StatusPill {
  private readonly pill_ = byId("status");
  private readonly text_ = byId("status-text");
  private pendingSinceMs_: number | undefined;
  private timer_: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly canvas_: Canvas) {
    byId("refused-retry").addEventListener("click", () => canvas_.retry());
  }

  update(): void {
    const { status, pendingCount } = this.canvas_;
    this.pendingSinceMs_ = pendingCount === 0 ? undefined : (this.pendingSinceMs_ ?? Date.now());
    this.pill_.dataset["status"] = status.name;
    this.pill_.dataset["pending"] = String(pendingCount);
    const isLate = status.name === "live" && this.pendingForMs_ >= kLateAfterMs;
    this.pill_.dataset["late"] = String(isLate);
    this.pill_.title = this.hint_(isLate);
    this.text_.textContent = this.words_();
    document.body.dataset["status"] = status.name;
    const refused = byId("refused");
    refused.hidden = status.name !== "refused";
    if (status.name === "refused") {
      byId("refused-title").textContent = refusalTitle(status.code);
      byId("refused-reason").textContent = status.reason;
    }
    // What is made now could never be saved.
    byId("stage").inert = byId("tools").inert = status.name === "refused" || status.name === "closed";
    clearTimeout(this.timer_);
    if (status.name === "live" && pendingCount > 0) this.timer_ = setTimeout(() => this.update(), kSavingAfterMs);
  }

  private get pendingForMs_(): number {
    return this.pendingSinceMs_ === undefined ? 0 : Date.now() - this.pendingSinceMs_;
  }

  private hint_(isLate: boolean): string {
    const { status } = this.canvas_;
    if (isLate) return "The server cannot store edits right now. They are kept here and sent as soon as it can.";
    return status.name === "offline" || status.name === "refused" ? status.reason : "";
  }

  private words_(): string {
    const { status, pendingCount } = this.canvas_;
    switch (status.name) {
      case "connecting":
        return "Connecting…";
      case "live":
        if (this.pendingForMs_ >= kLateAfterMs) return `Not stored yet · ${edits(pendingCount)}`;
        return this.pendingForMs_ >= kSavingAfterMs ? "Saving…" : "Live";
      case "offline":
        return pendingCount === 0 ? "Offline" : `Offline · ${pendingCount} unsynced ${noun(pendingCount)}`;
      case "refused":
        return "Refused";
      case "closed":
        return "Closed";
      default:
        return status satisfies never;
    }
  }
}
