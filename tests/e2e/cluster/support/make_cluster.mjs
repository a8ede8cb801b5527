// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { until, within } from "../../server/support/waits.mjs";
import { binary, makeFolder } from "../../server/support/weft.mjs";

const script = fileURLToPath(new URL("../../../../tools/cluster.sh", import.meta.url));
const kPorts = 6; // proxy, three instances, Redis, PostgreSQL
const kPatienceMs = 60_000;

const isFree = (port) =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

async function freePorts() {
  for (;;) {
    const first = 12_000 + Math.floor(Math.random() * 19_000);
    const ports = Array.from({ length: kPorts }, (_, i) => first + i);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
}

/** What `make cluster` starts, on ports of its own. */
export class MadeCluster {
  #said = "";
  #child;
  #ended;

  static async start(t) {
    const cluster = new MadeCluster();
    cluster.port = await freePorts();
    // The server reads WEFT_* as settings.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("WEFT_")));
    cluster.#child = spawn(script, [binary], {
      env: { ...env, PROXY_PORT: String(cluster.port), DATA: join(makeFolder(t), "cluster") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    cluster.#ended = new Promise((resolve) => cluster.#child.on("close", resolve));
    for (const stream of ["stdout", "stderr"]) cluster.#child[stream].on("data", (chunk) => (cluster.#said += chunk));
    t.after(() => cluster.stop());
    await until("the cluster to be up", () => cluster.#said.includes("Open http://localhost"), { ms: kPatienceMs, state: () => cluster.tail() });
    return cluster;
  }

  /** Where everybody connects. */
  get address() {
    return `http://127.0.0.1:${this.port}`;
  }

  addressOf(instance) {
    return `http://127.0.0.1:${this.port + instance}`;
  }

  /** kill -9 of "redis", "postgres", "proxy", "weft 1" …; the script starts it again. */
  kill(name) {
    const pid = [...this.#said.matchAll(new RegExp(`  ${name}: process (\\d+)`, "g"))].at(-1)?.[1];
    process.kill(Number(pid), "SIGKILL");
  }

  async isReady(instance) {
    await until(
      `instance ${instance} to be ready`,
      async () => (await fetch(`${this.addressOf(instance)}/readyz`).catch(() => ({}))).status === 200,
      { ms: kPatienceMs, state: () => this.tail() },
    );
  }

  tail() {
    return `The script said:\n${this.#said}`;
  }

  /** As Ctrl-C does. Says which ports are still in use. */
  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGTERM");
    await within("the cluster to end", this.#ended, { ms: kPatienceMs, state: () => this.tail() });
    const ports = Array.from({ length: kPorts }, (_, i) => this.port + i);
    const free = await Promise.all(ports.map(isFree));
    return ports.filter((_, i) => !free[i]);
  }
}
