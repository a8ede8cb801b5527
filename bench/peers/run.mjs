// SPDX-License-Identifier: Apache-2.0
// Weft and its peers under the same traffic, side by side: make bench-peers. README.md says what is measured and how.
//
//   node run.mjs [--peers a,b] [--workloads a,b] [--runs 3] [--seconds 5] [--warm-up 1.5] [--out results]
//
// Peers take turns within each workload, and begin elsewhere in each round, so that what else happens on the machine
// meets all alike. After every step the results so far are written to OUT/latest.json; report.mjs makes the pages of it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chosen, commit, machine } from "./conditions.mjs";
import { measure, summary } from "./measure.mjs";
import { missingPrograms, peers, versionsOfTools } from "./peers.mjs";
import { workloads } from "./workloads.mjs";

/** A peer that delivered less than this in a room is not asked to hold a bigger one. */
const kCurveShareMin = 0.7;

function settingsOf(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      peers: { type: "string" },
      workloads: { type: "string" },
      runs: { type: "string", default: "3" },
      seconds: { type: "string", default: "5" },
      "warm-up": { type: "string", default: "1.5" },
      out: { type: "string", default: fileURLToPath(new URL("results", import.meta.url)) },
    },
  });
  return {
    peers: chosen(peers, values.peers),
    workloads: chosen(workloads, values.workloads),
    runs: Number(values.runs),
    seconds: Number(values.seconds),
    warmUp: Number(values["warm-up"]),
    out: values.out,
  };
}

/** What is measured, in order: each workload's peers in turn, round by round. */
function* steps({ peers: chosenPeers, workloads: chosenWorkloads, runs }) {
  for (let round = 0; round < runs; ++round) {
    for (const workload of chosenWorkloads) {
      if (workload.isOnce && round > 0) continue;
      const taking = chosenPeers.filter((peer) => peer.deeds.includes(workload.for));
      for (let i = 0; i < taking.length; ++i) yield { workload, peer: taking[(i + round) % taking.length] };
    }
  }
}

/** Whether a smaller room was too much already. */
function isSpared(rows, { workload, peer }) {
  if (!workload.isCurve) return false;
  return rows.some(
    (row) =>
      row.is_curve && row.peer === peer.name && row.people < workload.people &&
      row.runs.some((run) => run.error !== undefined || run.delivered_share < kCurveShareMin),
  );
}

function rowFor(rows, { workload, peer }) {
  let row = rows.find((one) => one.peer === peer.name && one.workload === workload.name);
  if (row === undefined) {
    const { name, title, deed, rooms, people, rate, isCurve = false } = workload;
    row = { workload: name, title, deed, is_curve: isCurve, rooms, people, rate };
    Object.assign(row, { peer: peer.name, peer_title: peer.title, instances: peer.instances ?? 1 });
    Object.assign(row, { keeps: peer.keeps ?? "", runs: [], median: {} });
    rows.push(row);
  }
  return row;
}

function line({ workload, peer }, figures) {
  const head = `${workload.title.padEnd(38)} ${peer.title.padEnd(40)}`;
  if (figures.error) return `${head} failed: ${figures.error.split("\n")[0]}`;
  if (workload.deed === "idle") return `${head} ${(figures.bytes_per_connection / 1000).toFixed(1)} kB a connection`;
  const share = `${(figures.delivered_share * 100).toFixed(0)} %`.padStart(6);
  const cost = figures.us_per_delivery === null ? "   -" : figures.us_per_delivery.toFixed(2);
  const late = figures.generator_limited ? "  (the generator was the bottleneck)" : "";
  return `${head} ${cost.padStart(8)} us ${share}  p50 ${figures.p50_ms.toFixed(1)} p99 ${figures.p99_ms.toFixed(1)} ms${late}`;
}

export async function run(settings, tell = console.log) {
  const available = settings.peers.filter((peer) => peer.isAvailable?.() ?? true);
  for (const peer of settings.peers) {
    if (!available.includes(peer)) tell(`${peer.title}: this build has no --redis, left out`);
  }
  const missing = missingPrograms(available);
  if (missing.length > 0) throw new Error(`not built or installed: ${missing.join(", ")}; make bench-peers does both`);
  const folder = mkdtempSync(join(tmpdir(), "weft-peers-run-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

  const results = {
    date: new Date().toISOString(),
    commit: commit(),
    machine: machine(folder),
    versions: { tools: versionsOfTools() },
    settings: { runs: settings.runs, seconds: settings.seconds, warm_up_seconds: settings.warmUp },
    rows: [],
  };
  for (const peer of available) results.versions[peer.name] = peer.versions().filter((text) => text !== "");
  mkdirSync(settings.out, { recursive: true });
  for (const step of steps({ ...settings, peers: available })) {
    if (isSpared(results.rows, step)) continue;
    const figures = await measure(step.peer, step.workload, { ...settings, folder });
    const row = rowFor(results.rows, step);
    row.runs.push(figures);
    row.median = summary(row.runs);
    writeFileSync(join(settings.out, "latest.json"), JSON.stringify(results, null, 1));
    tell(line(step, figures));
  }
  return results;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Ends through exit, so that the servers and their files go too.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  try {
    await run(settingsOf(process.argv.slice(2)));
  } catch (error) {
    console.error(`bench-peers: ${error.message}`);
    process.exit(1);
  }
}
