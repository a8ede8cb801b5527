// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

const kDeadlineMs = 15_000;
/** How a test's Chromium is started: it talks to nobody but the page's server. */
export const kFlags = [
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
    const started = new Chromium();
    const home = mkdtempSync(join(tmpdir(), "weft-chromium-"));
    t.after(async () => {
      await started.#browser?.close();
      rmSync(home, { recursive: true, force: true });
    });
    started.#browser = await chromium.launch(options(home));
    return started;
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

function options(home) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return { executablePath, headless: true, env: { ...process.env, HOME: home }, args: kFlags };
}

/** A Chromium that keeps its only profile in `folder`, so that it can be killed and started again. */
export class StoredChromium {
  profile;
  #folder;

  static async start(t, folder) {
    const browser = new StoredChromium();
    browser.#folder = folder;
    t.after(() => browser.profile?.close());
    browser.profile = await chromium.launchPersistentContext(folder, options(folder));
    return browser;
  }

  /** From one moment to the next: SIGKILL to the browser and all that belongs to it. */
  async kill() {
    const closed = new Promise((resolve) => this.profile.once("close", resolve));
    for (const pid of processesWith(`--user-data-dir=${this.#folder}`)) process.kill(pid, "SIGKILL");
    await closed;
  }
}

/** The processes whose command line has this word. */
function processesWith(word) {
  const has = (pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(word);
    } catch {
      return false; // It has just ended.
    }
  };
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && has(name)).map(Number);
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
