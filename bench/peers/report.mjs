// SPDX-License-Identifier: Apache-2.0
// Tables and plots from results/latest.json: results/tables.md and results/*.svg; and the same tables between the markers
// of the pages that show them.
//
//   node report.mjs [RESULTS.json [PAGE.md ...]]
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { circumstances, fill, table } from "./markdown.mjs";
import { bars, curves } from "./plot.mjs";

const kBusyShare = 0.95; // of what was due; below it the cost of a delivery says little, since much was not delivered

const cost = (value) => (value < 0.1 ? value.toFixed(3) : value < 10 ? value.toFixed(2) : value.toFixed(1));
const time = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const percent = (share) => `${Math.min(100, Math.floor(share * 100 + 0.5))} %`;

/** "0.30 µs", with how much arrived when that was not nearly all. */
function costCell(row) {
  const { error, us_per_delivery: us, delivered_share: share, generator_limited: limited } = row?.median ?? {};
  if (row === undefined) return "–";
  if (error) return "failed";
  if (us === null) return "nothing arrived";
  const notes = [share < kBusyShare ? `${percent(share)} arrived` : "", limited ? "generator full" : ""].filter(Boolean);
  return `${cost(us)}${notes.length > 0 ? ` (${notes.join(", ")})` : ""}`;
}

function latencyCell(row) {
  if (row === undefined || row.median.error || row.median.us_per_delivery === null) return "–";
  return `${time(row.median.p50_ms)} / ${time(row.median.p99_ms)}`;
}

const named = (row) => (row.peer.startsWith("weft") ? `**${row.peer_title}**` : row.peer_title);
const unique = (values) => [...new Set(values)];
const find = (rows, peer, workload) => rows.find((row) => row.peer === peer && row.workload === workload);

/** Peers down, workloads across: cost, and latency below each other. */
function compare(rows, workloadNames, { withKeeps = false } = {}) {
  const taking = rows.filter((row) => workloadNames.includes(row.workload));
  const names = workloadNames.filter((name) => taking.some((row) => row.workload === name));
  if (names.length === 0) return "Not measured yet.";
  const heads = names.flatMap((name) => [taking.find((row) => row.workload === name).title, "p50 / p99 ms"]);
  const lines = unique(taking.map((row) => row.peer)).map((peer) => {
    const first = taking.find((row) => row.peer === peer);
    const cells = names.flatMap((name) => [costCell(find(taking, peer, name)), latencyCell(find(taking, peer, name))]);
    return [named(first), ...(withKeeps ? [first.keeps] : []), ...cells];
  });
  return table(["µs per delivery", ...(withKeeps ? ["told to others when"] : []), ...heads], lines);
}

function curveTable(rows) {
  const curve = rows.filter((row) => row.is_curve);
  if (curve.length === 0) return "Not measured yet.";
  const sizes = unique(curve.map((row) => row.people)).sort((a, b) => a - b);
  const lines = unique(curve.map((row) => row.peer)).map((peer) => {
    const own = curve.filter((row) => row.peer === peer);
    return [named(own[0]), ...sizes.map((people) => costCell(own.find((row) => row.people === people)))];
  });
  return table(["people in one room", ...sizes.map(String)], lines);
}

function idleTable(rows) {
  const idle = rows.filter((row) => row.deed === "idle");
  if (idle.length === 0) return "Not measured yet.";
  const lines = idle.map((row) => [
    named(row),
    row.median.error ? "failed" : `${(row.median.bytes_per_connection / 1000).toFixed(1)} kB`,
  ]);
  return table([`${idle[0].rooms * idle[0].people} connections`, "resident memory of each"], lines);
}

function conditions({ date, commit, machine, versions, settings }) {
  const { tools, ...ofPeers } = versions;
  const parts = unique([...Object.values(ofPeers).flat(), tools.redis, tools.node && `Node ${tools.node}`].filter(Boolean));
  return [
    `${circumstances({ date, commit, machine })} ` +
      `Medians of ${settings.runs} runs of ${settings.seconds} s each after ${settings.warm_up_seconds} s of warm-up.`,
    `Versions: ${parts.join("; ")}.`,
  ].join("\n\n");
}

/** The few figures for a first page: cost alone, of those who take part in cursors. */
function summaryTable(rows) {
  const names = ["cursors-1x100", "cursors-100x10", "edits-20x10"].filter((name) => rows.some((row) => row.workload === name));
  const taking = rows.filter((row) => names.includes(row.workload));
  if (taking.length === 0) return "Not measured yet.";
  const lines = unique(taking.map((row) => row.peer)).map((peer) => [
    named(taking.find((row) => row.peer === peer)),
    ...names.map((name) => costCell(find(taking, peer, name))),
  ]);
  const title = (name) => {
    const row = taking.find(({ workload }) => workload === name);
    return row.deed === "edits" ? `edits, ${row.title}` : `cursors, ${row.title}`;
  };
  return table(["server CPU, µs per delivery", ...names.map(title)], lines);
}

/** The texts between the markers, by the markers' names. `folder` is the way from the page to the plots. */
function sections(results, folder) {
  const { rows } = results;
  const names = Object.keys(plots(rows));
  const plot = (name, what) => (names.includes(name) ? `\n\n![${what}](${folder}${name})` : "");
  return {
    conditions: conditions(results),
    summary: summaryTable(rows),
    cursors:
      compare(rows, ["cursors-1x100", "cursors-1x300", "cursors-1x500", "cursors-100x10"]) +
      plot("cursors.svg", "Server CPU for each cursor delivered, as bars"),
    curve: curveTable(rows) + plot("curve.svg", "Server CPU for each cursor delivered, over the people in one room"),
    edits:
      compare(rows, ["edits-1x30", "edits-20x10"], { withKeeps: true }) +
      plot("edits.svg", "Server CPU for each edit delivered, as bars"),
    shared: compare(rows, ["shared-40x10"]),
    idle: idleTable(rows),
  };
}

/** The plots that can be drawn of what was measured, by their files' names. */
function plots(rows) {
  const files = {};
  const plotted = (row) => !row.median.error && row.median.us_per_delivery > 0;
  const curve = rows.filter((row) => row.is_curve && plotted(row));
  if (curve.length > 0) {
    const title = "Server CPU for each cursor delivered, one room, 20 updates/s each";
    files["curve.svg"] = curves(curve, { title, x: "people in the room", y: "µs, logarithmic" });
  }
  for (const deed of ["cursors", "edits"]) {
    const measured = rows.filter((row) => row.deed === deed && plotted(row) && row.instances === 1);
    const shown = measured.filter((row) => !row.is_curve || row.people === 100);
    if (shown.length > 0) files[`${deed}.svg`] = bars(shown, { title: `Server CPU per delivery, ${deed}, µs` });
  }
  return files;
}

/** All files of a report by name. */
export function report(results) {
  const parts = sections(results, "");
  const headings = {
    cursors: "Cursors",
    curve: "One room that grows",
    edits: "Concept edits",
    shared: "Two instances over Redis",
    idle: "Idle connections",
  };
  const tables = ["# Weft and others, side by side", "How it was measured: [README.md](../README.md).", parts.conditions];
  for (const [name, heading] of Object.entries(headings)) tables.push(`## ${heading}`, parts[name]);
  return { "tables.md": `${tables.join("\n\n")}\n`, ...plots(results.rows) };
}

/** The page with each `<!-- bench-peers:NAME -->` … `<!-- /bench-peers:NAME -->` filled in. */
export const filled = (page, results, folder) => fill(page, "bench-peers", sections(results, folder));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const here = dirname(fileURLToPath(import.meta.url));
  const [file = join(here, "results/latest.json"), ...pages] = process.argv.slice(2);
  const results = JSON.parse(readFileSync(file, "utf8"));
  for (const [name, text] of Object.entries(report(results))) writeFileSync(join(dirname(file), name), text);
  for (const page of pages) {
    const folder = relative(dirname(page), dirname(file)) || ".";
    writeFileSync(page, filled(readFileSync(page, "utf8"), results, `${folder}/`));
  }
}
