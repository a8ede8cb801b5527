// SPDX-License-Identifier: Apache-2.0

/** What happens to work while there is no way to the server, in real Chromium with its real IndexedDB. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Link } from "./support/link.js";
import { documentOf, noFaults, serverFor, useBrowser } from "./support/stage.js";

const browser = useBrowser();

async function linkTo(t, server) {
  const link = await Link.to(server.port);
  t.after(() => link.close());
  return link;
}

test("both edit while one is cut off, and nothing is lost on return", async (t) => {
  const server = await serverFor(t);
  const link = await linkTo(t, server);
  const ada = await browser.person("Ada Lovelace", `${link.address}/?canvas=off`);
  const bo = await browser.person("Bo Lindqvist", `${server.address}/?canvas=off`);
  await ada.seesPerson("Bo Lindqvist");
  await ada.adds("Shared", 400, 300);
  await bo.seesConcept("Shared");
  await ada.seesNothingUnsaved();

  link.cut();
  await ada.seesStatus("offline");
  await ada.adds("Made away", 700, 300);
  await ada.renames("Shared", "Renamed away");
  await bo.paints("Shared", "violet");
  await bo.adds("Made at home", 500, 560);
  await ada.seesText("offline-banner", /kept here/);
  assert.equal(await bo.page.locator('[data-title="Made away"]').count(), 0);

  link.mend();
  await ada.seesStatus("live", 30_000);
  await ada.seesNothingUnsaved();
  for (const person of [ada, bo]) {
    await person.seesCounts(3, 0);
    await person.seesConcept("Renamed away");
    await person.seesConcept("Made away");
    await person.seesConcept("Made at home");
    await person.until("it is violet", () => document.querySelector('[data-title="Renamed away"]').dataset.color === "violet");
  }
  noFaults(ada, bo);
});

test("an edit that cannot be any more is taken back, and said", async (t) => {
  const server = await serverFor(t);
  const link = await linkTo(t, server);
  const ada = await browser.person("Ada Lovelace", `${link.address}/?canvas=refused`);
  const bo = await browser.person("Bo Lindqvist", `${server.address}/?canvas=refused`);
  await ada.adds("Here", 400, 300);
  await ada.adds("There", 700, 300);
  await bo.seesCounts(2, 0);
  await ada.seesNothingUnsaved();
  link.cut();
  await ada.seesStatus("offline");
  await ada.links("Here", "There");
  await ada.seesCounts(2, 1);
  await bo.deletes("There");
  await bo.seesNothingUnsaved();
  link.mend();
  await ada.seesText("toasts", /taken back: somebody deleted what it belonged to/, 30_000);
  await ada.seesCounts(1, 0);
  await ada.seesNothingUnsaved();
  noFaults(ada, bo);
});

test("what was not sent survives a reload, and is sent once", async (t) => {
  const server = await serverFor(t);
  const link = await linkTo(t, server);
  const ada = await browser.person("Ada Lovelace", `${link.address}/?canvas=reload`);
  await ada.seesStatus("live");
  await ada.adds("Before", 400, 300);
  await ada.seesNothingUnsaved();
  link.cut();
  await ada.seesStatus("offline");
  await ada.adds("Pending", 700, 300);
  await ada.links("Before", "Pending");
  await ada.until("it is in the browser's storage", () => Number(document.querySelector('[data-testid="status"]').dataset.pending) >= 2);

  // Whoever reloads with something unsent is asked only while it is not in storage yet.
  ada.page.on("dialog", (dialog) => dialog.accept());
  await ada.page.reload();
  await ada.seesCounts(2, 1);
  await ada.seesConcept("Pending");
  assert.notEqual(await ada.page.getByTestId("status").getAttribute("data-pending"), "0");

  link.mend();
  await ada.seesStatus("live", 30_000);
  await ada.seesNothingUnsaved(30_000);
  const { entities } = await documentOf(server, "reload");
  assert.equal(entities.filter(({ type }) => type === "concept").length, 2);
  assert.equal(entities.filter(({ type }) => type === "link").length, 1);
  noFaults(ada);
});

test("a page that nobody looks at is away, and at once back when it is looked at", async (t) => {
  const server = await serverFor(t);
  const ada = await browser.person("Ada Lovelace", `${server.address}/?canvas=away`);
  const bo = await browser.person("Bo Lindqvist", `${server.address}/?canvas=away`);
  await ada.seesPerson("Bo Lindqvist");
  // Headless Chromium shows all its windows at once, so the page is told instead.
  const look = (state) =>
    bo.page.evaluate((value) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  await look("hidden");
  await ada.seesActivity("Bo Lindqvist", "away");
  await ada.adds("While Bo was away", 500, 300);
  await look("visible");
  await ada.seesActivity("Bo Lindqvist", "active");
  await bo.seesConcept("While Bo was away");
  await bo.seesStatus("live");
  noFaults(ada, bo);
});
