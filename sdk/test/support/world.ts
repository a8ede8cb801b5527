// SPDX-License-Identifier: Apache-2.0

import { vi } from "vitest";

import type { CanvasEvents, CanvasOptions } from "../../src/canvas.js";
import { createClient, type ClientOptions } from "../../src/client.js";
import type { Page, PageListener } from "../../src/connection/page.js";
import { FakeServer } from "./fake_server.js";

/** A page whose visibility the test decides. */
export class FakePage implements Page {
  private visible_ = true;
  private readonly listeners_ = new Set<PageListener>();

  isVisible(): boolean {
    return this.visible_;
  }

  listen(listener: PageListener): () => void {
    this.listeners_.add(listener);
    return () => this.listeners_.delete(listener);
  }

  hide(): void {
    this.visible_ = false;
    this.listeners_.forEach((listener) => listener.hidden());
  }

  show(): void {
    this.visible_ = true;
    this.listeners_.forEach((listener) => listener.visible());
  }

  comesOnline(): void {
    this.listeners_.forEach((listener) => listener.online());
  }
}

/** A server, clients, and time that stands still until told otherwise. */
export class World {
  readonly server = new FakeServer();
  private clients_ = 0;

  constructor() {
    vi.useFakeTimers();
  }

  /** A client of its own. Everything it tells is kept in `heard`. */
  open(name = "Ada", options: Partial<ClientOptions> & { canvas?: CanvasOptions } = {}) {
    const { canvas: canvasOptions, ...rest } = options;
    const page = new FakePage();
    const client = createClient({
      url: "ws://weft.test",
      WebSocket: this.server.Socket,
      clientId: `client-${++this.clients_}`,
      random: () => 0.5,
      page,
      ...rest,
    });
    const canvas = client.open("try", { name, ...canvasOptions });
    const heard: { [Name in keyof CanvasEvents]: CanvasEvents[Name][] } = {
      status: [],
      sync: [],
      role: [],
      invalid: [],
      change: [],
      people: [],
      cursors: [],
      event: [],
      rejected: [],
      error: [],
    };
    for (const name of Object.keys(heard) as (keyof CanvasEvents)[]) canvas.on(name, (payload) => heard[name].push(payload as never));
    return { client, canvas, heard, page };
  }

  /** Opens and waits for the welcome. */
  async join(name = "Ada", options: Parameters<World["open"]>[1] = {}) {
    const opened = this.open(name, options);
    await this.settle();
    return { ...opened, socket: this.server.socket };
  }

  settle(): Promise<void> {
    return this.server.settle();
  }

  /** Lets time pass, carrying what becomes due on the way. */
  async advance(ms: number): Promise<void> {
    const kStepMs = 10;
    for (let left = ms; left > 0; left -= kStepMs) {
      await vi.advanceTimersByTimeAsync(Math.min(kStepMs, left));
      await this.settle();
    }
  }
}
