// SPDX-License-Identifier: Apache-2.0

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { kFlags } from "./chromium.js";

const kDeadlineMs = 15_000;
const shots = fileURLToPath(new URL("../shots/", import.meta.url));

/** A Chromium with nothing in it. Close it to remove what it wrote. */
export async function startBrowser() {
  const profile = mkdtempSync(join(tmpdir(), "weft-browser-"));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    env: { ...process.env, HOME: profile },
    args: kFlags,
  });
  return {
    /** A person with a browser of their own: nothing of it is shared with another. */
    async person(name, address, { scheme = "light", width = 1280, height = 800, scale = 1, isMobile = false, first } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: scheme,
        deviceScaleFactor: scale,
        isMobile,
        hasTouch: isMobile,
        acceptDownloads: true,
      });
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await context.addInitScript((own) => localStorage.getItem("weft.name") ?? localStorage.setItem("weft.name", own), name);
      // What is to happen in the page before anything of it.
      if (first !== undefined) await context.addInitScript(first);
      const page = await context.newPage();
      const person = new Person(name, page);
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
  /** Errors that nothing on the page caught, and addresses that are not the server's. */
  faults = [];

  constructor(name, page) {
    this.name = name;
    this.page = page;
    page.on("pageerror", (error) => this.faults.push(String(error)));
    page.on("console", (message) => {
      // What the browser itself says about a lost server is no fault of the page.
      if (message.type() === "error" && !/WebSocket connection|Failed to load resource/.test(message.text())) this.faults.push(message.text());
    });
    page.on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (/^https?:|^wss?:/.test(protocol) && hostname !== "127.0.0.1") this.faults.push(`asked ${hostname} for something`);
    });
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

  sees(testId, what = `there is ${testId}`, deadlineMs) {
    return this.until(what, (id) => document.querySelector(`[data-testid="${id}"]`) !== null, testId, deadlineMs);
  }

  seesNo(testId) {
    return this.until(`there is no ${testId}`, (id) => document.querySelector(`[data-testid="${id}"]`) === null, testId);
  }

  seesText(testId, pattern, deadlineMs) {
    return this.until(
      `${testId} says ${pattern}`,
      ([id, source]) => new RegExp(source).test(document.querySelector(`[data-testid="${id}"]`)?.textContent ?? ""),
      [testId, pattern.source],
      deadlineMs,
    );
  }

  seesStatus(status, deadlineMs) {
    return this.until(
      `the status is ${status}`,
      (wanted) => document.querySelector('[data-testid="status"]')?.dataset.status === wanted,
      status,
      deadlineMs,
    );
  }

  seesNothingUnsaved(deadlineMs) {
    return this.until("every edit is confirmed", () => document.querySelector('[data-testid="status"]').dataset.pending === "0", undefined, deadlineMs);
  }

  seesPerson(name) {
    return this.until(
      `${name} is among the people`,
      (wanted) => [...document.querySelectorAll('[data-testid="person"]')].some((one) => one.dataset.name === wanted),
      name,
    );
  }

  seesActivity(name, activity) {
    return this.until(
      `${name} is ${activity}`,
      ([who, wanted]) => [...document.querySelectorAll('[data-testid="person"]')].some((one) => one.dataset.name === who && one.dataset.activity === wanted),
      [name, activity],
    );
  }

  seesNoPerson(name) {
    return this.until(
      `${name} is not among the people`,
      (wanted) => ![...document.querySelectorAll('[data-testid="person"]')].some((one) => one.dataset.name === wanted),
      name,
    );
  }

  /** The cursor of `name` is drawn at this place of the map. */
  seesCursorAt(name, { x, y }) {
    return this.until(
      `the cursor of ${name} is at ${x},${y}`,
      ([who, left, top]) => {
        const drawn = document.querySelector('[data-testid="cursors"]')?.drawn_for_test?.() ?? [];
        return drawn.some((cursor) => cursor.name === who && Math.hypot(cursor.x - left, cursor.y - top) < 3);
      },
      [name, x, y],
    );
  }

  seesConcept(title, deadlineMs) {
    return this.until(
      `there is a concept "${title}"`,
      (wanted) => [...document.querySelectorAll('[data-testid="concept"]')].some((one) => one.dataset.title === wanted),
      title,
      deadlineMs,
    );
  }

  seesNoConcept(title) {
    return this.until(
      `there is no concept "${title}"`,
      (wanted) => ![...document.querySelectorAll('[data-testid="concept"]')].some((one) => one.dataset.title === wanted),
      title,
    );
  }

  seesCounts(concepts, links) {
    return this.until(
      `there are ${concepts} concepts and ${links} links`,
      ([nodes, edges]) =>
        document.querySelectorAll('[data-testid="concept"]').length === nodes && document.querySelectorAll('[data-testid="link"]').length === edges,
      [concepts, links],
    );
  }

  /** The middle of the concept is at this place of the map. */
  seesConceptAt(title, { x, y }) {
    return this.until(
      `"${title}" is at ${x},${y}`,
      ([wanted, left, top]) => {
        const box = [...document.querySelectorAll('[data-testid="concept"]')].find((one) => one.dataset.title === wanted)?.getBoundingClientRect();
        if (box === undefined) return false;
        const view = new DOMMatrix(getComputedStyle(document.querySelector(".react-flow__viewport")).transform);
        return Math.hypot((box.left + box.width / 2 - view.e) / view.a - left, (box.top + box.height / 2 - view.f) / view.a - top) < 2.5;
      },
      [title, x, y],
    );
  }

  seesHolder(title, name) {
    return this.until(
      `${name} holds "${title}"`,
      ([wanted, who]) => [...document.querySelectorAll('[data-testid="concept"]')].find((one) => one.dataset.title === wanted)?.dataset.holder === who,
      [title, name],
    );
  }

  concept(title) {
    return this.page.locator(`[data-testid="concept"][data-title="${title}"]`);
  }

  group(title) {
    return this.page.locator(`[data-testid="group"][data-title="${title}"]`);
  }

  /** In the window. */
  async middleOf(title) {
    return middle(await this.concept(title).boundingBox({ timeout: kDeadlineMs }));
  }

  /** From the window to the map. */
  toMap({ x, y }) {
    return this.page.evaluate(
      ([left, top]) => {
        const view = new DOMMatrix(getComputedStyle(document.querySelector(".react-flow__viewport")).transform);
        return { x: (left - view.e) / view.a, y: (top - view.f) / view.a };
      },
      [x, y],
    );
  }

  /** On the map. */
  async placeOf(title) {
    return this.toMap(await this.middleOf(title));
  }

  // Doing.

  /** Moves the pointer there, and says where that is on the map. */
  async point(x, y) {
    await this.page.mouse.move(x, y, { steps: 6 });
    return this.toMap({ x, y });
  }

  async adds(title, x, y) {
    await this.page.mouse.dblclick(x, y);
    await this.writes(title);
    await this.seesConcept(title);
  }

  /** Into the field that is open. */
  async writes(text) {
    await this.until("a title can be written", () => document.activeElement?.matches(".text-field textarea"));
    await this.page.keyboard.press("Control+a");
    await this.page.keyboard.type(text);
    await this.page.keyboard.press("Enter");
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
    await this.writes(next);
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

  async selects(...titles) {
    for (const [i, title] of titles.entries()) await this.concept(title).click({ modifiers: i === 0 ? [] : ["Shift"] });
  }

  async deletes(title) {
    await this.selects(title);
    await this.page.keyboard.press("Delete");
  }

  async paints(title, color) {
    await this.selects(title);
    await this.page.getByTestId(`color-${color}`).click();
  }

  async shot(name) {
    mkdirSync(shots, { recursive: true });
    await this.page.screenshot({ path: join(shots, `${name}.png`) });
  }
}

function middle({ x, y, width, height }) {
  return { x: x + width / 2, y: y + height / 2, right: x + width };
}
