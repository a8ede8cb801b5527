// SPDX-License-Identifier: Apache-2.0
// Weft at scale against what is aimed at: make bench-scale. README.md says what is measured and how.
//
//   node run.mjs [--rows a,b] [--runs 3] [--seconds 5] [--warm-up 1.5] [--out results]
//
// After every step the results so far are written to OUT/latest.json; report.mjs makes the pages of it.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chosen, commit, machine } from "../peers/conditions.mjs";
import { summary } from "../peers/measure.mjs";
import { programs } from "../peers/peers.mjs";
import { printed } from "../peers/processes.mjs";
import { forTerminal } from "./report.mjs";
import { rows } from "./rows.mjs";
import { openFilesMax, Site } from "./site.mjs";

function settingsOf(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      rows: { type: "string" },
      runs: { type: "string", default: "3" },
      seconds: { type: "string", default: "5" },
      "warm-up": { type: "string", default: "1.5" },
      out: { type: "string", default: fileURLToPath(new URL("results", import.meta.url)) },
    },
  });
  const number = (name) => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new Error(`--${name} is "${values[name]}" but must be a number above 0`);
    return value;
  };
  return {
    rows: chosen(rows, values.rows),
    size: "full",
    runs: number("runs"),
    seconds: number("seconds"),
    warmUp: number("warm-up"),
    out: values.out,
  };
}

function versions() {
  return [
    printed(programs.weft, ["--version"]),
    printed(programs.redis, ["--version"]).replace(/ sha=.*/, ""),
    printed("/usr/sbin/haproxy", ["-v"]).replace(/ \d{4}\/.*/, ""),
  ];
}

/** One run of one row. A row that fails gives {error}, and the others go on. */
async function figuresOf(row, settings) {
  const site = new Site(settings);
  try {
    return await row.measure(site, row[settings.size]);
  } catch (error) {
    return { error: String(error.message).slice(0, 500) };
  } finally {
    await site.end();
  }
}

/** `size`: "full" or "smoke", the sizes of rows.mjs. */
export async function run(settings, tell = console.log) {
  const missing = [...new Set([programs.weft, ...settings.rows.flatMap((row) => row.needs ?? [])])].filter((path) => !existsSync(path));
  if (missing.length > 0) throw new Error(`not built: ${missing.join(", ")}; make bench-scale does it`);
  const folder = mkdtempSync(join(tmpdir(), "weft-scale-run-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const results = {
    date: new Date().toISOString(),
    commit: commit(),
    machine: { ...machine(folder), open_files_max: openFilesMax },
    versions: versions(),
    settings: { runs: settings.runs, seconds: settings.seconds, warm_up_seconds: settings.warmUp },
    rows: settings.rows.map((row) => ({
      row: row.name,
      title: row.title(row[settings.size]),
      figures: row.figures,
      runs: [],
      notes: [],
      median: {},
    })),
  };
  mkdirSync(settings.out, { recursive: true });
  for (let round = 0; round < settings.runs; ++round) {
    for (const [i, row] of settings.rows.entries()) {
      if (row.isOnce && round > 0) continue;
      const began = Date.now();
      const { series, notes = [], ...figures } = await figuresOf(row, { ...settings, folder });
      const result = results.rows[i];
      if (series) result.series = series;
      result.notes.push(...notes.filter((note) => !result.notes.includes(note)));
      result.runs.push(figures);
      result.median = summary(result.runs);
      writeFileSync(join(settings.out, "latest.json"), JSON.stringify(results, null, 1));
      const took = `${((Date.now() - began) / 1000).toFixed(0)} s`.padStart(5);
      tell(`${took}  ${result.title}${figures.error ? `: failed: ${figures.error.split("\n")[0]}` : ""}`);
    }
  }
  return results;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Ends through exit, so that the servers and their files go too.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  try {
    const results = await run(settingsOf(process.argv.slice(2)));
    console.log(`\n${forTerminal(results)}`);
    if (results.rows.some((row) => row.median.error)) process.exit(1);
  } catch (error) {
    console.error(`bench-scale: ${error.message}`);
    process.exit(1);
  }
}
