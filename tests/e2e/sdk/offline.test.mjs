// SPDX-License-Identifier: Apache-2.0

/**
 * What the SDK keeps in a real browser's IndexedDB under real Web Locks, with a bare page: reloads, crashes and several tabs. Every create is
 * a push, and every push that the log takes has a place in it: so `seq` tells whether one was sent twice.
 *
 *   WEFT_BINARY  the server, by default build/weft
 *   CHROMIUM     the browser, by default Debian's
 */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Chromium, StoredChromium } from "../browser/support/chromium.js";
import { TcpProxy } from "../cluster/support/tcp_proxy.mjs";
import { until } from "../server/support/waits.mjs";
import { makeFolder, Weft } from "../server/support/weft.mjs";
import { serveBarePage, Tab } from "./support/bare_page.mjs";

async function serve(t) {
  const weft = await Weft.start(t);
  const net = await TcpProxy.start(t, weft.port);
  return { weft, net, address: await serveBarePage(t, `ws://127.0.0.1:${net.port}`) };
}

/** One browser, whose tabs share what it keeps. */
async function setUp(t, query = "") {
  const { weft, net, address } = await serve(t);
  const profile = await (await Chromium.start(t)).profile();
  return { weft, net, open: () => Tab.open(profile, address + query) };
}

function goOffline(net) {
  net.refuse();
  net.cut();
}

/** The document has exactly these, and its log one push for each. */
async function hasOnce(weft, titles) {
  const { seq, entities } = await weft.document("kept");
  assert.deepEqual(entities.map(({ id }) => id).sort(), titles.toSorted());
  assert.equal(seq, titles.length, "every push is in the log once");
}

const serverHas = (weft, count) => until("the pushes to be in the log", async () => (await weft.document("kept")).seq === count);

for (const [under, query] of [["Web Locks", ""], ["leases, where there are no Web Locks", "?without-locks"]]) {
  test(`two tabs of one browser send their own pushes and not each other's, under ${under}`, async (t) => {
    const { weft, net, open } = await setUp(t, query);
    const first = await open();
    await first.isLive();
    const second = await first.openAnother();
    await second.isLive();
    assert.notEqual((await first.inspected()).client, (await second.inspected()).client);
    if (query === "") assert.equal((await first.locks()).filter((name) => name.startsWith("weft [")).length, 2, "one for each client");

    goOffline(net);
    await Promise.all([first.isOffline(), second.isOffline()]);
    await first.makes("first-1", "first-2", "first-3");
    await second.makes("second-1", "second-2");
    await Promise.all([first.isKept(), second.isKept()]);
    net.heal();
    await Promise.all([first.isSynced(), second.isSynced()]);
    const all = ["first-1", "first-2", "first-3", "second-1", "second-2"];
    for (const tab of [first, second]) await tab.shows(all, 0);
    await hasOnce(weft, all);
    for (const title of all) {
      const [own, other] = title.startsWith("first") ? [first, second] : [second, first];
      assert.deepEqual([own.timesSent(title), other.timesSent(title)], [1, 0], title);
    }
  });
}

test("a reload without a network shows the last document and the edits since; they are sent once", async (t) => {
  const { weft, net, open } = await setUp(t);
  const tab = await open();
  await tab.isLive();
  await tab.makes("before");
  await tab.isSynced();
  await tab.isStored();
  goOffline(net);
  await tab.isOffline();
  await tab.makes("a", "b");
  await tab.isKept();
  for (let reloads = 0; reloads < 2; ++reloads) {
    await tab.page.reload();
    await tab.shows(["before", "a", "b"], 2);
  }
  await tab.makes("c");
  await tab.isKept();
  net.heal();
  await tab.isSynced();
  await hasOnce(weft, ["before", "a", "b", "c"]);
});

test("a tab that crashes before it hears that its pushes arrived: the next one asks again, and they are in the log once", async (t) => {
  const { weft, net, open } = await setUp(t);
  const tab = await open();
  await tab.isLive();
  net.mute();
  await tab.makes("a", "b", "c");
  await tab.isKept();
  await serverHas(weft, 3);
  const { client, pending } = await tab.inspected();
  assert.equal(pending, 3, "it has heard nothing");
  await tab.crashes();

  net.heal();
  const next = await open();
  await next.isSynced();
  assert.equal((await next.inspected()).client, client, "it goes on as the one that crashed");
  await next.shows(["a", "b", "c"], 0);
  await hasOnce(weft, ["a", "b", "c"]);
});

test("a tab that crashes with edits not sent: another one that lives sends them, once", async (t) => {
  const { weft, net, open } = await setUp(t);
  const crashing = await open();
  const living = await open();
  await Promise.all([crashing.isLive(), living.isLive()]);
  goOffline(net);
  await Promise.all([crashing.isOffline(), living.isOffline()]);
  await crashing.makes("a", "b");
  await living.makes("c");
  await Promise.all([crashing.isKept(), living.isKept()]);
  await crashing.crashes();

  net.heal();
  await living.shows(["a", "b", "c"], 0);
  await serverHas(weft, 3);
  await hasOnce(weft, ["a", "b", "c"]);
});

test("of two tabs that open after a crash one takes over what it left", async (t) => {
  const { weft, net, open } = await setUp(t);
  const crashing = await open();
  await crashing.isLive();
  goOffline(net);
  await crashing.isOffline();
  await crashing.makes("a", "b");
  await crashing.isKept();
  await crashing.crashes();
  net.heal();
  const tabs = await Promise.all([open(), open()]);
  for (const tab of tabs) {
    await tab.isSynced();
    await tab.shows(["a", "b"], 0);
  }
  await hasOnce(weft, ["a", "b"]);
});

test("a browser that is killed: its next start has the edits, and sends them once", async (t) => {
  const { weft, net, address } = await serve(t);
  const folder = makeFolder(t);
  const start = async () => {
    const browser = await StoredChromium.start(t, folder);
    return { browser, tab: await Tab.open(browser.profile, address) };
  };
  const { browser, tab } = await start();
  await tab.isLive();
  await tab.makes("before");
  await tab.isSynced();
  await tab.isStored();
  goOffline(net);
  await tab.isOffline();
  await tab.makes("a", "b");
  await tab.isKept();
  await browser.kill();

  const { tab: again } = await start();
  await again.shows(["before", "a", "b"], 2);
  net.heal();
  await again.isSynced();
  await hasOnce(weft, ["before", "a", "b"]);
});
