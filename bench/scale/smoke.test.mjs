// SPDX-License-Identifier: Apache-2.0
// Every row of make bench-scale with few people for half a second: each of its figures is there, nobody is lost, every push is
// answered, and nothing is left running. Says nothing about speed. make test-scale
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { filled, report, verdict } from "./report.mjs";
import { rows } from "./rows.mjs";
import { run } from "./run.mjs";
import { Site } from "./site.mjs";

const kSettings = { runs: 1, seconds: 0.5, warmUp: 0.3, size: "smoke" };
const out = mkdtempSync(join(tmpdir(), "weft-scale-smoke-"));
after(() => rmSync(out, { recursive: true, force: true }));

/** All but the curve, whose programs make test does not build; bench-peers-smoke drives them. */
const driven = rows.filter((row) => row.smoke);
const results = await run({ ...kSettings, rows: driven, out }, () => {});

for (const row of results.rows) {
  test(`${row.row}: every figure is there`, () => {
    assert.equal(row.median.error, undefined);
    for (const { name } of row.figures) {
      const value = row.median[name];
      // Where so little was done that the clock did not move, a quotient is null.
      assert.ok(value === null || Number.isFinite(value), `${name} is ${value}`);
    }
    assert.equal(row.median.lost ?? 0, 0);
    assert.equal(row.median.unanswered ?? 0, 0);
    assert.equal(typeof row.median.generator_limited, "boolean");
  });
}

test("the results name machine, versions and commit", () => {
  const written = JSON.parse(readFileSync(join(out, "latest.json"), "utf8"));
  for (const name of ["processor", "cores", "kernel", "system", "open_files_max"]) assert.ok(written.machine[name], name);
  assert.ok(written.commit && written.date);
  assert.equal(written.versions.length, 3);
  assert.ok(written.versions.every((version) => /\d/.test(version)), written.versions.join());
});

test("a row whose server does not start is told as an error, and the others go on", async () => {
  const broken = { ...rows[0], measure: (site) => site.weft({ shards: "many" }) };
  const both = { ...kSettings, rows: [broken, rows[0]], out: join(out, "broken") };
  const [first, second] = (await run(both, () => {})).rows;
  assert.match(first.median.error, /shards/);
  assert.equal(second.median.error, undefined);
});

test("a row that fails leaves no process behind", { timeout: 60_000 }, async () => {
  const site = new Site(kSettings);
  const weft = await site.weft();
  const running = site.bench("idle", { people: 1, seconds: 600 }, { at: [weft] });
  await site.end();
  await assert.rejects(running);
  assert.throws(() => process.kill(weft.pid, 0), { code: "ESRCH" });
  assert.equal(existsSync(site.folder), false);
});

test("a figure meets its aim or does not, and a full generator proves nothing", () => {
  assert.equal(verdict({ most: 1 }, 1, false), "met");
  assert.equal(verdict({ most: 1 }, 1.01, false), "not met");
  assert.equal(verdict({ most: 0 }, 0, false), "met");
  assert.equal(verdict({ least: 10 }, 10, false), "met");
  assert.equal(verdict({ least: 10 }, 9, false), "not met");
  assert.equal(verdict({ most: 1 }, 0.5, true), "unclear: generator full");
  assert.equal(verdict({ most: 1 }, null, false), "not measured");
  assert.equal(verdict({}, 5, false), "");
});

/** Results with a curve, which is not driven here. */
function withCurve() {
  const series = [10, 100].flatMap((people) =>
    ["limit", "weft"].map((peer) => ({
      peer,
      peer_title: peer,
      people,
      median: { server_cores: peer === "limit" && people === 10 ? 0 : people / 1000, cpu_us_per_person_second: 1000, us_per_delivery: 1, p99_ms: 20, delivered_share: 1, generator_limited: people > 10 },
    })),
  );
  const curve = rows.find((row) => row.name === "curve");
  const median = { growth: 1, beside_limit: 1.1 };
  return { ...results, rows: [...results.rows, { row: "curve", title: "a curve", figures: curve.figures, runs: [median], notes: [], median, series }] };
}

test("a report is made of them", () => {
  const files = report(withCurve());
  assert.match(files["tables.md"], /at most 1 \| met/);
  assert.match(files["tables.md"], /0\.1 \(generator full\)/);
  assert.match(files["curve.svg"], /^<svg /);
  for (const text of Object.values(files)) assert.ok(!/NaN|undefined|Infinity/.test(text), text);
  assert.ok(!/NaN|undefined|Infinity/.test(report(results)["tables.md"]));
});

test("a page is filled in between its markers, and nowhere else", () => {
  const page = "above\n<!-- bench-scale:curve -->\nold\n<!-- /bench-scale:curve -->\n<!-- bench-peers:curve -->\nkept\n<!-- /bench-peers:curve -->\n";
  const text = filled(page, withCurve(), "there/");
  assert.match(text, /^above\n<!-- bench-scale:curve -->\n\| people in one room/);
  assert.match(text, /there\/curve\.svg/);
  assert.match(text, /kept/);
  assert.ok(!text.includes("old"));
});
