// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

const kDeadlineMs = 15_000;
const kFlags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A Chromium (`CHROMIUM`, by default Debian's) with nothing in it, for any page; gone when the test is over. */
export class Chromium {
  /** What nothing on a page caught. */
  faults = [];
  #browser;

  static async start(t) {
    const chromium = new Chromium();
    const home = mkdtempSync(join(tmpdir(), "weft-chromium-"));
    t.after(async () => {
      await chromium.#browser?.close();
      rmSync(home, { recursive: true, force: true });
    });
    chromium.#browser = await startIn(home);
    return chromium;
  }

  /** A profile of its own: what one stores, another does not see. Pages of one profile are tabs of one browser. */
  profile() {
    return this.#browser.newContext({ viewport: { width: 800, height: 600 } });
  }

  /** A tab in `profile`, or in one of its own. */
  async open(address, profile) {
    const page = await (profile ?? (await this.profile())).newPage();
    page.on("pageerror", (error) => this.faults.push(`${address}: ${error.stack ?? error}`));
    await page.goto(address, { timeout: kDeadlineMs });
    return page;
  }
}

function startIn(home) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, headless: true, env: { ...process.env, HOME: home }, args: kFlags });
}

/** Waits until `check`, which runs in the page with `argument`, gives something true. */
export async function sees(page, what, check, argument) {
  try {
    return await page.waitForFunction(check, argument, { timeout: kDeadlineMs, polling: 25 });
  } catch (error) {
    const state = await page.evaluate(() => document.body.innerText).catch(() => "(the page is gone)");
    throw new Error(`Waited ${kDeadlineMs} ms: ${what}. On ${page.url()}: ${JSON.stringify(state)}`, { cause: error });
  }
}

export const seesText = (page, text) =>
  sees(page, `"${text}" is on the page`, (wanted) => document.body.innerText.includes(wanted), text);
