// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";

import { within } from "../../server/support/waits.mjs";
import { kDiesWithUs } from "../../server/support/weft.mjs";

/** No test leaves a process behind, however it ends. */
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.process.kill("SIGKILL");
});

/** A process of a test, with what it said. */
export class Child {
  said = "";

  /** `asUser`: words that change the user, put before the command. `env`: variables besides one's own. */
  constructor(command, { asUser = [], cwd, env = {} } = {}) {
    this.name = command[0].split("/").at(-1);
    // A change of user takes the wish to die with us away, so that comes last.
    const words = [...asUser, ...kDiesWithUs, ...command];
    this.process = spawn(words[0], words.slice(1), { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    running.add(this);
    for (const stream of ["stdout", "stderr"]) this.process[stream].on("data", (chunk) => (this.said += chunk));
    this.exit = new Promise((resolve) => {
      this.process.on("error", (error) => {
        this.said += `${error.message}\n`;
        running.delete(this);
        resolve({ status: null, signal: null });
      });
      this.process.on("close", (status, signal) => {
        running.delete(this);
        resolve({ status, signal });
      });
    });
  }

  get isRunning() {
    return running.has(this);
  }

  signal(name) {
    this.process.kill(name);
  }

  /** Signals it and waits for its end. A stopped process hears SIGKILL alone. */
  async end(name = "SIGKILL") {
    if (this.isRunning) this.signal(name);
    return within(`${this.name} to end`, this.exit, { state: () => this.tail() });
  }

  tail() {
    return `${this.name} said:\n${this.said.split("\n").slice(-20).join("\n")}`;
  }
}

/** Runs a command to its end, within `ms`; an error when it says that it failed. */
export async function run(command, { ms, ...options } = {}) {
  const child = new Child(command, options);
  const { status, signal } = await within(`${child.name} to end`, child.exit, { ms, state: () => child.tail() });
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${signal ?? status}. ${child.tail()}`);
  return child.said;
}
