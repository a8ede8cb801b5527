// SPDX-License-Identifier: Apache-2.0

/**
 * What README.md promises to whoever begins: its lines, pasted into an empty Vite project that has installed the client as it would be
 * published, work. Two windows of that page see each other.
 *
 *   WEFT_BINARY  the server, by default build/weft
 *   CHROMIUM     the browser, by default Debian's
 */

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Chromium } from "../browser/support/chromium.js";
import { run } from "../cluster/support/child.mjs";
import { Program } from "../examples/support/program.mjs";
import { until } from "../server/support/waits.mjs";
import { freePort, Weft } from "../server/support/weft.mjs";
import { block, root } from "./block.js";

const kInstallDeadlineMs = 180_000;
const sdk = fileURLToPath(new URL("sdk", root));
const install = ["npm", "install", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];

/** An empty project, with Vite and the packed client in it. */
async function emptyProject(t) {
  const project = mkdtempSync(join(tmpdir(), "weft-vite-"));
  t.after(() => rmSync(project, { recursive: true, force: true }));
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  writeFileSync(join(project, "index.html"), '<!doctype html>\n<script type="module" src="/main.ts"></script>\n');
  await run(["npm", "pack", "--silent", "--pack-destination", project], { cwd: sdk });
  const tarball = readdirSync(project).find((name) => name.endsWith(".tgz"));
  await run([...install, `./${tarball}`, "vite@6"], { cwd: project, ms: kInstallDeadlineMs });
  return project;
}

test("the client in README.md works in an empty Vite project: two windows see each other", async (t) => {
  const source = block("README.md", "ts");
  assert.ok(source.trim().split("\n").length <= 15, "it promises fifteen lines");
  const weft = await Weft.start(t);
  const project = await emptyProject(t);
  writeFileSync(join(project, "main.ts"), source.replace("ws://localhost:8080", `ws://localhost:${weft.port}`));
  const vite = [process.execPath, "node_modules/vite/bin/vite.js"];
  await run([...vite, "build"], { cwd: project });
  const port = await freePort();
  const served = await Program.start(t, [...vite, "preview", "--port", String(port), "--strictPort"], { cwd: project, ready: /Local:\s+(http:\S+)/ });

  const chromium = await Chromium.start(t);
  const windows = await Promise.all([1, 2].map(() => chromium.open("about:blank")));
  const printed = windows.map((page) => {
    const lines = [];
    page.on("console", (message) => lines.push(message.text()));
    return lines;
  });
  for (const page of windows) await page.goto(served.answer);
  const state = () => JSON.stringify(printed);
  for (const lines of printed) {
    await until("both people to be here", () => lines.some((line) => /^\[Ada, Ada\]$/.test(line)), { state });
    await until("what both made", () => new Set(lines.filter((line) => line.includes("First light")).map((line) => line.split(" ")[0])).size === 2, { state });
    await until("all of it to be stored", () => lines.some((line) => line.includes("for good")), { state });
  }
  assert.doesNotMatch(printed.flat().join("\n"), /error|taken back|refused/i);
  assert.deepEqual(chromium.faults, []);
});
