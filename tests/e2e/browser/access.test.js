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

test("somebody else's token in the address is another page, with nothing of the one before", async (t) => {
  const server = await serverFor(t, (one) => one.wantsTokens());
  const address = `${server.address}/?canvas=try`;
  const ada = await browser.person("Ada", `${address}#token=${server.token("ada", "try=edit")}`);
  await ada.seesStatus("live");
  await ada.adds("Hers", 400, 300);
  await ada.seesNothingUnsaved();
  const putInto = (token) => ada.page.evaluate((wanted) => ((globalThis.isOldPage = true), (location.hash = wanted)), token === "" ? "" : `token=${token}`);
  const seesNewPage = () => ada.until("the page was loaded anew", () => globalThis.isOldPage === undefined);

  await putInto(server.token("bo", "try=edit"));
  await seesNewPage();
  await ada.seesStatus("live");
  await ada.until("it is Bo's", () => document.querySelector('[data-testid="person"][data-me]')?.dataset.name === "bo");
  await putInto("");
  await seesNewPage();
  await ada.seesStatus("refused");
  // The first token, to a page that came with none.
  await putInto(server.token("ada", "try=edit"));
  await seesNewPage();
  await ada.seesStatus("live");
  await ada.until("it is Ada's", () => document.querySelector('[data-testid="person"][data-me]')?.dataset.name === "ada");
  assert.equal(await ada.page.getByTestId("crowd").isDisabled(), true, "a hundred sessions of one person are no crowd");
  noFaults(ada);
});

test("a crowd that is not let in goes home", async (t) => {
  const server = await serverFor(t, (one) => one.with("--sessions-per-canvas-max", "5"));
  const ada = await browser.person("Ada", `${server.address}/?canvas=full`);
  await ada.seesStatus("live");
  await ada.page.getByTestId("crowd").click();
  await ada.seesText("toasts", /The crowd was not let in/);
  await ada.until("the switch is off", () => document.querySelector('[data-testid="crowd"]').ariaChecked === "false");
  await ada.seesText("figure-people", /^1$/, 30_000);
  noFaults(ada);
});

test("where storage is blocked the page works, and says that nothing is kept", async (t) => {
  const server = await serverFor(t);
  const ada = await browser.person("Ada", `${server.address}/?canvas=blocked`, { first: blockStorage });
  await ada.seesStatus("live");
  await ada.seesText("toasts", /not kept/);
  await ada.adds("Here all the same", 400, 300);
  await ada.seesNothingUnsaved();
  await ada.page.getByTestId("menu").click();
  await ada.page.getByTestId("theme-dark").click();
  await ada.until("it is dark", () => document.documentElement.dataset.theme === "dark");
  await server.kill();
  await ada.seesText("offline-banner", /open/);
  noFaults(ada);
});

/** In the page, before anything of it runs. */
function blockStorage() {
  const refuse = () => {
    throw new DOMException("storage is blocked", "SecurityError");
  };
  for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get: refuse });
  IDBFactory.prototype.open = refuse;
}

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
