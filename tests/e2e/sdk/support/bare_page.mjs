// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

import { sees } from "../../browser/support/chromium.js";
import { until } from "../../server/support/waits.mjs";

const sdk = fileURLToPath(new URL("../../../../sdk/", import.meta.url));

/** A page with nothing on it: the SDK as it is published, and a canvas that is kept in this browser. */
const pageFor = (url) => `<!doctype html>
<title>bare</title>
<script>
  // A page that came over plain http from elsewhere has no Web Locks.
  if (location.search === "?without-locks") Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
</script>
<script type="importmap">
  { "imports": { "@weft/client": "/dist/index.js", "@msgpack/msgpack": "/node_modules/@msgpack/msgpack/dist.esm/index.mjs" } }
</script>
<script type="module">
  import { createClient, inspect, keepOffline } from "@weft/client";
  const client = createClient({ url: "${url}", offline: keepOffline({ user: "ada" }) });
  window.canvas = client.open("kept");
  window.inspected = () => inspect(window.canvas);
</script>
`;

/** Serves the bare page, which goes to the Weft at `url`, also while nothing is reached there; returns its address. */
export async function serveBarePage(t, url) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/") return response.writeHead(200, { "Content-Type": "text/html" }).end(pageFor(url));
    if (!/^\/(dist|node_modules)\/[\w@/.-]*\.m?js$/.test(pathname)) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": "text/javascript" }).end(readFileSync(sdk + pathname.slice(1)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}

/** Somebody's tab with the bare page. */
export class Tab {
  #sent = [];

  constructor(page) {
    this.page = page;
    page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => this.#sent.push(payload)));
  }

  static async open(profile, address) {
    const tab = new Tab(await profile.newPage());
    await tab.page.goto(address);
    return tab;
  }

  /** A tab that this one opens: the browser copies what this one has in its session storage. */
  async openAnother() {
    const opened = this.page.waitForEvent("popup");
    await this.page.evaluate(() => void window.open(location.href, "_blank"));
    return new Tab(await opened);
  }

  /** One push for each title. */
  makes(...titles) {
    return this.page.evaluate((all) => all.forEach((title) => window.canvas.create("note", { title }, title)), titles);
  }

  /** In how many frames this tab has sent the text. */
  timesSent(text) {
    return this.#sent.filter((frame) => frame.includes(text)).length;
  }

  inspected() {
    return this.page.evaluate(() => window.inspected());
  }

  until(what, check, argument) {
    return sees(this.page, what, check, argument);
  }

  isLive() {
    return this.until("the tab to be live", () => window.canvas?.status.name === "live");
  }

  isOffline() {
    return this.until("the tab to be offline", () => window.canvas?.status.name === "offline");
  }

  isSynced() {
    return this.until("every edit to be confirmed", () => window.canvas?.isSynced);
  }

  /** What is not confirmed is in the browser's database. */
  isKept() {
    return this.until("edits to be kept", () => window.canvas?.isSafeToLeave && window.inspected().isKept);
  }

  /** The document as it stands is in the browser's database: it is written a second after a change. */
  isStored() {
    const isThere = async () => {
      const { result: db } = await new Promise((resolve) => (indexedDB.open("weft").onsuccess = ({ target }) => resolve(target)));
      const places = db.transaction("places").objectStore("places").getAll();
      await new Promise((resolve) => (places.onsuccess = resolve));
      db.close();
      return places.result.some(({ seq }) => seq === window.inspected().seq);
    };
    return until("the document to be stored", () => this.page.evaluate(isThere));
  }

  shows(titles, pending) {
    const isThere = ([wanted, count]) =>
      window.canvas?.pendingCount === count && wanted === [...window.canvas.concepts.keys()].sort().join();
    return this.until(`the tab to show ${titles}, ${pending} of them not confirmed`, isThere, [titles.toSorted().join(), pending]);
  }

  /** Names that this browser's pages hold by Web Locks. */
  locks() {
    return this.page.evaluate(async () => (await navigator.locks.query()).held.map(({ name }) => name));
  }

  /** Its renderer dies: nothing on the page runs any more, not even what runs when it is left. */
  async crashes() {
    const crashed = this.page.waitForEvent("crash");
    // The answer never comes.
    this.page.goto("chrome://crash").catch(() => {});
    await crashed;
  }
}
