// SPDX-License-Identifier: Apache-2.0

import { randomId } from "../lib/random_id.js";

const kStorageKey = "weft.client";

/**
 * An id that a tab keeps across reloads, so that the server knows it again. It is out of storage while the page
 * lives: a duplicated tab copies the storage, and two tabs under one id would keep throwing each other out.
 */
export function claimClientId(): string {
  if (typeof window === "undefined") return randomId();
  try {
    const storage = window.sessionStorage;
    const id = storage.getItem(kStorageKey) ?? randomId();
    storage.removeItem(kStorageKey);
    window.addEventListener("pagehide", () => storage.setItem(kStorageKey, id));
    window.addEventListener("pageshow", () => storage.removeItem(kStorageKey));
    return id;
  } catch {
    // Storage may be forbidden; then a reload is a new client.
    return randomId();
  }
}
