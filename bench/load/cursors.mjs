// SPDX-License-Identifier: Apache-2.0
// Server CPU for each cursor update that reaches another person: starts build/weft with one shard on a free port of
// this machine, lets everyone in a number of rooms move at a steady rate, and reads the server's CPU time from /proc.
//
//   node bench/load/cursors.mjs [rooms people [seconds]]      default: 1 x 100 and 100 x 10, 5 s each
//
// Workload: each person sends 20 cursor updates a second, spread evenly; everyone receives binary frames. The
// generator decodes every frame to count deliveries, on the other core; it says so when it could not keep its rate.
import { decodeMulti, encode } from "@msgpack/msgpack";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import WebSocket from "ws";

const kRate = 20; // updates a second and person
const kStepMs = 5;
const kWarmUpMs = 1500;
const kClockTicks = 100; // of /proc, a second

const weft = process.env.WEFT_BINARY ?? new URL("../../build/weft", import.meta.url).pathname;
const data = mkdtempSync(join(tmpdir(), "weft-load-"));
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("WEFT_")));
const server = spawn(weft, ["serve", "--listen", "127.0.0.1:0", "--data", data, "--shards", "1"], {
  stdio: ["ignore", "ignore", "pipe"],
  env: environment,
});

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function listening() {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("the server did not say where it listens within 10 s")), 10_000).unref();
    createInterface({ input: server.stderr }).on("line", (line) => {
      const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}

/** User and system seconds of the server so far. */
function cpuSeconds() {
  const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / kClockTicks;
}

function connect(port, canvas, client, count) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/canvases/${canvas}`, "weft.v1");
    socket.on("error", reject);
    socket.on("open", () => socket.send(encode([0, { client }])));
    socket.on("message", (data) => {
      resolve(socket);
      count(data);
    });
  });
}

async function measure(port, rooms, people, seconds) {
  let deliveries = 0;
  let sent = 0;
  let counting = false;
  const count = (data) => {
    if (!counting) return;
    // A person's own cursor comes back with the others' and does not count.
    for (const message of decodeMulti(data)) if (message[0] === 1) deliveries += message[2].length - 1;
  };
  const sockets = [];
  for (let i = 0; i < rooms * people; ++i) {
    sockets.push(await connect(port, `load-${rooms}-${i % rooms}`, `c${i}`, count));
  }
  let owed = 0;
  let next = 0;
  let before = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    owed += ((now - before) / 1000) * kRate * sockets.length;
    before = now;
    for (; owed >= 1; --owed) {
      sockets[next++ % sockets.length].send(encode([1, Math.floor(Math.random() * 4000), Math.floor(Math.random() * 4000)]));
      if (counting) ++sent;
    }
  }, kStepMs);
  await sleep(kWarmUpMs);
  counting = true;
  const cpu = cpuSeconds();
  const began = performance.now();
  await sleep(seconds * 1000);
  counting = false;
  const wall = (performance.now() - began) / 1000;
  const used = cpuSeconds() - cpu;
  clearInterval(timer);
  for (const socket of sockets) socket.terminate();
  await sleep(300);
  const wanted = kRate * sockets.length * wall;
  return {
    rooms,
    people,
    "updates/s": Math.round(sent / wall),
    "deliveries/s": Math.round(deliveries / wall),
    "server CPU %": Number(((used / wall) * 100).toFixed(1)),
    "us per delivery": Number(((used * 1e6) / deliveries).toFixed(2)),
    note: sent < wanted * 0.95 ? "the generator was the bottleneck" : "",
  };
}

try {
  const [rooms, people, seconds] = process.argv.slice(2).map(Number);
  const port = await listening();
  const runs = rooms ? [[rooms, people]] : [[1, 100], [100, 10]];
  const rows = [];
  for (const [r, p] of runs) rows.push(await measure(port, r, p, seconds || 5));
  console.table(rows);
} finally {
  server.kill();
  await new Promise((resolve) => server.once("exit", resolve));
  rmSync(data, { recursive: true, force: true });
}
