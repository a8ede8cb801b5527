// SPDX-License-Identifier: Apache-2.0

/** What several people do to the same things at once, in real Chromium windows. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { documentOf, noFaults, serverFor, useBrowser } from "./support/stage.js";

const browser = useBrowser();

async function twoOn(t, canvas) {
  const server = await serverFor(t);
  const address = `${server.address}/?canvas=${canvas}`;
  const ada = await browser.person("Ada Lovelace", address);
  const bo = await browser.person("Bo Lindqvist", address, { scheme: "dark" });
  await ada.seesPerson("Bo Lindqvist");
  await bo.seesPerson("Ada Lovelace");
  return { server, ada, bo };
}

test("two who rename the same concept end with the same title", async (t) => {
  const { ada, bo } = await twoOn(t, "rename");
  await ada.adds("Here", 420, 600);
  await bo.seesConcept("Here");
  await ada.concept("Here").dblclick();
  await bo.seesHolder("Here", "Ada Lovelace");
  await bo.concept("Here").dblclick();
  await ada.until("somebody else writes on it too", () => document.querySelector(".writing") !== null);
  await Promise.all([ada.writes("Hers"), bo.writes("His")]);
  await ada.seesNothingUnsaved();
  await bo.seesNothingUnsaved();
  const title = await ada.page.locator('[data-testid="concept"]').getAttribute("data-title");
  assert.ok(["Hers", "His"].includes(title));
  await bo.seesConcept(title);
  noFaults(ada, bo);
});

test("what is deleted while another writes on it is gone, and said", async (t) => {
  const { ada, bo } = await twoOn(t, "gone");
  await ada.adds("Doomed", 420, 600);
  await bo.seesConcept("Doomed");
  await bo.concept("Doomed").click();
  await bo.page.keyboard.press("o");
  await bo.sees("note-panel");
  await bo.page.keyboard.type("All that is to be said");
  await ada.until("the note is seen", () => document.querySelector(".concept-note")?.textContent.includes("All that is to be said"));
  await ada.deletes("Doomed");
  await bo.seesNoConcept("Doomed");
  await bo.seesNo("note-panel");
  await bo.seesText("toasts", /“Doomed” was deleted by somebody else/);
  await ada.page.keyboard.press("Control+z");
  await bo.seesConcept("Doomed");
  await bo.until("with its note", () => document.querySelector(".concept-note")?.textContent.includes("All that is to be said"));

  await bo.concept("Doomed").dblclick();
  await ada.seesHolder("Doomed", "Bo Lindqvist");
  await ada.deletes("Doomed");
  await bo.seesNoConcept("Doomed");
  await ada.page.keyboard.press("Control+z");
  await bo.seesConcept("Doomed");
  // Nobody writes on what came back.
  await ada.until("nobody holds it", () => document.querySelector('[data-title="Doomed"]').dataset.holder === undefined);
  assert.equal(await bo.page.locator(".text-field").count(), 0);
  noFaults(ada, bo);
});

test("what is deleted while it is dragged leaves nothing behind", async (t) => {
  const { ada, bo } = await twoOn(t, "dragged");
  await ada.adds("Stays", 800, 600);
  await ada.adds("Slippery", 420, 300);
  await bo.seesConcept("Slippery");
  const from = await ada.middleOf("Slippery");
  await ada.page.mouse.move(from.x, from.y);
  await ada.page.mouse.down();
  await ada.page.mouse.move(from.x + 60, from.y + 60, { steps: 8 });
  await bo.deletes("Slippery");
  await ada.seesNoConcept("Slippery");
  await ada.page.mouse.move(from.x + 120, from.y + 120, { steps: 8 });
  await ada.page.mouse.up();
  // Two steps of undo, not one that hangs on the drag.
  await ada.paints("Stays", "green");
  await ada.paints("Stays", "blue");
  await ada.page.keyboard.press("Control+z");
  await bo.until("it is green again", () => document.querySelector('[data-title="Stays"]').dataset.color === "green");
  noFaults(ada, bo);
});

test("undo takes back what one did oneself, and a drag is one step", async (t) => {
  const { ada, bo } = await twoOn(t, "undo");
  await ada.adds("Ada's", 400, 300);
  await bo.adds("Bo's", 800, 300);
  await ada.seesConcept("Bo's");
  await bo.seesConcept("Ada's");
  const before = await bo.placeOf("Ada's");
  await ada.drags("Ada's", 420, 560);
  await bo.drags("Bo's", 900, 500);
  const moved = await bo.placeOf("Bo's");
  await ada.page.getByTestId("undo").click();
  await bo.seesConceptAt("Ada's", before);
  await ada.seesConceptAt("Bo's", moved);
  await ada.page.keyboard.press("Control+Shift+z");
  await bo.until("it is down again", () => document.querySelector(`[data-title="Ada's"]`).getBoundingClientRect().top > 450);
  noFaults(ada, bo);
});

test("a group takes along what is in it, for everybody, and can be dissolved", async (t) => {
  const { server, ada, bo } = await twoOn(t, "group");
  await ada.adds("One", 420, 300);
  await ada.adds("Two", 640, 380);
  await ada.page.mouse.click(1000, 650);
  await ada.selects("One", "Two");
  await bo.seesHolder("Two", "Ada Lovelace");
  await ada.page.keyboard.press("g");
  await ada.writes("Pair");
  await bo.until("there is the group", () => document.querySelector('[data-testid="group"][data-title="Pair"]') !== null);
  const one = await bo.placeOf("One");
  const title = await ada.group("Pair").locator(".group-title").boundingBox();
  await ada.page.mouse.move(title.x + 5, title.y + 5);
  await ada.page.mouse.down();
  await ada.page.mouse.move(title.x + 125, title.y + 85, { steps: 12 });
  await ada.page.mouse.up();
  const moved = await ada.placeOf("One");
  assert.ok(moved.x > one.x + 80 && moved.y > one.y + 40, "the members went along");
  await bo.seesConceptAt("One", moved);
  await ada.seesNothingUnsaved();
  const { entities } = await documentOf(server, "group");
  const group = entities.find(({ type }) => type === "group");
  assert.equal(entities.filter(({ properties }) => properties.parent?.[0] === group.id).length, 2);
  await ada.shot("group");

  // A rectangle around one of them: the group that it crosses is not meant.
  await ada.page.mouse.click(1000, 650);
  const two = await ada.middleOf("Two");
  await ada.page.keyboard.down("Shift");
  await ada.page.mouse.move(two.right + 140, two.y + 90);
  await ada.page.mouse.down();
  await ada.page.mouse.move(two.x - 70, two.y - 40, { steps: 8 });
  await ada.page.mouse.up();
  await ada.page.keyboard.up("Shift");
  await bo.seesHolder("Two", "Ada Lovelace");
  assert.equal(await ada.page.locator(".group.is-selected").count(), 0);
  await ada.page.keyboard.press("Escape");
  await ada.group("Pair").locator(".group-title").click();

  await ada.page.keyboard.press("Shift+G");
  await bo.until("the group is gone", () => document.querySelector('[data-testid="group"]') === null);
  await bo.seesConceptAt("One", moved);
  noFaults(ada, bo);
});

test("one follows another's view until Escape, and reactions rise", async (t) => {
  const { ada, bo } = await twoOn(t, "follow");
  await ada.adds("Far", 300, 300);
  await bo.seesConcept("Far");
  await bo.page.locator('[data-testid="person"][data-name="Ada Lovelace"] button').click();
  await bo.sees("following");
  await ada.page.mouse.move(900, 500);
  await ada.page.mouse.down();
  await ada.page.mouse.move(600, 350, { steps: 8 });
  await ada.page.mouse.up();
  const left = await ada.toMap({ x: 0, y: 0 });
  await bo.until(
    "the view is Ada's",
    ([x, y]) => {
      const view = new DOMMatrix(getComputedStyle(document.querySelector(".react-flow__viewport")).transform);
      return Math.hypot(-view.e / view.a - x, -view.f / view.a - y) < 4;
    },
    [left.x, left.y],
  );
  await bo.shot("following");
  await bo.page.keyboard.press("Escape");
  await bo.seesNo("following");

  const reacted = bo.page.evaluate(
    () =>
      new Promise((resolve) => {
        const layer = document.querySelector('[data-testid="cursors"]');
        const pen = layer.getContext("2d");
        const look = () => {
          // The heart's red, anywhere.
          const { data } = pen.getImageData(0, 0, layer.width, layer.height);
          for (let i = 0; i < data.length; i += 4) if (data[i] === 229 && data[i + 1] === 72 && data[i + 2] === 77) return resolve(true);
          setTimeout(look, 50);
        };
        look();
      }),
  );
  await ada.point(640, 400);
  await ada.page.keyboard.press("1");
  const timeout = new Promise((_, reject) => setTimeout(() => reject(new Error("Bo waited 15000 ms: a heart rises")), 15_000).unref());
  assert.equal(await Promise.race([reacted, timeout]), true);
  noFaults(ada, bo);
});

test("two who follow each other stand still", async (t) => {
  const server = await serverFor(t);
  const address = `${server.address}/?canvas=pair`;
  const ada = await browser.person("Ada Lovelace", address);
  // Where windows differ, showing all of the other's view is a larger view.
  const bo = await browser.person("Bo Lindqvist", address, { width: 700, height: 900 });
  await ada.seesPerson("Bo Lindqvist");
  await bo.seesPerson("Ada Lovelace");
  const follow = async (who, whom) => {
    await who.page.locator(`[data-testid="person"][data-name="${whom}"] button`).click();
    await who.sees("following");
  };
  await follow(bo, "Ada Lovelace");
  await bo.until("it shows all that Ada sees", () => new DOMMatrix(getComputedStyle(document.querySelector(".react-flow__viewport")).transform).a < 0.6);
  await follow(ada, "Bo Lindqvist");
  // Many turns of each other's view.
  await ada.page.waitForTimeout(2_000);
  for (const person of [ada, bo]) {
    const zoom = await person.page.evaluate(() => new DOMMatrix(getComputedStyle(document.querySelector(".react-flow__viewport")).transform).a);
    assert.ok(zoom > 0.4, `${person.name} is at zoom ${zoom}`);
  }
  noFaults(ada, bo);
});

test("a map is exported, and comes back on another; what is no map is explained", async (t) => {
  const { server, ada, bo } = await twoOn(t, "export");
  await ada.page.getByTestId("sample").click();
  await ada.seesCounts(12, 12);
  const save = async (item) => {
    const download = ada.page.waitForEvent("download");
    await ada.page.getByTestId("menu").click();
    await ada.page.getByTestId(item).click();
    return (await download).path();
  };
  const json = await save("export-json");
  const png = await save("export-png");
  const { readFileSync, copyFileSync, mkdirSync } = await import("node:fs");
  assert.equal(readFileSync(png).subarray(1, 4).toString(), "PNG");
  mkdirSync(new URL("./shots/", import.meta.url), { recursive: true });
  copyFileSync(png, new URL("./shots/export.png", import.meta.url));

  const cleo = await browser.person("Cleo Marin", `${server.address}/?canvas=import`);
  await cleo.seesStatus("live");
  const put = (name, buffer) => cleo.page.getByTestId("import-file").setInputFiles({ name, mimeType: "application/json", buffer });
  await put("poem.json", Buffer.from('{"format":"poem"}'));
  await cleo.seesText("toasts", /“poem.json” was not imported. The file is not a Weft map/);
  await put("map.json", readFileSync(json));
  await cleo.seesCounts(12, 12);
  await cleo.page.keyboard.press("Control+z");
  await cleo.seesCounts(0, 0);
  noFaults(ada, bo, cleo);
});

test("everything can be done with the keyboard alone", async (t) => {
  const { ada, bo } = await twoOn(t, "keys");
  await ada.page.keyboard.press("n");
  await ada.writes("First");
  await bo.seesConcept("First");
  await ada.page.keyboard.press("Shift+N");
  await ada.writes("Second");
  await bo.seesCounts(2, 1);
  const before = await ada.placeOf("Second");
  await ada.page.keyboard.press("ArrowDown");
  await ada.page.keyboard.press("Shift+ArrowRight");
  await bo.seesConceptAt("Second", { x: before.x + 50, y: before.y + 10 });
  await ada.page.keyboard.press("c");
  await bo.until("it has a colour", () => document.querySelector('[data-title="Second"]').dataset.color === "red");
  await ada.page.keyboard.press("n");
  await ada.writes("Third");
  await ada.page.keyboard.press("l");
  await ada.sees("linking-banner");
  await ada.page.keyboard.press("Shift+Tab");
  await ada.page.keyboard.press("Enter");
  await bo.seesCounts(3, 2);
  await ada.page.keyboard.press("Control+a");
  await ada.page.keyboard.press("Delete");
  await bo.seesCounts(0, 0);
  await ada.seesText("announcer", /Deleted/);
  await ada.page.keyboard.press("Control+z");
  await bo.seesCounts(3, 2);
  await ada.seesText("announcer", /Undone/);
  await ada.page.keyboard.press("?");
  await ada.until("the sheet is open", () => document.querySelector('[data-testid="shortcuts"]').open);
  await ada.page.keyboard.press("Escape");
  noFaults(ada, bo);
});

test("keys mean the map only while the keyboard is at it", async (t) => {
  const server = await serverFor(t);
  const ada = await browser.person("Ada Lovelace", `${server.address}/?canvas=focus`);
  await ada.seesStatus("live");
  await ada.adds("Still", 420, 500);
  await ada.adds("Other", 800, 500);
  await ada.links("Still", "Other");
  await ada.seesCounts(2, 1);
  await ada.concept("Still").click();
  await ada.sees("selection-bar");
  const before = await ada.placeOf("Still");

  await ada.page.getByTestId("menu").click();
  await ada.page.getByTestId("theme-dark").click();
  for (const key of ["ArrowRight", "Delete", "c", "g"]) await ada.page.keyboard.press(key);
  assert.deepEqual(await ada.placeOf("Still"), before);
  await ada.seesCounts(2, 1);
  // Leaving a menu with the keyboard closes it.
  await ada.page.getByTestId("help").focus();
  await ada.page.keyboard.press("Tab");
  await ada.seesNo("theme-dark");
  await ada.page.keyboard.press("Delete");
  await ada.seesCounts(2, 1);

  // A colour that was pressed with the pointer has the focus, but nobody is at it.
  await ada.paints("Still", "red");
  await ada.page.keyboard.press("ArrowDown");
  await ada.seesConceptAt("Still", { x: before.x, y: before.y + 10 });
  assert.equal(await ada.page.getByRole("group", { name: "Concept Still, selected" }).count(), 1);
  await ada.page.keyboard.press("Delete");
  await ada.seesCounts(1, 0);
  await ada.until("the focus is on the map", () => document.activeElement.matches(".board"));
  await ada.page.keyboard.press("Control+z");
  await ada.seesCounts(2, 1);

  // A label that was given by key leaves the focus at its link.
  await ada.page.locator(".react-flow__edge").focus();
  await ada.page.keyboard.press("Enter");
  await ada.writes("with");
  await ada.until("the link has the focus", () => document.activeElement.closest(".react-flow__edge") !== null);
  noFaults(ada);
});
