// SPDX-License-Identifier: Apache-2.0

import { randomId } from "../lib/random_id.js";

const kStorageKey = "weft.client";

/** Which installation this is: who the numbers of pushes belong to. */
export interface ClientId {
  readonly id: string;
  /** Whether it came from an earlier page, whose user may have been another. */
  readonly isInherited: boolean;
  /** The application chose it. */
  readonly isGiven: boolean;
  /** A new one, which the next page will inherit. */
  renew(): string;
}

/**
 * An id that a tab keeps across reloads, so that the server knows it again. It is out of storage while the page
 * lives: a duplicated tab copies the storage, and two tabs under one id would keep throwing each other out. `scope`:
 * one for each of these.
 */
export function claimClientId(scope = ""): ClientId {
  const key = kStorageKey + (scope && `:${scope}`);
  let id = randomId();
  let isInherited = false;
  try {
    const storage = window.sessionStorage;
    const kept = storage.getItem(key);
    isInherited = kept !== null;
    id = kept ?? id;
    storage.removeItem(key);
    window.addEventListener("pagehide", () => storage.setItem(key, id));
    window.addEventListener("pageshow", () => storage.removeItem(key));
  } catch {
    // Not a browser, or one that forbids storage: a reload is a new client.
  }
  return {
    get id() {
      return id;
    },
    isInherited,
    isGiven: false,
    renew: () => (id = randomId()),
  };
}

/** An id that the application chose and answers for. */
export function givenClientId(id: string): ClientId {
  return { id, isInherited: false, isGiven: true, renew: () => id };
}
