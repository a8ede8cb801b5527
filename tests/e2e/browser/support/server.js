// SPDX-License-Identifier: Apache-2.0

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const kStartDeadlineMs = 20_000;
/** The server reads WEFT_* as settings, and WEFT_BINARY is none. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("WEFT_")));
const binary = process.env.WEFT_BINARY ?? fileURLToPath(new URL("../../../../build/weft", import.meta.url));

/** A weft of the test's own: free port, data in a temporary folder. */
export class Server {
  #folder = mkdtempSync(join(tmpdir(), "weft-server-"));
  #process;
  #log = "";
  #flags = [];
  port = 0;

  get address() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Makes a key, so that from the next start nobody gets in without a token. */
  wantsTokens() {
    const key = join(this.#folder, "key");
    writeFileSync(key, "a secret of more than thirty-two bytes, for this test alone\n", { mode: 0o600 });
    this.#flags = ["--auth-key", key];
    return this;
  }

  /** More flags, from the next start on. */
  with(...flags) {
    this.#flags = [...this.#flags, ...flags];
    return this;
  }

  token(user, canvases, { ttlSeconds = 3_600 } = {}) {
    const args = ["token", ...this.#flags, "--sub", user, "--name", user, "--canvas", canvases, "--ttl", String(ttlSeconds)];
    const { stdout, stderr, status } = spawnSync(binary, args, { env });
    if (status !== 0) throw new Error(`weft token: ${stderr}`);
    return stdout.toString().trim();
  }

  /** Starts on the port it had before, if it had one. */
  async start() {
    const args = ["serve", "--listen", `127.0.0.1:${this.port}`, "--data", join(this.#folder, "data"), ...this.#flags];
    const child = spawn(binary, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    this.#log = "";
    const listening = new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`${binary} ${args.join(" ")}: ${why}. It said: ${this.#log}`));
      const timer = setTimeout(() => fail(`not listening after ${kStartDeadlineMs} ms`), kStartDeadlineMs);
      const read = (chunk) => {
        this.#log += chunk;
        const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(this.#log)?.[1];
        if (port === undefined) return;
        clearTimeout(timer);
        this.port = Number(port);
        resolve();
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.on("error", (error) => fail(error.message));
      child.on("exit", (code, signal) => {
        clearTimeout(timer);
        fail(`it ended with ${signal ?? code}`);
      });
    });
    await listening;
    return this;
  }

  /** Without warning: kill -9. */
  async kill() {
    const child = this.#process;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  async remove() {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
