// SPDX-License-Identifier: Apache-2.0

/** The demo under a finger. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { noFaults, serverFor, useBrowser } from "./support/stage.js";

const browser = useBrowser();

/** A finger that goes from place to place; two of them pinch. */
class Fingers {
  constructor(session) {
    this.session = session;
  }

  static async of(page) {
    return new Fingers(await page.context().newCDPSession(page));
  }

  #send(type, touchPoints) {
    return this.session.send("Input.dispatchTouchEvent", { type, touchPoints });
  }

  /** Each of `ways` is one finger's [from, to]. */
  async move(...ways) {
    const kSteps = 12;
    const at = (share) => ways.map(([from, to], id) => ({ id, x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }));
    await this.#send("touchStart", at(0));
    for (let step = 1; step <= kSteps; ++step) await this.#send("touchMove", at(step / kSteps));
    await this.#send("touchEnd", []);
  }
}

test("on a phone one makes, drags and pinches with fingers, and every tool is within reach", async (t) => {
  const server = await serverFor(t);
  const address = `${server.address}/?canvas=phone`;
  const ada = await browser.person("Ada", address, { width: 390, height: 780, scale: 2, isMobile: true });
  const bo = await browser.person("Bo", address);
  await ada.seesPerson("Bo");
  const fingers = await Fingers.of(ada.page);

  await ada.page.getByTestId("add").tap();
  await ada.writes("Pocket");
  await bo.seesConcept("Pocket");

  const from = await ada.middleOf("Pocket");
  await fingers.move([from, { x: from.x - 30, y: from.y - 120 }]);
  const dropped = await ada.placeOf("Pocket");
  assert.ok((await ada.middleOf("Pocket")).y < from.y - 80, "it went along");
  await bo.seesConceptAt("Pocket", dropped);

  const zoom = () => ada.page.evaluate(() => new DOMMatrix(getComputedStyle(document.querySelector(".react-flow__viewport")).transform).a);
  const before = await zoom();
  await fingers.move([{ x: 190, y: 260 }, { x: 120, y: 200 }], [{ x: 210, y: 280 }, { x: 300, y: 360 }]);
  assert.ok((await zoom()) > before * 1.3, "it is larger");

  await ada.concept("Pocket").tap();
  await ada.sees("selection-bar");
  for (const id of ["menu", "share", "add", "undo", "remove", "open-note"]) {
    await ada.page.getByTestId(id).scrollIntoViewIfNeeded();
    const { x, y, width, height } = await ada.page.getByTestId(id).boundingBox();
    assert.ok(x >= 0 && y >= 0 && x + width <= 390 && y + height <= 780, `${id} is on the screen`);
    assert.ok(width >= 36 && height >= 36, `${id} is large enough for a finger`);
  }
  await ada.page.getByTestId("open-note").tap();
  await ada.sees("note-panel");
  await ada.shot("phone");
  noFaults(ada, bo);
});
