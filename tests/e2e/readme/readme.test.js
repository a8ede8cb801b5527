// SPDX-License-Identifier: Apache-2.0

/**
 * The code blocks of the READMEs, taken out as they stand and run against the real server.
 *
 *   WEFT_BINARY  the server, by default build/weft
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import WebSocket from "ws";

import { Server } from "../browser/support/server.js";
import { Program } from "../examples/support/program.mjs";
import { block, root } from "./block.js";

const kDeadlineMs = 30_000;
const kAddressInSnippets = "ws://localhost:8080";
const kCommitted = 0;

const here = fileURLToPath(new URL(".", import.meta.url));
const tsc = fileURLToPath(new URL("sdk/node_modules/typescript/bin/tsc", root));

async function serverFor(t) {
  const server = new Server();
  t.after(() => server.remove());
  return server.start();
}

/** Checks the snippet's types, and runs it until it says that all is stored; returns what it printed. */
async function runTypeScript(t, source) {
  // In this folder, where @weft/client is found.
  const folder = mkdtempSync(join(here, "snippet-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "snippet.ts");
  writeFileSync(file, source);
  const flags = ["--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable"];
  const compiled = spawnSync(process.execPath, [tsc, ...flags, file], { encoding: "utf8" });
  assert.equal(compiled.status, 0, `${source}\n${compiled.stdout}${compiled.stderr}`);
  const program = await Program.start(t, [process.execPath, join(here, "run_snippet.js"), join(folder, "snippet.js")], { ready: /for good/ });
  await program.end();
  assert.doesNotMatch(program.said, /warning|taken back/i);
  return program.said;
}

for (const page of ["README.md", "sdk/README.md"]) {
  test(`the client in ${page} makes two concepts and a link`, async (t) => {
    const source = block(page, "ts");
    assert.ok(source.includes(kAddressInSnippets), "the address is where a reader changes it");
    const server = await serverFor(t);
    const printed = await runTypeScript(t, source.replace(kAddressInSnippets, `ws://127.0.0.1:${server.port}`));
    assert.match(printed, /Ada/, "it sees who is here");
    assert.match(printed, /First light/, "it sees what changed");

    const response = await fetch(`${server.address}/v1/canvases/try`);
    assert.equal(response.status, 200);
    const { entities } = await response.json();
    const concepts = entities.filter(({ type }) => type === "concept");
    const links = entities.filter(({ type }) => type === "link");
    assert.deepEqual(concepts.map(({ properties }) => properties.title).sort(), ["Dawn", "First light"]);
    assert.equal(links.length, 1);
    const named = (title) => concepts.find(({ properties }) => properties.title === title).id;
    assert.deepEqual(links[0].properties, { from: named("First light"), to: named("Dawn") });
  });
}

/** A terminal: sends text, gives the messages that come, one after the other. */
class Terminal {
  #messages = [];
  #wake = () => {};

  constructor(url) {
    this.socket = new WebSocket(url, "weft.v1+json");
    this.socket.on("message", (data, isBinary) => {
      assert.equal(isBinary, false);
      this.#messages.push(...JSON.parse(data.toString()));
      this.#wake();
    });
  }

  async open() {
    await new Promise((resolve, reject) => this.socket.once("open", resolve).once("error", reject));
  }

  /** The next message of this kind; those before it are forgotten. */
  async next(kind) {
    const deadline = AbortSignal.timeout(kDeadlineMs);
    for (;;) {
      const message = this.#messages.shift();
      if (message?.[0] === kind) return message;
      if (message !== undefined) continue;
      await new Promise((resolve, reject) => {
        this.#wake = resolve;
        deadline.onabort = () => reject(new Error(`no message of kind ${kind} came`));
      });
    }
  }
}

test("the lines for a terminal in README.md get a welcome and an ack", async (t) => {
  const lines = block("README.md", "json", "weft.v1+json").trim().split("\n");
  assert.equal(lines.length, 3);
  const server = await serverFor(t);
  const terminal = new Terminal(`ws://127.0.0.1:${server.port}/v1/canvases/try`);
  t.after(() => terminal.socket.terminate());
  await terminal.open();
  for (const line of lines) terminal.socket.send(line);

  const [, welcome] = await terminal.next(0);
  assert.equal(welcome.user.name, "Tess");
  const [, n, , outcome] = await terminal.next(6);
  assert.deepEqual([n, outcome], [1, kCommitted]);
});
