// SPDX-License-Identifier: Apache-2.0
// What a row starts: servers on their core, generators on theirs. All of it ends with the row.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromWeft, programs, startRedis } from "../peers/peers.mjs";
import { accepting, endServer, freePort, kGeneratorCore, kServerCore, onCore, outputOf, startServer } from "../peers/processes.mjs";

/** `make cluster` and docs/operations.md ask Redis for this: an acknowledged edit is on its disk. */
export const kDurableRedis = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"];
/** What people, furnishing, joining and leaving may take beside the window. */
const kBesidesMs = 240_000;
const kHaproxy = "/usr/sbin/haproxy";
const kDeployedProxy = fileURLToPath(new URL("../../deploy/haproxy.cfg", import.meta.url));

/** Files that a process of this machine may open. */
export const openFilesMax = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))[1]);

/** {peopleMax: 3} as --people-max 3. */
function flags(options) {
  return Object.entries(options).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    String(value),
  ]);
}

export class Site {
  #started = [];
  #generators = new Set();

  /** `settings`: {seconds, warmUp} of every window that does not say otherwise. */
  constructor(settings) {
    this.settings = settings;
    this.folder = mkdtempSync(join(settings.folder ?? tmpdir(), "weft-scale-"));
  }

  /** Ends what was started, the newest first; generators end when nobody is left on their servers. */
  async end() {
    for (const server of this.#started.reverse()) await endServer(server);
    await Promise.allSettled(this.#generators);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A Weft with one shard; `options` are flags of `weft serve`, `core` may name several ("0,1"). */
  async weft({ core = kServerCore, ...options } = {}) {
    const own = { listen: "127.0.0.1:0", data: join(this.folder, "data"), shards: 1, drainSeconds: 0, ...options };
    const server = await startServer([programs.weft, "serve", ...flags(own)], { isReady: fromWeft, core });
    this.#started.push(server);
    return { ...server, pid: server.child.pid, port: server.ready.port, url: `ws://127.0.0.1:${server.ready.port}` };
  }

  /** Ends one server before the row is over. */
  stop = (server) => endServer(server);

  async redis(settings) {
    const redis = await startRedis(this.folder, settings);
    this.#started.push(redis);
    return { ...redis, pid: redis.child.pid };
  }

  /** The proxy of deploy/ with TLS, in front of one Weft; `port` speaks TLS. */
  async tlsProxy(weft) {
    const key = join(this.folder, "key.pem");
    const certificate = join(this.folder, "certificate.pem");
    const subject = ["-subj", "/CN=localhost", "-days", "2"];
    const made = spawnSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", ...subject, "-keyout", key, "-out", certificate]);
    if (made.status !== 0) throw new Error(`openssl: ${made.error?.message ?? made.stderr}`);
    const both = join(this.folder, "proxy.pem");
    writeFileSync(both, readFileSync(key, "utf8") + readFileSync(certificate, "utf8"));
    const plain = 'bind "${WEFT_PROXY}"';
    const deployed = readFileSync(kDeployedProxy, "utf8");
    if (!deployed.includes(plain)) throw new Error(`${kDeployedProxy} has no ${plain}`);
    const instance = `127.0.0.1:${weft.port}`;
    return this.#haproxy("tls.cfg", deployed.replace(plain, `${plain} ssl crt ${both}`), (port) => ({
      WEFT_PROXY: `127.0.0.1:${port}`, WEFT_1: instance, WEFT_2: instance, WEFT_3: instance,
    }));
  }

  /** Puts TLS around what a generator says, for the server at `port`. Belongs to the generator, and runs on its core. */
  async tlsClient(port) {
    const config = [
      "defaults", " mode tcp", " timeout connect 10s", " timeout client 1h", " timeout server 1h",
      "frontend plain", ' bind "${WEFT_PROXY}"', " default_backend encrypted",
      "backend encrypted", ` server proxy 127.0.0.1:${port} ssl verify none`, "",
    ].join("\n");
    return this.#haproxy("client.cfg", config, (own) => ({ WEFT_PROXY: `127.0.0.1:${own}` }), kGeneratorCore);
  }

  async #haproxy(name, config, environment, core = kServerCore) {
    const file = join(this.folder, name);
    writeFileSync(file, config);
    const port = await freePort();
    // It says nothing when it is ready.
    const command = ["sh", "-c", `echo starting; exec ${kHaproxy} -db -q -f ${file}`];
    const isReady = (line) => (line === "starting" ? { port } : undefined);
    const server = await startServer(command, { isReady, core, env: environment(port) });
    this.#started.push(server);
    await accepting(port);
    return { ...server, pid: server.child.pid, port, url: `ws://127.0.0.1:${port}` };
  }

  /**
   * Runs `weft bench SCENARIO` with the flags in `options` and gives its report. `at`: where people connect; `watched` and
   * `redis`: whose processor time and memory are read. `isPolite` gives way to other generators. `onProgress` hears each line.
   */
  async bench(scenario, options, { at, watched = at, redis, isPolite = false, onProgress }) {
    const { seconds, warmUp } = this.settings;
    const isQuiet = ["join", "idle"].includes(scenario);
    const window = { seconds, ...(!isQuiet && { warmup: warmUp }), ...options };
    const targets = at.flatMap(({ url }) => ["--url", url]);
    const processes = watched.flatMap(({ pid }) => ["--pid", String(pid)]);
    if (redis) processes.push("--redis-pid", String(redis.pid));
    const command = [programs.weft, "bench", scenario, "--json", "--progress", ...flags(window), ...targets, ...processes];
    const polite = isPolite ? ["nice", "-n", "19"] : [];
    const deadlineMs = (window.seconds + (window.warmup ?? 0)) * 1000 + kBesidesMs;
    const output = outputOf(onCore(kGeneratorCore, [...polite, ...command]), deadlineMs, onProgress);
    this.#generators.add(output);
    const report = JSON.parse(await output);
    const gone = report.processes.find((process) => process.cpu_seconds === null);
    if (gone) throw new Error(`process ${gone.pid} (${gone.role}) ended during the run: ${report.notes.join(" ")}`);
    return report;
  }

  /** Processor time of each of the process's threads so far, in ticks of the kernel. */
  threads(pid) {
    return readdirSync(`/proc/${pid}/task`).map((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
      const nameEnd = stat.lastIndexOf(")");
      const fields = stat.slice(nameEnd + 2).split(" ");
      return { thread, name: stat.slice(stat.indexOf("(") + 1, nameEnd), ticks: Number(fields[11]) + Number(fields[12]) };
    });
  }
}
