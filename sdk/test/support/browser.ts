// SPDX-License-Identifier: Apache-2.0

import type { CanvasOptions } from "../../src/canvas.js";
import type { ClientOptions } from "../../src/client.js";
import { keepOffline } from "../../src/offline/keeper.js";
import type { Held, Locks } from "../../src/offline/locks.js";
import { MemoryStorage } from "../../src/offline/memory_storage.js";
import type { CanvasStorage } from "../../src/offline/storage.js";
import { FakeSocket } from "./fake_server.js";
import type { World } from "./world.js";

const never = new Promise<never>(() => {});

/** One page's view of what the browser's pages share. After a crash nothing of the page gets through any more. */
class PageStorage {
  isDead = false;

  static of(shared: CanvasStorage): { storage: CanvasStorage; life: PageStorage } {
    const life = new PageStorage();
    const storage = new Proxy(shared, {
      get: (target, name) => (life.isDead ? () => never : (Reflect.get(target, name) as () => unknown).bind(target)),
    });
    return { storage, life };
  }
}

/** Web Locks, with pages that die. */
class FakeLocks {
  private readonly holders_ = new Map<string, object>();

  of(page: object): Locks {
    return {
      tryHold: async (name): Promise<Held | undefined> => {
        if (this.holders_.has(name)) return undefined;
        this.holders_.set(name, page);
        return { release: () => this.holders_.delete(name) };
      },
    };
  }

  dies(page: object): void {
    for (const [name, holder] of this.holders_) if (holder === page) this.holders_.delete(name);
  }

  get names(): string[] {
    return [...this.holders_.keys()];
  }
}

/** A browser: pages that share storage and locks, and may crash one by one. */
export class Browser {
  readonly locks = new FakeLocks();

  constructor(
    private readonly world_: World,
    readonly storage: CanvasStorage = new MemoryStorage(),
  ) {}

  /** A page that opens the canvas. */
  page(name: string, options: Partial<ClientOptions> & { user?: string; canvas?: CanvasOptions } = {}) {
    const { user = "ada", ...rest } = options;
    const { storage, life } = PageStorage.of(this.storage);
    const sockets: FakeSocket[] = [];
    const Open = this.world_.server.Socket;
    const isDead = (): boolean => life.isDead;
    const Socket = class extends Open {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        sockets.push(this);
        if (isDead()) this.cut();
      }
    };
    const offline = keepOffline({ user, storage, locks: this.locks.of(life) });
    const opened = this.world_.open(name, { clientId: undefined as never, WebSocket: Socket, offline, ...rest });
    // Gone from one moment to the next, as when the browser is killed.
    const crash = (): void => {
      life.isDead = true;
      for (const socket of sockets) {
        socket.onclose = null;
        socket.onmessage = null;
        socket.cut();
      }
      this.locks.dies(life);
    };
    return {
      ...opened,
      crash,
      /** The same, when all that it sent has arrived and no answer has. */
      crashUnheard: () => {
        life.isDead = true;
        for (const socket of sockets) socket.onmessage = null;
        this.world_.server.carry();
        crash();
      },
    };
  }
}
