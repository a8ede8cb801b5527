// SPDX-License-Identifier: Apache-2.0

/**
 * The demo on a cluster: two windows that are on different instances, while an instance and Redis are killed.
 */

import assert from "node:assert/strict";
import { test } from "node:test";

import { MadeCluster } from "../cluster/support/make_cluster.mjs";
import { startBrowser } from "./support/page.js";

test("V18: two windows on two instances heal by themselves when an instance and Redis are killed", async (t) => {
  const cluster = await MadeCluster.start(t);
  const browser = await startBrowser();
  t.after(() => browser.close());
  const address = `${cluster.address}/?canvas=cluster`;
  const ada = await browser.person("Ada Lovelace", address);
  const bo = await browser.person("Bo Lindqvist", address, { scheme: "dark" });
  await ada.seesStatus("live");
  await bo.seesStatus("live");
  await ada.seesPerson("Bo Lindqvist");
  await bo.seesPerson("Ada Lovelace");
  await bo.seesCursorAt("Ada Lovelace", await ada.point(300, 200));
  await ada.adds("First light", 380, 300);
  await bo.seesConcept("First light");

  for (const instance of ["weft 1", "weft 2"]) {
    cluster.kill(instance);
    await bo.adds(`After ${instance}`, instance === "weft 1" ? 300 : 800, 480);
    await ada.seesConcept(`After ${instance}`);
    await ada.seesStatus("live");
    await bo.seesStatus("live");
    await ada.seesPerson("Bo Lindqvist");
    await bo.seesPerson("Ada Lovelace");
  }

  cluster.kill("redis");
  await ada.adds("While Redis was away", 640, 160);
  await bo.seesConcept("While Redis was away");
  await bo.seesNothingUnsaved();
  await ada.seesNothingUnsaved();
  await ada.shot("cluster");
  for (const instance of [1, 2, 3]) {
    await cluster.isReady(instance);
    const document = await (await fetch(`${cluster.addressOf(instance)}/v1/canvases/cluster`)).json();
    assert.equal(document.entities.length, 4);
  }
});
