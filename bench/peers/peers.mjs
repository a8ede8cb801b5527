// SPDX-License-Identifier: Apache-2.0
// Who is compared: how each is started, what the driver speaks to it, and what it takes part in.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";
import { accepting, freePort, printed, startServer, until } from "./processes.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const build = process.env.WEFT_PEERS_BUILD ?? fileURLToPath(new URL("../../build", import.meta.url));
export const programs = {
  driver: join(build, "bench/peers/driver/weft_peers_driver"),
  limit: join(build, "bench/limit/weft_bare_limit"),
  weft: process.env.WEFT_BINARY ?? join(build, "weft"),
  redis: "redis-server",
  nginx: "/usr/sbin/nginx",
};

const require = createRequire(import.meta.url);
const version = (name) => JSON.parse(readFileSync(join(here, "node_modules", name, "package.json"), "utf8")).version;
/** Node as npm brings it: Hocuspocus and tldraw want a newer one than Debian 12 has. */
const node = () => require.resolve(`node-linux-${process.arch}/bin/node`);
const bun = () => join(here, "node_modules/.bin/bun");

const fromJson = (line) => {
  try {
    const { port, hello } = JSON.parse(line);
    return port === undefined ? undefined : { port, hello: hello ?? "" };
  } catch {
    return undefined;
  }
};
/** What a line of Weft's log says about being ready. */
export const fromWeft = (line) => {
  const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
  return port === undefined ? undefined : { port: Number(port), hello: "" };
};

/** Redis for this server alone, on the server's core; without persistence unless `settings` say otherwise. */
export async function startRedis(folder, settings = ["--appendonly", "no"]) {
  const port = await freePort();
  const command = [programs.redis, "--port", String(port), "--bind", "127.0.0.1", "--save", "", ...settings];
  const isReady = (line) => (line.includes("Ready to accept connections") ? true : undefined);
  const redis = await startServer([...command, "--dir", folder], { isReady });
  return { ...redis, url: `redis://127.0.0.1:${port}` };
}

/** A server in a file of servers/. */
const script = (runtime, file, { withRedis = false, env = () => ({}) } = {}) => ({
  async start({ folder, instances, started }) {
    const redis = withRedis ? await startRedis(folder) : undefined;
    if (redis) started.push(redis);
    for (let i = 0; i < instances; ++i) {
      const variables = { NODE_ENV: "production", ...(redis && { REDIS_URL: redis.url }), ...env(folder) };
      started.push(await startServer([runtime(), join(here, "servers", file)], { env: variables, isReady: fromJson }));
    }
  },
});

const limit = {
  start: async ({ started }) => started.push(await startServer([programs.limit], { isReady: fromJson })),
};

const weft = {
  async start({ folder, instances, started }) {
    const redis = instances > 1 ? await startRedis(folder) : undefined;
    if (redis) started.push(redis);
    for (let i = 0; i < instances; ++i) {
      const data = join(folder, `weft-${i}`);
      const cluster = redis === undefined ? [] : ["--redis", redis.url];
      const command = [programs.weft, "serve", "--listen", "127.0.0.1:0", "--data", data, "--shards", "1", ...cluster];
      started.push(await startServer([...command, "--drain-seconds", "0"], { isReady: fromWeft }));
    }
  },
};

const nchan = {
  async start({ folder, started }) {
    const port = await freePort();
    const file = join(folder, "nginx.conf");
    const text = readFileSync(join(here, "servers/nchan.conf"), "utf8");
    const user = process.getuid() === 0 ? "user root;\n" : "";
    writeFileSync(file, user + text.replaceAll("FOLDER", folder).replaceAll("PORT", String(port)));
    // nginx says nothing when it is ready, and its master ends the worker only when it is asked to end.
    const command = ["sh", "-c", `echo starting; exec ${programs.nginx} -p ${folder} -c ${file} -e stderr`];
    const isReady = (line) => (line === "starting" ? { port, hello: "" } : undefined);
    const server = await startServer(command, { isReady, deathSignal: "TERM" });
    started.push(server);
    await accepting(port);
    await until(() => server.pids().length > 1, "nginx has not started its worker");
  },
};

const npm = (...names) => names.map((name) => `${name} ${version(name)}`);

/**
 * `start` pushes each server to `started` as it comes up, so that all are ended also when a later one fails. `deeds`: what
 * it takes part in. `instances`: 1, or 2 that share their rooms through Redis. `versions`: what it is made
 * of. `keeps`: what an edit that is told to others has become by then.
 */
export const peers = [
  { name: "limit", title: "bare limit", wire: "limit", deeds: ["cursors", "idle"], ...limit, versions: () => [] },
  {
    name: "weft",
    title: "Weft",
    wire: "weft",
    deeds: ["cursors", "edits", "idle"],
    keeps: "committed to SQLite, `synchronous=FULL`",
    ...weft,
    versions: () => [printed(programs.weft, ["--version"])],
  },
  {
    name: "bun-publish",
    title: "Bun publish",
    wire: "bun",
    deeds: ["cursors", "idle"],
    ...script(bun, "bun_publish.mjs"),
    versions: () => npm("bun"),
  },
  {
    name: "bun-redis",
    title: "Bun + Redis + MessagePack",
    wire: "bun",
    deeds: ["cursors", "idle"],
    ...script(bun, "bun_redis.mjs", { withRedis: true }),
    versions: () => npm("bun", "redis", "@msgpack/msgpack"),
  },
  {
    name: "nchan",
    title: "Nchan (nginx)",
    wire: "nchan",
    deeds: ["cursors", "idle"],
    ...nchan,
    versions: () => [
      printed(programs.nginx, ["-v"]).replace(/^.*?: /, ""),
      `libnginx-mod-nchan ${printed("dpkg-query", ["-W", "-f=${Version}", "libnginx-mod-nchan"])}`,
    ],
  },
  {
    name: "socketio",
    title: "Socket.IO + Redis adapter",
    wire: "socketio",
    deeds: ["cursors", "idle"],
    ...script(node, "socketio.mjs", { withRedis: true }),
    versions: () => npm("socket.io", "@socket.io/redis-adapter", "redis", "bufferutil"),
  },
  {
    name: "y-websocket",
    title: "y-websocket",
    wire: "y-websocket",
    deeds: ["cursors", "edits", "idle"],
    keeps: "in memory",
    ...script(node, "y_websocket.mjs"),
    versions: () => npm("@y/websocket-server", "yjs", "ws"),
  },
  {
    name: "hocuspocus",
    title: "Hocuspocus",
    wire: "hocuspocus",
    deeds: ["cursors", "edits", "idle"],
    keeps: "in memory",
    ...script(node, "hocuspocus.mjs"),
    versions: () => npm("@hocuspocus/server", "yjs"),
  },
  {
    name: "tldraw",
    title: "tldraw sync",
    wire: "tldraw",
    deeds: ["edits"],
    keeps: "in memory",
    ...script(node, "tldraw.mjs"),
    versions: () => npm("@tldraw/sync-core", "ws"),
  },
  {
    name: "tldraw-sqlite",
    title: "tldraw sync with its SQLite storage",
    wire: "tldraw",
    deeds: ["edits"],
    keeps: "committed to SQLite, `synchronous=FULL`",
    ...script(node, "tldraw.mjs", { env: (folder) => ({ TLDRAW_DATA: folder }) }),
    versions: () => npm("@tldraw/sync-core", "ws"),
  },
  {
    name: "weft-two",
    title: "Weft, two instances",
    wire: "weft",
    deeds: ["shared"],
    instances: 2,
    ...weft,
    versions: () => [printed(programs.weft, ["--version"])],
    isAvailable: () => spawnSync(programs.weft, ["serve", "--help"], { encoding: "utf8" }).stdout.includes("--redis"),
  },
  {
    name: "bun-redis-two",
    title: "Bun + Redis + MessagePack, two instances",
    wire: "bun",
    deeds: ["shared"],
    instances: 2,
    ...script(bun, "bun_redis.mjs", { withRedis: true }),
    versions: () => npm("bun", "redis", "@msgpack/msgpack"),
  },
];

/** What all runs need besides; the run says what is missing and how to get it. */
export function missingPrograms(chosen) {
  const needed = new Set([programs.driver]);
  for (const peer of chosen) {
    if (peer.name === "limit") needed.add(programs.limit);
    if (peer.wire === "weft") needed.add(programs.weft);
    if (peer.name === "nchan") needed.add(programs.nginx);
  }
  return [...needed].filter((path) => !existsSync(path));
}

export function versionsOfTools() {
  return {
    redis: printed(programs.redis, ["--version"]).replace(/ sha=.*/, ""),
    node: existsSync(join(here, "node_modules")) ? printed(node(), ["--version"]) : "",
  };
}

