// SPDX-License-Identifier: Apache-2.0

/**
 * Packs a package as it would be published, installs the tarball into an empty project, checks the types there and
 * runs a few lines. Further tarballs that it needs are packed from the folders given.
 *
 *     node tools/try_pack.mjs [FOLDER …]
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const kDeadlineMs = 180_000;
const sdk = fileURLToPath(new URL("..", import.meta.url));
const folders = [sdk, ...process.argv.slice(2)];
const tsc = join(sdk, "node_modules/typescript/bin/tsc");

const project = mkdtempSync(join(tmpdir(), "weft-pack-"));
const run = (command, args, cwd = project) => execFileSync(command, args, { cwd, encoding: "utf8", timeout: kDeadlineMs, stdio: ["ignore", "pipe", "inherit"] });

const kSdkSource = `
import { createClient, historyOf, indexBetween, keepOffline, MemoryStorage, smoothCursor, WeftError, type Canvas } from "@weft/client";

interface Board { concepts: { note: { title: string } } }
class NoSocket { close(): void {} }
const offline = keepOffline({ user: "ada", storage: new MemoryStorage() });
const client = createClient<Board>({ url: "ws://localhost:1", WebSocket: NoSocket, offline });
const canvas: Canvas<Board> = client.open("try");
const id = canvas.create("note", { title: "First light" });
if (canvas.concepts.get(id)?.props.title !== "First light") throw new WeftError("bad", "the edit is not shown");
const history = historyOf(canvas);
canvas.set(id, { title: "Dawn" });
history.undo();
if (canvas.concepts.get(id)?.props.title !== "First light") throw new WeftError("bad", "the edit was not taken back");
if (smoothCursor().at(0) !== undefined || indexBetween("a0", undefined) !== "a1") throw new WeftError("bad", "a helper is wrong");
client.destroy();
console.log("the packed SDK works");
`;

const kReactSource = `
import { createElement, type ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { useStatus, WeftProvider } from "@weft/react";

const Status = (): ReactNode => useStatus().name;
const html = renderToString(createElement(WeftProvider, { url: "ws://localhost:1", canvas: "try" }, createElement(Status)));
if (html !== "connecting") throw new Error("rendered on a server: " + html);
console.log("the packed React hooks work");
`;

try {
  const tarballs = folders.map((folder) => {
    const before = new Set(readdirSync(project));
    run("npm", ["pack", "--silent", "--pack-destination", project], folder);
    return readdirSync(project).find((name) => !before.has(name));
  });
  const hasReact = tarballs.some((name) => name.includes("react"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "try", private: true, type: "module" }));
  const more = hasReact ? ["react@19", "react-dom@19", "@types/react@19", "@types/react-dom@19"] : [];
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...tarballs.map((name) => `./${name}`), ...more]);
  const sources = { "sdk.ts": kSdkSource, ...(hasReact && { "react.ts": kReactSource }) };
  for (const [name, source] of Object.entries(sources)) {
    writeFileSync(join(project, name), source);
    // The declarations of the packages are checked too.
    run(process.execPath, [tsc, "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2023,dom,dom.iterable", name]);
    process.stdout.write(run(process.execPath, [name.replace(".ts", ".js")]));
  }
} catch (error) {
  if (error.stdout) console.error(error.stdout);
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(project, { recursive: true, force: true });
}
