// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { until, within } from "../../server/support/waits.mjs";
import { freePort } from "../../server/support/weft.mjs";
import { Child } from "./child.mjs";

/** What a cluster that keeps its promises asks of Redis: nothing acknowledged is lost when it is killed. */
export const durable = ["--appendonly", "yes", "--appendfsync", "always"];

/** A real redis-server on a free port, with a folder of its own. Keeps nothing at rest unless told. */
export class Redis {
  #child;
  #folder = mkdtempSync(join(tmpdir(), "weft-redis-"));

  constructor(options = []) {
    this.options = options;
  }

  /** One that the test takes down again. */
  static async start(t, options) {
    const redis = new Redis(options);
    t.after(() => redis.remove());
    return redis.start();
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid() {
    return this.#child.process.pid;
  }

  get isRunning() {
    return this.#child?.isRunning ?? false;
  }

  /** Returns when it answers, its data loaded. */
  async start() {
    this.port ??= await freePort();
    const fixed = ["--port", `${this.port}`, "--bind", "127.0.0.1", "--dir", this.#folder, "--save", ""];
    this.#child = new Child(["redis-server", ...fixed, ...this.options]);
    await until("Redis to answer", () => this.#child.isRunning && this.command("PING").then((reply) => reply === "PONG", () => false), {
      state: () => this.#child.tail(),
    });
    return this;
  }

  async kill() {
    await this.#child.end("SIGKILL");
  }

  /** As an operator stops it. */
  async stop() {
    await this.#child.end("SIGTERM");
  }

  /** Kills it if it runs. `keepsData` false: what it had at rest is gone. */
  async restart({ keepsData = true, options = this.options } = {}) {
    await this.#child.end("SIGKILL");
    if (!keepsData) {
      rmSync(this.#folder, { recursive: true });
      this.#folder = mkdtempSync(join(tmpdir(), "weft-redis-"));
    }
    this.options = options;
    return this.start();
  }

  /** Connections stay, and nothing is answered until resume(). */
  pause() {
    this.#child.signal("SIGSTOP");
  }

  resume() {
    this.#child.signal("SIGCONT");
  }

  configure(name, value) {
    return this.command("CONFIG", "SET", name, value);
  }

  /** One command over a connection of its own. The reply as text, numbers, null and arrays; an error is thrown. */
  async command(...words) {
    const socket = connect(this.port, "127.0.0.1");
    let bytes = Buffer.alloc(0);
    const reply = new Promise((resolve, reject) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("Redis closed the connection")));
      socket.on("data", (chunk) => {
        bytes = Buffer.concat([bytes, chunk]);
        const read = readReply(bytes, 0);
        if (read) resolve(read.value);
      });
    });
    socket.write(words.map((word) => `$${Buffer.byteLength(`${word}`)}\r\n${word}\r\n`).reduce((all, word) => all + word, `*${words.length}\r\n`));
    try {
      const value = await within(`Redis to answer ${words[0]}`, reply, { ms: 5_000, state: () => this.tail() });
      if (value instanceof Error) throw value;
      return value;
    } finally {
      socket.destroy();
    }
  }

  tail() {
    return this.#child?.tail() ?? "Redis was not started.";
  }

  async remove() {
    await this.#child?.end("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** {value, end} of the reply that begins at `at`; nothing while it is not whole. */
function readReply(bytes, at) {
  const line = bytes.indexOf("\r\n", at);
  if (line < 0) return undefined;
  const text = bytes.toString("utf8", at + 1, line);
  const end = line + 2;
  switch (String.fromCharCode(bytes[at])) {
    case "+":
      return { value: text, end };
    case "-":
      return { value: new Error(text), end };
    case ":":
      return { value: Number(text), end };
    case "$": {
      const size = Number(text);
      if (size < 0) return { value: null, end };
      return bytes.length < end + size + 2 ? undefined : { value: bytes.toString("utf8", end, end + size), end: end + size + 2 };
    }
    case "*": {
      const items = [];
      let next = end;
      for (let i = 0; i < Number(text); ++i) {
        const item = readReply(bytes, next);
        if (!item) return undefined;
        items.push(item.value);
        next = item.end;
      }
      return { value: items, end: next };
    }
    default:
      return { value: new Error(`Redis said ${text}`), end };
  }
}
