// SPDX-License-Identifier: Apache-2.0

/** The main states of the page under axe-core: nothing serious, in both looks. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

import { noFaults, serverFor, useBrowser } from "./support/stage.js";

const browser = useBrowser();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function check(person, state) {
  // Colours are those of the end of a transition.
  await person.page.evaluate(() => Promise.all(document.getAnimations().filter(({ effect }) => effect.getTiming().iterations !== Infinity).map(({ finished }) => finished)));
  await person.page.evaluate(axe);
  const { violations } = await person.page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join(" | ")}`);
  assert.deepEqual(told, [], `${state}, in ${person.name}'s look`);
}

for (const scheme of ["light", "dark"]) {
  test(`nothing serious is wrong in the ${scheme} look`, async (t) => {
    const server = await serverFor(t);
    const address = `${server.address}/?canvas=axe`;
    const ada = await browser.person(scheme, address, { scheme });
    await ada.seesStatus("live");
    await ada.sees("empty");
    await check(ada, "empty");
    await ada.page.getByTestId("sample").click();
    await ada.seesCounts(12, 12);
    const bo = await browser.person("Bo", address, { scheme });
    await bo.seesCounts(12, 12);
    await bo.selects("Redshank");
    await ada.seesHolder("Redshank", "Bo");
    await ada.selects("Peat");
    await check(ada, "a selection");
    await ada.page.keyboard.press("o");
    await ada.sees("note-panel");
    await check(ada, "a note");
    await ada.page.keyboard.press("Escape");
    await ada.page.getByTestId("menu").click();
    await check(ada, "the menu");
    await ada.page.keyboard.press("Escape");
    await ada.page.keyboard.press("?");
    await check(ada, "the sheet of keys");
    await ada.page.keyboard.press("Escape");
    await server.kill();
    await ada.sees("offline-banner");
    await check(ada, "offline");
    noFaults(ada, bo);
  });
}
