// SPDX-License-Identifier: Apache-2.0

import { createClient, type Canvas, type Client } from "@weft/client";
import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { vi } from "vitest";

import { FakeServer } from "../../../sdk/test/support/fake_server.js";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const kStepMs = 10;

/** A server, clients, and a page to render into; time stands still until told otherwise. */
export class Stage {
  readonly server = new FakeServer();
  readonly element = document.createElement("div");
  private readonly root_: Root = createRoot(this.element);
  private readonly clients_: Client[] = [];

  constructor() {
    vi.useFakeTimers();
  }

  client(id = `client-${this.clients_.length + 1}`): Client {
    const client = createClient({ url: "ws://weft.test", WebSocket: this.server.Socket, clientId: id, random: () => 0.5 });
    this.clients_.push(client);
    return client;
  }

  /** Somebody else on the same canvas. */
  async other(name = "Bo"): Promise<Canvas> {
    const canvas = this.client().open("try", { name });
    await this.advance(50);
    return canvas;
  }

  async render(what: ReactNode): Promise<void> {
    await act(async () => this.root_.render(what));
    await this.advance(50);
  }

  /** Lets time pass, carrying what is under way. */
  async advance(ms = 100): Promise<void> {
    await act(async () => {
      for (let left = ms; left > 0; left -= kStepMs) {
        await vi.advanceTimersByTimeAsync(kStepMs);
        await this.server.settle();
      }
    });
  }

  get text(): string {
    return this.element.textContent ?? "";
  }

  async leave(): Promise<void> {
    await act(async () => this.root_.unmount());
    for (const client of this.clients_) client.destroy();
    vi.useRealTimers();
  }
}

/** Counts how often a component renders. */
export function counter(): { readonly count: number; rendered(): void; reset(): void } {
  let count = 0;
  return {
    get count() {
      return count;
    },
    rendered: () => void ++count,
    reset: () => (count = 0),
  };
}
