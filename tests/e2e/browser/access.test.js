// SPDX-License-Identifier: Apache-2.0

/** Who may come in, what they may do, and how it is said. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { noFaults, serverFor, useBrowser } from "./support/stage.js";

const browser = useBrowser();

test("without the right token there is a refusal that says what to do, with it a name", async (t) => {
  const server = await serverFor(t, (one) => one.wantsTokens());
  const address = `${server.address}/?canvas=try`;

  for (const [what, fragment, title] of [
    ["no token", "", /This link does not let you in/],
    ["nonsense", "#token=not.a.token", /This link does not let you in/],
    ["a token for another canvas", `#token=${server.token("eve", "elsewhere=edit")}`, /You have no access to this map/],
  ]) {
    const eve = await browser.person("Eve", address + fragment);
    await eve.seesStatus("refused");
    await eve.seesText("refused", title);
    await eve.seesText("refused-reason", /The server says: \S/);
    if (what === "nonsense") await eve.shot("refused");
    noFaults(eve);
    await eve.page.close();
  }

  const ada = await browser.person("not this name", `${address}#token=${server.token("ada", "try=edit")}`);
  await ada.seesStatus("live");
  await ada.seesPerson("ada");
  const viewer = await browser.person("Vera", `${address}#token=${server.token("vera", "*=view")}`);
  await viewer.seesStatus("live");
  await ada.adds("Only to look at", 420, 600);
  await viewer.seesConcept("Only to look at");
  await viewer.seesText("read-only-banner", /you cannot change this map/);
  assert.equal(await viewer.page.getByTestId("add").isDisabled(), true);
  await viewer.concept("Only to look at").dblclick();
  await viewer.page.keyboard.press("Delete");
  await ada.seesConcept("Only to look at");
  await viewer.shot("read-only");
  noFaults(ada, viewer);
});

test("a token that ends is said, and a new one in the address goes on", async (t) => {
  const server = await serverFor(t, (one) => one.wantsTokens());
  const address = `${server.address}/?canvas=try`;
  const ada = await browser.person("Ada", `${address}#token=${server.token("ada", "try=edit", { ttlSeconds: 4 })}`);
  await ada.seesStatus("live");
  await ada.adds("In time", 400, 300);
  await ada.seesStatus("refused", 30_000);
  await ada.seesText("refused", /Your access has ended/);
  await ada.shot("expired");
  await ada.page.evaluate((token) => (location.hash = `token=${token}`), server.token("ada", "try=edit"));
  await ada.seesStatus("live");
  await ada.seesNo("refused");
  await ada.seesConcept("In time");
  noFaults(ada);
});

test("a full map is said", async (t) => {
  const server = await serverFor(t, (one) => one.with("--sessions-per-canvas-max", "1"));
  const ada = await browser.person("Ada", `${server.address}/?canvas=full`);
  await ada.seesStatus("live");
  const bo = await browser.person("Bo", `${server.address}/?canvas=full`);
  await bo.seesStatus("refused");
  await bo.seesText("refused", /This map is full/);
  noFaults(ada, bo);
});

test("a full server is said, and the page comes in when there is room", async (t) => {
  const server = await serverFor(t, (one) => one.with("--shards", "1", "--sessions-max", "1"));
  const ada = await browser.person("Ada", `${server.address}/?canvas=one`);
  await ada.seesStatus("live");
  const bo = await browser.person("Bo", `${server.address}/?canvas=two`);
  await bo.seesText("offline-banner", /The server is full/);
  await ada.page.close();
  await bo.seesStatus("live", 60_000);
  noFaults(ada, bo);
});

test("the overlay shows what the SDK knows", async (t) => {
  const server = await serverFor(t);
  const ada = await browser.person("Ada", `${server.address}/?canvas=try&weft=debug`);
  await ada.seesText("debug-state", /live/);
  await ada.seesText("debug-round-trip", /ms/);
  noFaults(ada);
});
