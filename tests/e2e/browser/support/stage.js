// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { after, before } from "node:test";

import { startBrowser } from "./page.js";
import { Server } from "./server.js";

/** One browser for the tests of a file; people and servers are each test's own. */
export function useBrowser() {
  let browser;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());
  return { person: (...args) => browser.person(...args) };
}

/** A server that goes when the test does. */
export async function serverFor(t, prepare = (server) => server) {
  const server = prepare(new Server());
  t.after(() => server.remove());
  return server.start();
}

export function noFaults(...people) {
  for (const person of people) assert.deepEqual(person.faults, [], `errors on ${person.name}'s page`);
}

/** What the server has of a canvas. */
export async function documentOf(server, canvas) {
  return (await fetch(`${server.address}/v1/canvases/${canvas}`)).json();
}
