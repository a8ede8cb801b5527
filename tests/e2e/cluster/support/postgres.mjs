// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { until } from "../../server/support/waits.mjs";
import { freePort } from "../../server/support/weft.mjs";
import { Child, run } from "./child.mjs";

/** PostgreSQL refuses to run as root. */
const asPostgres = process.getuid() === 0 ? ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"] : [];

function programs() {
  const root = "/usr/lib/postgresql";
  const [newest] = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return join(root, newest, "bin");
}

/** A real PostgreSQL on a free port, with a folder of its own. */
export class Postgres {
  #child;
  #folder;

  /** `fsync`: whether it waits for the disk; a test that kills it needs that, others are quicker without. */
  constructor({ fsync = false, options = [] } = {}) {
    // After a kill it would otherwise sync every file of its folder, one by one.
    this.settings = [`fsync=${fsync ? "on" : "off"}`, "recovery_init_sync_method=syncfs", ...options];
  }

  static async start(t, options) {
    const postgres = new Postgres(options);
    t.after(() => postgres.remove());
    return postgres.start();
  }

  get url() {
    return `postgresql://postgres@127.0.0.1:${this.port}/postgres`;
  }

  get isRunning() {
    return this.#child?.isRunning ?? false;
  }

  async start() {
    if (this.#folder === undefined) {
      this.#folder = mkdtempSync(join(tmpdir(), "weft-postgres-"));
      if (asPostgres.length > 0) await run(["chown", "postgres:postgres", this.#folder]);
      const init = [join(programs(), "initdb"), "--pgdata", join(this.#folder, "data"), "--username", "postgres", "--auth", "trust"];
      await run([...init, "--encoding", "UTF8", "--no-locale", "--no-sync"], { asUser: asPostgres, cwd: "/" });
    }
    this.port ??= await freePort();
    const settings = [...this.settings, "listen_addresses=127.0.0.1", `unix_socket_directories=${this.#folder}`, `port=${this.port}`];
    this.#child = new Child(
      [join(programs(), "postgres"), "-D", join(this.#folder, "data"), ...settings.flatMap((setting) => ["-c", setting])],
      { asUser: asPostgres, cwd: "/" },
    );
    await until("PostgreSQL to answer", () => this.query("select 1").then((answer) => answer === "1", () => false), {
      state: () => this.#child.tail(),
      everyMs: 100,
    });
    return this;
  }

  /** Everything of it, at once: its own processes end when their parent does. */
  async kill() {
    await this.#child.end("SIGKILL");
  }

  async stop() {
    await this.#child.end("SIGINT");
  }

  async restart() {
    await this.#child.end("SIGKILL");
    return this.start();
  }

  /** The rows as text, columns with | between them. */
  async query(sql) {
    return (await run(["psql", this.url, "--no-psqlrc", "--tuples-only", "--no-align", "--command", sql])).trim();
  }

  tail() {
    return this.#child?.tail() ?? "PostgreSQL was not started.";
  }

  async remove() {
    await this.#child?.end("SIGKILL");
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
  }
}
