// SPDX-License-Identifier: Apache-2.0
// Starts servers, each on its core, and ends every one of them by its pid, also when the run fails or is killed.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";

export const kServerCore = 0;
export const kGeneratorCore = 1;
/** With one core there is nothing to keep apart; the results say so. */
export const isPinned = availableParallelism() > 1;

const kReadyMs = 30_000;
const kEndMs = 10_000;
const kStderrCharsMax = 4000;
const running = new Set();

/** The command, on a core of its own (or cores: "0,1"), that ends when this process does, whatever it ends of. */
export function onCore(core, command, deathSignal = "KILL") {
  const pin = isPinned ? ["taskset", "-c", String(core)] : [];
  return [...pin, "setpriv", "--pdeathsig", deathSignal, ...command];
}

/**
 * Starts a server on its core and waits until `isReady` takes a line of its output; what that returns is `ready`.
 * Of its standard error the end is kept, for the message when it fails.
 */
export async function startServer(command, { env = {}, isReady, deathSignal, core = kServerCore }) {
  const [program, ...args] = onCore(core, command, deathSignal);
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("WEFT_"));
  const child = spawn(program, args, {
    env: { ...Object.fromEntries(kept), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  let errors = "";
  child.stderr.on("data", (data) => (errors = (errors + data).slice(-kStderrCharsMax)));
  const ready = await new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${command[0]}: ${why}. ${errors}`));
    const timer = setTimeout(() => fail(`not ready within ${kReadyMs / 1000} s`), kReadyMs);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code, signal) => fail(`ended with ${signal ?? code} before it was ready`));
    const see = (line) => {
      const answer = isReady(line);
      if (answer === undefined) return;
      clearTimeout(timer);
      resolve(answer);
    };
    createInterface({ input: child.stdout }).on("line", see);
    createInterface({ input: child.stderr }).on("line", see);
  });
  return { ready, child, pids: () => withChildren(child.pid) };
}

/** Runs the command to its end; its output, or an error with what it said. `onError` hears what it says meanwhile. */
export function outputOf([program, ...args], deadlineMs, onError = () => {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], timeout: deadlineMs, killSignal: "SIGKILL" });
    let output = "";
    let errors = "";
    child.stdout.on("data", (data) => (output += data));
    child.stderr.on("data", (data) => {
      errors = (errors + data).slice(-kStderrCharsMax);
      onError(String(data));
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(errors.trim() || `${program} ended with ${signal ?? code}`));
    });
  });
}

/** Waits until it is so. */
export async function until(isSo, otherwise) {
  const deadline = Date.now() + kReadyMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`${otherwise} within ${kReadyMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until something accepts on the port. */
export function accepting(port) {
  const attempt = () =>
    new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("error", () => resolve(false));
      socket.once("connect", () => {
        socket.destroy();
        resolve(true);
      });
    });
  return until(attempt, `nothing accepts on port ${port}`);
}

/** Ends a server: SIGTERM, and SIGKILL when it takes long. */
export async function endServer({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), kEndMs);
  await ended;
  clearTimeout(timer);
}

process.once("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The process and all below it. */
function withChildren(pid) {
  const parents = new Map();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(") ") + 2).split(" ")[1]));
    } catch {
      // It has ended since.
    }
  }
  const family = [pid];
  for (const member of family) {
    for (const [child, parent] of parents) if (parent === member) family.push(child);
  }
  return family;
}

/** What a command prints, on one line, for lists of versions. */
export function printed(command, args) {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  return error ? "" : `${stdout}${stderr}`.trim().split("\n")[0];
}
