// SPDX-License-Identifier: Apache-2.0
// One run of one workload against one peer, and what several of them come to.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programs } from "./peers.mjs";
import { endServer, kGeneratorCore, onCore, outputOf } from "./processes.mjs";

/** The generator is said to have been the bottleneck above this share of its core, or below this share of its pace. */
const kGeneratorBusy = 0.95;
const kPaceKept = 0.98;

function driverCommand(peer, workload, servers, { seconds, warmUp }) {
  const listening = servers.filter(({ ready }) => ready.port !== undefined);
  const processes = servers.flatMap((server) => server.pids());
  const command = [programs.driver, "--wire", peer.wire, "--deed", workload.deed];
  for (const { ready } of listening) command.push("--port", String(ready.port));
  for (const pid of processes) command.push("--process", String(pid));
  if (listening[0].ready.hello) command.push("--hello", listening[0].ready.hello);
  command.push("--rooms", String(workload.rooms), "--people", String(workload.people));
  if (workload.listeners) command.push("--listeners", String(workload.listeners));
  command.push("--rate", String(workload.rate), "--seconds", String(seconds), "--warm-up", String(warmUp));
  return onCore(kGeneratorCore, command);
}

/** Starts the peer's servers anew, drives them once, ends them. A peer that fails gives {error}, and the others go on. */
export async function measure(peer, workload, settings) {
  const folder = mkdtempSync(join(settings.folder ?? tmpdir(), "weft-peers-"));
  const servers = [];
  try {
    await peer.start({ folder, instances: peer.instances ?? 1, started: servers });
    const command = driverCommand(peer, workload, servers, settings);
    const deadlineMs = (settings.seconds + settings.warmUp + 90) * 1000;
    return figures(workload, JSON.parse(await outputOf(command, deadlineMs)));
  } catch (error) {
    return { error: String(error.message).slice(0, 500) };
  } finally {
    for (const server of servers.reverse()) await endServer(server);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the driver counted, as figures to compare. */
function figures(workload, run) {
  const connections = workload.rooms * workload.people;
  const common = {
    server_cores: run.server_cpu_seconds / run.wall_seconds,
    generator_cores: run.generator_cpu_seconds / run.wall_seconds,
    connections_lost: run.lost,
  };
  if (workload.deed === "idle") {
    return { ...common, bytes_per_connection: (run.resident_after - run.resident_before) / connections };
  }
  const planned = workload.rate * connections * run.wall_seconds;
  return {
    us_per_delivery: run.delivered > 0 ? (run.server_cpu_seconds * 1e6) / run.delivered : null,
    deliveries_per_second: run.delivered / run.wall_seconds,
    delivered_share: run.delivered / (run.due * (workload.people - 1)),
    p50_ms: run.p50_us / 1000,
    p99_ms: run.p99_us / 1000,
    held_back: run.held_back,
    ...common,
    generator_limited: common.generator_cores > kGeneratorBusy || run.due < kPaceKept * planned,
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** The median of each figure over the runs that went through; a yes when any run said yes. */
export function summary(runs) {
  const good = runs.filter((run) => run.error === undefined);
  if (good.length === 0) return { error: runs.at(-1)?.error ?? "did not run" };
  const names = Object.keys(good[0]);
  const entries = names.map((name) => {
    const values = good.map((run) => run[name]);
    if (typeof values[0] === "boolean") return [name, values.includes(true)];
    const numbers = values.filter((value) => value !== null);
    return [name, numbers.length > 0 ? median(numbers) : null];
  });
  return Object.fromEntries(entries);
}
