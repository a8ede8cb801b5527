// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { within } from "./waits.mjs";

export const binary = process.env.WEFT_BINARY ?? fileURLToPath(new URL("../../../../build/weft", import.meta.url));

/**
 * The server reads WEFT_* as settings, and WEFT_BINARY is none. Address Sanitizer keeps what was freed for a while;
 * less of it, so that memory can be measured. Its leak check cannot run below strace.
 */
function environment(isTraced) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("WEFT_")));
  const own = `quarantine_size_mb=8${isTraced ? ":detect_leaks=0" : ""}`;
  env.ASAN_OPTIONS = env.ASAN_OPTIONS ? `${env.ASAN_OPTIONS}:${own}` : own;
  return env;
}

const kSanitizerReport = /ERROR: AddressSanitizer|ERROR: LeakSanitizer|WARNING: ThreadSanitizer|runtime error:/;

/** Before a command: its process dies when this one does, even of SIGKILL. */
export const kDiesWithUs = ["setpriv", "--pdeathsig", "KILL", "--"];

/** No test leaves a server behind, however it ends. */
const running = new Set();
process.on("exit", () => {
  for (const weft of running) {
    try {
      weft.signal("SIGKILL");
    } catch {
      // It has just ended.
    }
  }
});

/** A folder that is removed when the test is over. */
export function makeFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), "weft-server-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A port that nobody listens on at the moment, and below those that the kernel gives to whoever asks for any: a client that
 * tries one of those again and again may end up connected to itself.
 */
export async function freePort() {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    const probe = createServer();
    const isFree = await new Promise((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

/** Runs a weft command to its end. */
export async function runWeft(args) {
  assert.ok(existsSync(binary), `There is no ${binary}: build it, or name another one with WEFT_BINARY.`);
  const child = spawn(binary, args, { env: environment(false), stdio: ["ignore", "pipe", "pipe"], timeout: 20_000 });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"]) child[stream].on("data", (chunk) => (said[stream] += chunk));
  return new Promise((resolve) => child.on("close", (status, signal) => resolve({ status, signal, ...said })));
}

/** A token from `weft token`. */
export async function mint(keyFile, user, canvases, ...more) {
  const { status, stdout, stderr } = await runWeft(["token", "--auth-key", keyFile, "--sub", user, "--canvas", canvases, ...more]);
  assert.equal(status, 0, `weft token: ${stderr}`);
  return stdout.trim();
}

/** One running weft with its peers. */
export class Weft {
  log = "";
  port;
  data;
  /** How it ended: {code, signal}. */
  exit;
  #peers = new Set();
  #child;
  #flags;
  #strace;
  #isOurDeed = false;

  /**
   * `strace`: arguments of strace, to run the server under it. `port` 0: any free one, kept for further starts. `data` null:
   * the flags say where it is.
   */
  constructor({ data = ":memory:", port = 0, flags = [], strace } = {}) {
    this.data = data;
    this.port = port;
    this.#flags = flags;
    this.#strace = strace;
  }

  /** Starts a server that the test takes down again; then it must still be whole. */
  static async start(t, options) {
    const weft = new Weft(options);
    t.after(() => weft.remove());
    return weft.start();
  }

  get http() {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid() {
    return this.#strace ? childOf(this.#child.pid) : this.#child.pid;
  }

  get isRunning() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async start(changes) {
    await this.launch(changes);
    const listening = new Promise((resolve, reject) => {
      const look = () => {
        const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(this.log)?.[1];
        if (port === undefined) return;
        this.port = Number(port);
        resolve();
      };
      look();
      this.#child.stderr.on("data", look);
      this.exit.then(({ code, signal }) => reject(new Error(`weft ended with ${signal ?? code} instead of listening.\n${this.tail()}`)));
    });
    await within("weft to listen", listening, { state: () => this.tail() });
    return this;
  }

  /** Starts it without waiting for anything, with other flags or without strace if asked. */
  async launch({ flags = this.#flags, strace = this.#strace } = {}) {
    assert.ok(existsSync(binary), `There is no ${binary}: build it, or name another one with WEFT_BINARY.`);
    assert.ok(!this.isRunning, "this weft runs already");
    this.#strace = strace;
    this.#flags = flags;
    this.#isOurDeed = false;
    this.log = "";
    const command = [binary, "serve", "--listen", `127.0.0.1:${this.port}`, ...flags];
    if (this.data !== null) command.push("--data", this.data);
    if (!flags.includes("--drain-seconds")) command.push("--drain-seconds", "0");
    if (strace) command.unshift("strace", "-f", ...strace);
    else command.unshift(...kDiesWithUs);
    const child = spawn(command[0], command.slice(1), { env: environment(Boolean(strace)), stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    running.add(this);
    child.stdout.on("data", (chunk) => (this.log += chunk));
    child.stderr.on("data", (chunk) => (this.log += chunk));
    this.exit = new Promise((resolve) => {
      child.on("error", (error) => {
        this.log += `${error.message}\n`;
        resolve({ code: null, signal: null });
      });
      // "close" comes when all that it said has been read, too.
      child.on("close", (code, signal) => {
        running.delete(this);
        resolve({ code, signal });
      });
    });
  }

  /** Peers and sockets that end with the server's life in the test. */
  owns(peer) {
    this.#peers.add(peer);
    return peer;
  }

  signal(name) {
    this.#isOurDeed = true;
    process.kill(this.pid, name);
  }

  ended(what = "weft to end") {
    return within(what, this.exit, { state: () => this.tail() });
  }

  /** Without warning: kill -9. */
  async kill() {
    this.signal("SIGKILL");
    await this.ended();
  }

  /** Politely; returns the exit status. */
  async stop() {
    this.signal("SIGTERM");
    const { code, signal } = await this.ended("weft to drain and end");
    return signal ?? code;
  }

  async remove() {
    for (const peer of this.#peers) peer.drop();
    this.#peers.clear();
    if (this.#child === undefined) return;
    if (this.isRunning) {
      assert.equal(await this.stop(), 0, `weft ended badly.\n${this.tail()}`);
    } else {
      assert.ok(this.#isOurDeed, `weft ended by itself.\n${this.tail()}`);
    }
    assert.doesNotMatch(this.log, kSanitizerReport);
  }

  /** The test expects it to end by itself. */
  mayEnd() {
    this.#isOurDeed = true;
    return this;
  }

  tail() {
    return `Weft said:\n${this.log.split("\n").slice(-30).join("\n")}`;
  }

  /** Memory in bytes. */
  residentBytes() {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))[1]) * 1024;
  }

  async document(canvas, token) {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const response = await fetch(`${this.http}/v1/canvases/${canvas}`, { headers });
    assert.equal(response.status, 200, await response.clone().text());
    return response.json();
  }

  async lastSeen(canvas) {
    const response = await fetch(`${this.http}/v1/canvases/${canvas}/last-seen`);
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()).people;
  }
}

function childOf(parent) {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      // The name stands in parentheses and may hold anything.
      if (Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === parent) return Number(name);
    } catch {
      // It has just ended.
    }
  }
  throw new Error(`Process ${parent} has no child.`);
}
