// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What changes the database's files: the calls that SQLite makes for it, and those that make the file. */
export const kCalls = ["pwrite64", "fdatasync", "fsync", "ftruncate", "renameat2", "unlink"];

/** Fails with a sentence where processes may not be traced, so that nobody takes these tests for passed. */
export function requireStrace() {
  const { error, status, stderr } = spawnSync("strace", ["-f", "-o", "/dev/null", "true"]);
  assert.equal(
    error?.code ?? status,
    0,
    `These tests run the server under strace and so need the package strace and the permission to trace (ptrace): ${error?.message ?? stderr}`,
  );
}

export const databaseFiles = (data) => ["weft.db", "weft.db-wal"].map((name) => join(data, name));

/**
 * Arguments of strace that tamper with a call. `when` is K, K..L or K+; each thread counts for itself: the first one opens the
 * database, the store's does all else. `paths`: only calls on these files.
 */
export const tamper = (call, how, when, paths = []) => [
  ...["-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${call}:${how}:when=${when}`],
  ...paths.flatMap((path) => ["-P", path]),
];

/** Arguments that only write down the calls. */
export const watch = (file, calls, paths = []) => ["-o", file, "-e", `trace=${calls.join(",")}`, ...paths.flatMap((path) => ["-P", path])];

/** Places to tamper with, [{call, k}] in the order in which they came: each call as often as its busiest thread made it. */
export function placesIn(file) {
  const counts = new Map();
  const places = new Map();
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (call === undefined) continue;
    const key = `${thread} ${call}`;
    const k = (counts.get(key) ?? 0) + 1;
    counts.set(key, k);
    places.set(`${call} ${k}`, { call, k });
  }
  return [...places.values()];
}

/** At most `count` of the items, evenly, the first and the last among them. */
export function spread(items, count) {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / (count - 1))]);
}
