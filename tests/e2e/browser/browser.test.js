// SPDX-License-Identifier: Apache-2.0

/**
 * The demo in real Chromium windows against the real server: what only the whole of it can show.
 *
 *   WEFT_BINARY  the server, by default build/weft
 *   CHROMIUM     the browser, by default /usr/bin/chromium
 */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBrowser } from "./support/page.js";
import { Server } from "./support/server.js";

let browser;

before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

/** A server that goes when the test does. */
async function serverFor(t, prepare = (server) => server) {
  const server = prepare(new Server());
  t.after(() => server.remove());
  return server.start();
}

function noFaults(...people) {
  for (const person of people) assert.deepEqual(person.faults, [], `errors on ${person.name}'s page`);
}

test("two people see each other and edit together, through reload and kill -9", async (t) => {
  const server = await serverFor(t);
  const address = `${server.address}/?canvas=try`;
  const ada = await browser.person("Ada Lovelace", address);
  const bo = await browser.person("Bo Lindqvist", address, { scheme: "dark" });

  await t.test("presence and cursors", async () => {
    await ada.seesStatus("live");
    await bo.seesStatus("live");
    await ada.seesPerson("Bo Lindqvist");
    await bo.seesPerson("Ada Lovelace");
    await ada.shot("empty");
    await ada.point(300, 200);
    await bo.seesCursorAt("Ada Lovelace", 300, 200);
    await bo.point(900, 500);
    await ada.seesCursorAt("Bo Lindqvist", 900, 500);
  });

  await t.test("concepts are made, dragged, coloured and renamed", async () => {
    await ada.adds("First light", 380, 300);
    await bo.seesConcept("First light");
    await bo.adds("Dawn chorus", 800, 260);
    await ada.seesConcept("Dawn chorus");
    await ada.drags("First light", 420, 330);
    await bo.seesConceptAt("First light", 420, 330);
    await bo.renames("Dawn chorus", "Dawn");
    await ada.seesConcept("Dawn");
    await ada.paints("First light", "amber");
    await bo.until("it is amber", () => document.querySelector('[data-title="First light"]').dataset.color === "amber");
  });

  await t.test("links are drawn and seen by both", async () => {
    await ada.links("First light", "Dawn");
    await ada.seesCounts(2, 1);
    await bo.seesCounts(2, 1);
  });

  await t.test("a selection is seen by the other", async () => {
    await bo.concept("Dawn").click();
    await ada.until("Bo holds Dawn", () => document.querySelector('[data-title="Dawn"].is-held .node-holder')?.textContent === "Bo Lindqvist");
  });

  await t.test("a deletion takes its links along", async () => {
    await ada.adds("Passing cloud", 640, 560);
    await ada.links("Passing cloud", "Dawn");
    await ada.links("First light", "Passing cloud");
    await bo.seesCounts(3, 3);
    await bo.deletes("Passing cloud");
    await ada.seesCounts(2, 1);
    await bo.seesCounts(2, 1);
  });

  await t.test("a new name is seen by the other and kept", async () => {
    await bo.page.locator('[data-testid="person"][data-me="true"] button').click();
    await bo.page.getByTestId("me-name").fill("Bosse");
    await bo.page.keyboard.press("Enter");
    await ada.seesPerson("Bosse");
    assert.equal(await bo.page.evaluate(() => localStorage.getItem("weft.name")), "Bosse");
  });

  await t.test("a reload keeps all", async () => {
    await ada.seesNothingUnsaved();
    await ada.page.reload();
    await ada.seesStatus("live");
    await ada.seesCounts(2, 1);
    await ada.seesConcept("First light");
    await ada.seesPerson("Bosse");
    await bo.seesPerson("Ada Lovelace");
  });

  await t.test("kill -9 loses nothing acknowledged, and what was edited meanwhile arrives", async () => {
    await ada.adds("Acknowledged", 420, 560);
    await ada.seesNothingUnsaved();
    await server.kill();
    await ada.seesStatus("offline");
    await bo.seesStatus("offline");
    await ada.adds("Made offline", 820, 560);
    await ada.until("the pill counts what is not synced", () => /Offline · [1-9]\d* unsynced edit/.test(document.body.innerText));
    await ada.shot("offline");
    await server.start();
    await ada.seesStatus("live", 30_000);
    await bo.seesStatus("live", 30_000);
    await ada.seesNothingUnsaved();
    for (const person of [ada, bo]) {
      await person.seesCounts(4, 1);
      await person.seesConcept("Acknowledged");
      await person.seesConcept("Made offline");
    }
    await ada.seesPerson("Bosse");
    await bo.seesPerson("Ada Lovelace");
  });

  await t.test("somebody who closes the window is gone", async () => {
    await bo.page.close({ runBeforeUnload: false });
    await ada.seesNoPerson("Bosse");
  });

  noFaults(ada, bo);
});

test("without the right token there is a refusal, with it a name", async (t) => {
  const server = await serverFor(t, (one) => one.wantsTokens());
  const address = `${server.address}/?canvas=try`;

  for (const [what, fragment] of [
    ["no token", ""],
    ["nonsense", "#token=not.a.token"],
    ["a token for another canvas", `#token=${server.token("eve", "elsewhere=edit")}`],
  ]) {
    const eve = await browser.person("Eve", address + fragment);
    await eve.seesStatus("refused");
    await eve.until(`${what} is explained`, () => !document.getElementById("refused").hidden && document.getElementById("refused-reason").textContent !== "");
    if (what === "nonsense") await eve.shot("refused");
    noFaults(eve);
    await eve.page.close();
  }

  const ada = await browser.person("not this name", `${address}#token=${server.token("ada", "try=edit")}`);
  await ada.seesStatus("live");
  await ada.seesPerson("ada");
  const viewer = await browser.person("Vera", `${address}#token=${server.token("vera", "*=view")}`);
  await viewer.seesStatus("live");
  await ada.adds("Only to look at", 500, 400);
  await viewer.seesConcept("Only to look at");
  assert.equal(await viewer.page.getByTestId("add").isDisabled(), true);
  noFaults(ada, viewer);
});

test("the picture of two people at work", async (t) => {
  const server = await serverFor(t);
  const address = `${server.address}/?canvas=field-notes`;
  const bo = await browser.person("Bo Lindqvist", address, { scheme: "dark" });
  await bo.seesStatus("live");
  const ada = await browser.person("Ada Lovelace", address, { scale: 2, height: 700 });
  await ada.seesStatus("live");
  const notes = [
    ["First light", 300, 250, "amber"],
    ["Dawn chorus", 590, 160, "blue"],
    ["Where rivers meet", 610, 340, "violet"],
    ["Tide tables", 330, 460, "green"],
    ["Migration", 920, 220, "blue"],
    ["Salt marsh", 910, 420, "green"],
    ["What do we count?", 620, 520, "red"],
  ];
  for (const [title, x, y, color] of notes) {
    await ada.adds(title, x, y);
    await ada.paints(title, color);
  }
  for (const [from, to] of [
    ["First light", "Dawn chorus"],
    ["First light", "Where rivers meet"],
    ["Dawn chorus", "Migration"],
    ["Where rivers meet", "Migration"],
    ["Where rivers meet", "Salt marsh"],
    ["Tide tables", "Where rivers meet"],
    ["Tide tables", "What do we count?"],
    ["What do we count?", "Salt marsh"],
  ]) {
    await ada.links(from, to);
  }
  await bo.seesCounts(7, 8);
  await bo.concept("Migration").click();
  const migration = await bo.middleOf("Migration");
  await bo.point(migration.right + 20, migration.y + 40);
  await ada.concept("Where rivers meet").click();
  await ada.point(500, 400);
  const seen = await ada.middleOf("Migration");
  await ada.seesCursorAt("Bo Lindqvist", seen.right + 20, seen.y + 40);
  await ada.until("the selection has settled", () => document.querySelector('[data-title="Migration"].is-held') !== null);
  await ada.shot("two-people");
  await bo.shot("two-people-bo");
  noFaults(ada, bo);
});
