// SPDX-License-Identifier: Apache-2.0

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const kDeadlineMs = 15_000;
const shots = fileURLToPath(new URL("../shots/", import.meta.url));

/** A Chromium with nothing in it. Close it to remove what it wrote. */
export async function startBrowser() {
  const profile = mkdtempSync(join(tmpdir(), "weft-browser-"));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    env: { ...process.env, HOME: profile },
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return {
    /** A person with a window of their own. */
    async person(name, address, { scheme = "light", width = 1280, height = 800, scale = 1 } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, deviceScaleFactor: scale });
      await context.addInitScript((own) => localStorage.getItem("weft.name") ?? localStorage.setItem("weft.name", own), name);
      const page = await context.newPage();
      const person = new Person(name, page);
      page.on("pageerror", (error) => person.faults.push(String(error)));
      await page.goto(address);
      return person;
    },
    async close() {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Somebody in front of the demo: what they see and what they do. Every wait ends with what it waited for. */
export class Person {
  /** Errors that nothing on the page caught. */
  faults = [];

  constructor(name, page) {
    this.name = name;
    this.page = page;
  }

  // Seeing.

  async until(what, check, argument, deadlineMs = kDeadlineMs) {
    try {
      return await this.page.waitForFunction(check, argument, { timeout: deadlineMs, polling: 25 });
    } catch (error) {
      const state = await this.page.evaluate(() => document.body.innerText).catch(() => "(the page is gone)");
      throw new Error(`${this.name} waited ${deadlineMs} ms: ${what}. On the page: ${JSON.stringify(state)}`, { cause: error });
    }
  }

  seesStatus(status, deadlineMs) {
    return this.until(
      `the status is ${status}`,
      (wanted) => document.querySelector('[data-testid="status"]').dataset.status === wanted,
      status,
      deadlineMs,
    );
  }

  seesNothingUnsaved() {
    return this.until("every edit is confirmed", () => document.querySelector('[data-testid="status"]').dataset.pending === "0");
  }

  seesPerson(name) {
    return this.until(
      `${name} is among the people`,
      (wanted) => [...document.querySelectorAll('[data-testid="person"]')].some((one) => one.dataset.name === wanted),
      name,
    );
  }

  seesNoPerson(name) {
    return this.until(
      `${name} is not among the people`,
      (wanted) => ![...document.querySelectorAll('[data-testid="person"]')].some((one) => one.dataset.name === wanted),
      name,
    );
  }

  /** The cursor of `name` points at this place of the window. */
  seesCursorAt(name, x, y) {
    return this.until(
      `the cursor of ${name} is at ${x},${y}`,
      ([who, left, top]) => {
        const cursor = [...document.querySelectorAll('[data-testid="cursor"]')].find((one) => one.dataset.name === who);
        const box = cursor?.getBoundingClientRect();
        return box !== undefined && Math.hypot(box.left + 2 - left, box.top + 2 - top) < 3;
      },
      [name, x, y],
    );
  }

  seesConcept(title) {
    return this.until(
      `there is a concept "${title}"`,
      (wanted) => [...document.querySelectorAll('[data-testid="concept"]')].some((one) => one.dataset.title === wanted),
      title,
    );
  }

  seesCounts(concepts, links) {
    return this.until(
      `there are ${concepts} concepts and ${links} links`,
      ([nodes, edges]) =>
        document.querySelectorAll('[data-testid="concept"]').length === nodes &&
        document.querySelectorAll('[data-testid="link"]').length === edges,
      [concepts, links],
    );
  }

  seesConceptAt(title, x, y) {
    return this.until(
      `"${title}" is at ${x},${y}`,
      ([wanted, left, top]) => {
        const concept = [...document.querySelectorAll('[data-testid="concept"]')].find((one) => one.dataset.title === wanted);
        const box = concept?.getBoundingClientRect();
        return box !== undefined && Math.hypot(box.left + box.width / 2 - left, box.top + box.height / 2 - top) < 2;
      },
      [title, x, y],
    );
  }

  concept(title) {
    return this.page.locator(`[data-testid="concept"][data-title="${title}"]`);
  }

  async middleOf(title) {
    const box = await this.concept(title).boundingBox({ timeout: kDeadlineMs });
    return { x: box.x + box.width / 2, y: box.y + box.height / 2, right: box.x + box.width };
  }

  // Doing.

  point(x, y) {
    return this.page.mouse.move(x, y, { steps: 6 });
  }

  async adds(title, x, y) {
    await this.page.mouse.dblclick(x, y);
    await this.page.keyboard.type(title);
    await this.page.keyboard.press("Enter");
    await this.seesConcept(title);
  }

  async drags(title, x, y) {
    const from = await this.middleOf(title);
    await this.page.mouse.move(from.x, from.y);
    await this.page.mouse.down();
    await this.page.mouse.move(x, y, { steps: 20 });
    await this.page.mouse.up();
  }

  async renames(title, next) {
    await this.concept(title).dblclick();
    await this.page.keyboard.type(next);
    await this.page.keyboard.press("Enter");
  }

  async links(from, to) {
    const start = await this.middleOf(from);
    const end = await this.middleOf(to);
    await this.page.mouse.move(start.x, start.y);
    await this.page.mouse.move(start.right, start.y, { steps: 4 });
    await this.page.mouse.down();
    await this.page.mouse.move(end.x, end.y, { steps: 15 });
    await this.page.mouse.up();
  }

  async deletes(title) {
    await this.concept(title).click();
    await this.page.keyboard.press("Delete");
  }

  async paints(title, color) {
    await this.concept(title).click();
    await this.page.getByTestId(`color-${color}`).click();
  }

  async shot(name) {
    mkdirSync(shots, { recursive: true });
    await this.page.screenshot({ path: join(shots, `${name}.png`) });
  }
}
