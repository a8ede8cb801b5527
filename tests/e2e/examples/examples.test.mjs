// SPDX-License-Identifier: Apache-2.0

/**
 * The examples as their READMEs start them, against the real server: pages in Chromium, programs as processes.
 *
 *   WEFT_BINARY  the server, by default build/weft
 *   CHROMIUM     the browser, by default Debian's
 */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Chromium, sees, seesText } from "../browser/support/chromium.js";
import { until } from "../server/support/waits.mjs";
import { freePort, makeFolder, Weft } from "../server/support/weft.mjs";
import { examples, Program, serveExample } from "./support/program.mjs";

const socketOf = (weft) => `ws://127.0.0.1:${weft.port}`;

for (const [file, linesMax] of [["vanilla/index.html", 30], ["react/main.tsx", 40], ["bot/bot.js", 20]]) {
  test(`${file} has at most ${linesMax} lines, and none that is too long to read`, () => {
    const lines = readFileSync(join(examples, file), "utf8").trimEnd().split("\n").filter((line) => !line.includes("SPDX-License-Identifier"));
    assert.ok(lines.length <= linesMax, `${lines.length} lines`);
    for (const line of lines) assert.ok(line.length <= 120, `${line.length} characters: ${line}`);
  });
}

/** In the page: something of this class and text has its corner here. */
function isAt([name, text, x, y]) {
  return [...document.querySelectorAll(name)].some((one) => {
    const { left, top } = one.getBoundingClientRect();
    return one.textContent.includes(text) && Math.hypot(left - x, top - y) < 1;
  });
}

test("vanilla: two people see each other's cursors and notes", async (t) => {
  const weft = await Weft.start(t);
  const address = await serveExample(t, "vanilla", { VITE_WEFT_URL: socketOf(weft) });
  const chromium = await Chromium.start(t);
  const ada = await chromium.open(`${address}#Ada`);
  const bo = await chromium.open(`${address}#Bo`);

  await until("Ada's cursor to be seen by Bo", async () => {
    await ada.mouse.move(301, 200);
    await ada.mouse.move(300, 200);
    return bo.evaluate(isAt, [".cursor", "Ada", 300, 200]);
  });
  await bo.mouse.move(500, 400);
  await sees(ada, "Bo's cursor", isAt, [".cursor", "Bo", 500, 400]);

  await ada.mouse.dblclick(100, 120);
  await sees(bo, "Ada's note", isAt, [".note", "A note", 100, 120]);
  await bo.mouse.move(130, 140);
  await bo.mouse.down();
  await bo.mouse.move(320, 240, { steps: 10 });
  await bo.mouse.up();
  await sees(ada, "the note where Bo put it", isAt, [".note", "A note", 280, 220]);

  await bo.close();
  await sees(ada, "Bo's cursor go", () => document.querySelectorAll(".cursor").length === 0);
  assert.deepEqual(chromium.faults, []);
});

test("react: two people see each other and edit the same notes; undo takes one's own back", async (t) => {
  const weft = await Weft.start(t);
  const address = await serveExample(t, "react", { VITE_WEFT_URL: socketOf(weft) });
  const chromium = await Chromium.start(t);
  const ada = await chromium.open(`${address}#Ada`);
  const bo = await chromium.open(`${address}#Bo`);
  await seesText(ada, "live, with Bo");
  await seesText(bo, "live, with Ada");

  const titles = (wanted) => wanted === [...document.querySelectorAll("input")].map(({ value }) => value).join();
  await ada.getByText("Add").click();
  await sees(bo, "Ada's note", titles, "A note");
  await bo.locator("input").fill("Dawn");
  await sees(ada, "the name that Bo gave it", titles, "Dawn");
  await bo.getByText("Undo").click();
  await sees(ada, "Bo's name taken back", titles, "A note");
  await ada.getByText("Delete").click();
  await sees(bo, "no note", titles, "");

  await bo.close();
  await seesText(ada, "live, with nobody");
  assert.deepEqual(chromium.faults, []);
});

test("bot: counts the notes, among people, until Ctrl-C", async (t) => {
  const weft = await Weft.start(t);
  const address = await serveExample(t, "vanilla", { VITE_WEFT_URL: socketOf(weft) });
  const bot = await Program.start(t, [process.execPath, "bot/bot.js"], { cwd: examples, env: { WEFT_URL: socketOf(weft) }, ready: /counting/ });
  const page = await (await Chromium.start(t)).open(address);
  await seesText(page, "0 notes");
  await seesText(page, "Counter");
  await page.mouse.dblclick(100, 120);
  await seesText(page, "1 notes");

  const { status } = await bot.end("SIGINT");
  assert.equal(status, 0, bot.tail());
  await sees(page, "the bot's cursor go", () => document.querySelectorAll(".cursor").length === 0);
  assert.equal(bot.said, "counting\n", "it warns of nothing");
});

test("token-endpoint: who logs in is known by the name of the login, and goes on when the token ends", async (t) => {
  const pagePort = await freePort();
  const key = join(makeFolder(t), "key");
  writeFileSync(key, "a secret of more than thirty-two bytes, for this test alone\n", { mode: 0o600 });
  const weft = await Weft.start(t, { flags: ["--auth-key", key, "--origin", `http://127.0.0.1:${pagePort}`] });
  const kTokenSeconds = 8;
  const env = { PORT: "0", TOKEN_SECONDS: String(kTokenSeconds) };
  const tokens = await Program.start(t, [process.execPath, "token-endpoint/server.js", key], { cwd: examples, env, ready: /tokens on (\S+)/ });
  assert.equal((await fetch(`${tokens.answer}/api/weft-token`)).status, 401, "nobody gets a token without a login");
  assert.equal((await fetch(`${tokens.answer}/elsewhere`)).status, 404);

  const address = await serveExample(t, "token-endpoint", { VITE_WEFT_URL: socketOf(weft), API_URL: tokens.answer }, pagePort);
  const chromium = await Chromium.start(t);
  const logIn = async (name) => {
    const person = await chromium.open(address);
    await person.locator("input").fill(name);
    await person.getByText("Log in").click();
    await seesText(person, `live as ${name}`);
    return person;
  };
  const ada = await logIn("Ada");
  await seesText(ada, "who may edit");
  const visitor = await logIn("visitor");
  await seesText(visitor, "who may view");
  assert.equal(await visitor.locator("#add").isDisabled(), true);
  await ada.getByText("Add a note").click();
  await seesText(visitor, "A note");

  // The first tokens are over by then; fresh ones came in time.
  const endMs = Date.now() + kTokenSeconds * 1_000;
  const asked = () => tokens.said;
  await until("the first tokens to end", () => Date.now() > endMs, { state: asked });
  await ada.getByText("Add a note").click();
  await sees(visitor, "the second note", () => document.querySelectorAll("li").length === 2);
  await seesText(ada, "live as Ada");
  assert.deepEqual(chromium.faults, []);
});
