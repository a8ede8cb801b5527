// SPDX-License-Identifier: Apache-2.0
// What a run stands under: the machine, the commit, what was chosen.
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { isPinned, printed } from "./processes.mjs";

/** `folder`: where the servers' files go. */
export function machine(folder) {
  const processors = cpus();
  const system = /PRETTY_NAME="(.*)"/.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "";
  return {
    processor: processors[0].model.trim(),
    cores: processors.length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    kernel: `Linux ${release()}`,
    system,
    load_before: loadavg()[0],
    files_on: printed("stat", ["--file-system", "--format=%T", folder]),
    server_and_generator_on_cores_of_their_own: isPinned,
  };
}

export function commit() {
  return printed("git", ["describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]) || "unknown";
}

/** Those of `all` whose names stand in the text, with commas; all without a text. */
export function chosen(all, names) {
  if (names === undefined) return all;
  return names.split(",").map((name) => {
    const found = all.find((one) => one.name === name);
    if (!found) throw new Error(`there is no "${name}"; there are ${all.map((one) => one.name).join(", ")}`);
    return found;
  });
}
