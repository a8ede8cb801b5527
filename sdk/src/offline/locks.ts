// SPDX-License-Identifier: Apache-2.0

import { randomId } from "../lib/random_id.js";
import type { CanvasStorage } from "./storage.js";

/** A name that this page holds. */
export interface Held {
  /** Lets go of it. Again, it does nothing. */
  release(): void;
}

/** Whoever holds a name is the only one among the pages of this browser, until it lets go or is gone. */
export interface Locks {
  /** undefined when somebody else holds it. `lost` is called when it was held and could not be kept. */
  tryHold(name: string, lost: () => void): Promise<Held | undefined>;
}

/** The browser's own: given back by the browser when a page dies. */
export class WebLocks implements Locks {
  constructor(private readonly manager_: LockManager) {}

  tryHold(name: string): Promise<Held | undefined> {
    return new Promise((resolve, reject) => {
      this.manager_
        .request(name, { ifAvailable: true }, (lock) => {
          if (lock === null) return resolve(undefined);
          return new Promise<void>((release) => resolve({ release }));
        })
        .catch(reject);
    });
  }
}

/** A hidden page's timers may come once a minute only. */
export const kLeaseMs = 150_000;
const kRenewEveryMs = 30_000;

/** Where there are no Web Locks: a name in storage with a time, which its holder prolongs. */
export class LeaseLocks implements Locks {
  private readonly holder_ = randomId();

  constructor(private readonly storage_: CanvasStorage) {}

  async tryHold(name: string, lost: () => void): Promise<Held | undefined> {
    // Each holding is its own: the same page may not hold a name twice.
    const holder = `${this.holder_}-${randomId(8)}`;
    const renew = (): Promise<boolean> => this.storage_.lease(name, holder, Date.now() + kLeaseMs, Date.now());
    if (!(await renew())) return undefined;
    const timer = setInterval(() => {
      renew().then(
        (isMine) => {
          if (isMine) return;
          clearInterval(timer);
          lost();
        },
        // Storage is away for a moment; the lease still runs.
        () => {},
      );
    }, kRenewEveryMs);
    return {
      release: () => {
        clearInterval(timer);
        this.storage_.endLease(name, holder).catch(() => {});
      },
    };
  }
}

export function locksFor(storage: CanvasStorage): Locks {
  const manager = (globalThis as { navigator?: { locks?: LockManager } }).navigator?.locks;
  return manager === undefined ? new LeaseLocks(storage) : new WebLocks(manager);
}
