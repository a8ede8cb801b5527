// SPDX-License-Identifier: Apache-2.0

/**
 * The demo in real Chromium windows against the real server: what only the whole of it can show.
 *
 *   WEFT_BINARY  the server, by default build/weft
 *   CHROMIUM     the browser, by default /usr/bin/chromium
 */

import assert from "node:assert/strict";
import { test } from "node:test";

import { noFaults, serverFor, useBrowser } from "./support/stage.js";

const browser = useBrowser();

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
    await ada.sees("empty");
    await ada.shot("empty");
    await bo.seesCursorAt("Ada Lovelace", await ada.point(300, 200));
    await ada.seesCursorAt("Bo Lindqvist", await bo.point(900, 500));
  });

  await t.test("concepts are made, dragged, coloured and renamed", async () => {
    await ada.adds("First light", 380, 300);
    await bo.seesConcept("First light");
    await bo.adds("Dawn chorus", 800, 260);
    await ada.seesConcept("Dawn chorus");
    await ada.drags("First light", 420, 330);
    const place = await ada.placeOf("First light");
    const dropped = await ada.toMap({ x: 420, y: 330 });
    assert.ok(Math.hypot(place.x - dropped.x, place.y - dropped.y) < 12, "it is where it was dropped");
    await bo.seesConceptAt("First light", place);
    await bo.renames("Dawn chorus", "Dawn");
    await ada.seesConcept("Dawn");
    await ada.paints("First light", "amber");
    await bo.until("it is amber", () => document.querySelector('[data-title="First light"]').dataset.color === "amber");
  });

  await t.test("links are drawn, labelled and seen by both", async () => {
    await ada.links("First light", "Dawn");
    await ada.seesCounts(2, 1);
    await bo.seesCounts(2, 1);
    // A link that has just been made is selected.
    await ada.page.keyboard.press("Enter");
    await ada.writes("wakes");
    await bo.until("the link is labelled", () => document.querySelector('[data-testid="link"]').dataset.label === "wakes");
  });

  await t.test("a link that is dropped on empty canvas makes a concept there", async () => {
    const { right, y } = await bo.middleOf("Dawn");
    await bo.page.mouse.move(right, y);
    await bo.page.mouse.down();
    await bo.page.mouse.move(1080, 420, { steps: 12 });
    await bo.page.mouse.up();
    await bo.writes("Noon");
    await ada.seesConcept("Noon");
    await ada.seesCounts(3, 2);
    await ada.deletes("Noon");
    await bo.seesCounts(2, 1);
  });

  await t.test("a selection is seen by the other", async () => {
    await bo.selects("Dawn");
    await ada.seesHolder("Dawn", "Bo Lindqvist");
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
    await bo.page.getByTestId("me").click();
    await bo.page.getByTestId("me-name").fill("Bosse");
    await bo.page.keyboard.press("Enter");
    await ada.seesPerson("Bosse");
    assert.equal(await bo.page.evaluate(() => localStorage.getItem("weft.name")), "Bosse");
  });

  await t.test("the share link is on the clipboard", async () => {
    await ada.page.getByTestId("share").click();
    await ada.seesText("share", /Copied/);
    assert.equal(await ada.page.evaluate(() => navigator.clipboard.readText()), address);
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
    await ada.seesText("status", /Offline · [1-9]\d* unsynced edit/);
    await ada.seesText("offline-banner", /kept here and sent when it is back/);
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
    await ada.seesNo("offline-banner");
  });

  await t.test("somebody who closes the window is gone", async () => {
    await bo.page.close({ runBeforeUnload: false });
    await ada.seesNoPerson("Bosse");
  });

  noFaults(ada, bo);
});

test("the picture of three people at work", async (t) => {
  const server = await serverFor(t);
  const address = `${server.address}/?canvas=salt-marsh`;
  const size = { width: 1360, height: 800 };
  const bo = await browser.person("Bo Lindqvist", address, { ...size, scheme: "dark" });
  await bo.seesStatus("live");
  const cleo = await browser.person("Cleo Marín", address, size);
  await cleo.seesStatus("live");
  const ada = await browser.person("Ada Lovelace", address, { ...size, scale: 2 });
  await ada.seesStatus("live");
  await ada.page.getByTestId("sample").click();
  for (const person of [ada, bo, cleo]) {
    await person.seesCounts(12, 12);
    await person.page.keyboard.press("f");
  }
  await bo.seesNothingUnsaved();
  await bo.selects("Redshank");
  await cleo.selects("Mud that breathes");
  await cleo.page.keyboard.press("Enter");
  await ada.selects("Cordgrass");
  const redshank = await bo.middleOf("Redshank");
  const boAt = await bo.point(redshank.x - 60, redshank.y + 62);
  const mud = await cleo.middleOf("Mud that breathes");
  const cleoAt = await cleo.point(mud.x - 6, mud.y + 52);
  await ada.point(640, 560);
  await ada.seesCursorAt("Bo Lindqvist", boAt);
  await ada.seesCursorAt("Cleo Marín", cleoAt);
  await ada.seesHolder("Redshank", "Bo Lindqvist");
  await ada.seesHolder("Mud that breathes", "Cleo Marín");
  await ada.shot("people-at-work");
  await bo.shot("people-at-work-dark");
  noFaults(ada, bo, cleo);
});
