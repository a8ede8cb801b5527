// SPDX-License-Identifier: Apache-2.0
// The table of figures and aims, and the curve, from results/latest.json: results/tables.md and results/curve.svg; and the same
// between the `<!-- bench-scale:… -->` markers of pages.
//
//   node report.mjs [RESULTS.json [PAGE.md ...]]
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { circumstances, fill, table } from "../peers/markdown.mjs";
import { curves } from "../peers/plot.mjs";

/** Three figures that count, and thousands in groups. */
function written(value) {
  if (value === null || value === undefined) return "–";
  if (Math.abs(value) >= 100 || value === 0) return Math.round(value).toLocaleString("en-US");
  return Number(value.toPrecision(3)).toString();
}

function aimOf({ most, least }) {
  if (most !== undefined) return most === 0 ? "none" : `at most ${written(most)}`;
  return least === undefined ? "" : `at least ${written(least)}`;
}

/** What a figure says of its aim. A generator that was full asked for less, and so proves nothing. */
export function verdict({ most, least }, value, isGeneratorFull) {
  if (most === undefined && least === undefined) return "";
  if (value === null || value === undefined) return "not measured";
  if (isGeneratorFull) return "unclear: generator full";
  return (most === undefined || value <= most) && (least === undefined || value >= least) ? "met" : "not met";
}

/** Title, figure, value, aim and verdict of every figure; a row's title stands at its first. */
function lines({ rows }) {
  return rows.flatMap(({ title, figures, median, runs }) => {
    if (runs.length === 0) return [[title, "not run", "", "", ""]];
    if (median.error) return [[title, `failed: ${median.error.split("\n")[0]}`, "", "", "failed"]];
    return figures.map((figure, i) => {
      const value = median[figure.name];
      const isFull = median.generator_limited === true;
      return [i === 0 ? title : "", figure.title, written(value), aimOf(figure), verdict(figure, value, isFull)];
    });
  });
}

const kHeads = ["", "figure", "measured", "aim", ""];

/** The table for a terminal: what was not met is easy to find. */
export function forTerminal(results) {
  const text = results.rows.flatMap((row) => [
    "",
    row.title,
    ...lines({ rows: [row] }).map(([, figure, value, aim, said]) =>
      `  ${figure.padEnd(76)} ${value.padStart(10)}  ${aim.padEnd(17)} ${said}`.trimEnd(),
    ),
    ...row.notes.map((note) => `  ${note}`),
  ]);
  return text.join("\n").trim();
}

function figureTable(results) {
  const cells = lines(results).map(([title, figure, value, aim, said]) => [title && `**${title}**`, figure, value, aim, said]);
  return table(kHeads, cells);
}

const seriesOf = ({ rows }) => rows.find((row) => row.series)?.series ?? [];

function curveTable(results) {
  const series = seriesOf(results);
  if (series.length === 0) return "Not measured yet.";
  const sizes = [...new Set(series.map(({ people }) => people))];
  const of = (peer, people) => series.find((one) => one.peer === peer && one.people === people).median;
  const across = (cell) => sizes.map((people) => cell(of("weft", people), of("limit", people)));
  const cores = ({ server_cores: value, generator_limited: isFull }) => `${written(value)}${isFull ? " (generator full)" : ""}`;
  return table(
    ["people in one room", ...sizes.map((people) => people.toLocaleString("en-US"))],
    [
      ["**Weft**, cores", ...across((weft) => cores(weft))],
      ["bare limit, cores", ...across((_, limit) => cores(limit))],
      ["**Weft**, µs of CPU for each person and second", ...across((weft) => written(weft.cpu_us_per_person_second))],
      ["**Weft**, µs of CPU for each delivery", ...across((weft) => written(weft.us_per_delivery))],
      ["**Weft**, p99 ms", ...across((weft) => written(weft.p99_ms))],
    ],
  );
}

function conditions({ date, commit, machine, versions, settings }) {
  return [
    `${circumstances({ date, commit, machine })} A process may open ${machine.open_files_max.toLocaleString("en-US")} files. Windows of ` +
      `${settings.seconds} s after ${settings.warm_up_seconds} s of warm-up, medians of ${settings.runs} runs; the curve, joins, idle connections and the viewers once.`,
    `Versions: ${versions.join("; ")}.`,
  ].join("\n\n");
}

function plots(results) {
  // A server that took less than the clock's step has no place on a logarithmic scale.
  const series = seriesOf(results).filter(({ median }) => median.server_cores > 0);
  if (series.length === 0) return {};
  const title = "Server CPU over the people in one room, 20 updates/s each";
  return { "curve.svg": curves(series, { title, x: "people in the room", y: "cores, logarithmic", figure: "server_cores" }) };
}

/** The texts between the markers, by the markers' names. `folder` is the way from the page to the plots. */
function sections(results, folder) {
  const plot = seriesOf(results).length > 0 ? `\n\n![Server CPU over the people in one room](${folder}curve.svg)` : "";
  return { conditions: conditions(results), figures: figureTable(results), curve: curveTable(results) + plot };
}

/** All files of a report by name. */
export function report(results) {
  const parts = sections(results, "");
  const text = ["# Weft at scale", "How it was measured: [README.md](../README.md).", parts.conditions, parts.figures];
  return { "tables.md": `${[...text, "## One room that grows", parts.curve].join("\n\n")}\n`, ...plots(results) };
}

/** The page with each `<!-- bench-scale:NAME -->` … `<!-- /bench-scale:NAME -->` filled in. */
export const filled = (page, results, folder) => fill(page, "bench-scale", sections(results, folder));

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
