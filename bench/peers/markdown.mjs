// SPDX-License-Identifier: Apache-2.0
// Tables, and pages that have places for them.

/** The first column is text, the others are numbers. */
export function table(heads, rows) {
  const align = heads.map((_, i) => (i === 0 ? "---" : "--:"));
  return [heads, align, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The page with each `<!-- LABEL:NAME -->` … `<!-- /LABEL:NAME -->` filled in with `parts[NAME]`; others stay as they are. */
export function fill(page, label, parts) {
  const place = new RegExp(`(<!-- ${label}:(\\w+) -->\\n)[\\s\\S]*?(<!-- /${label}:\\2 -->)`, "g");
  return page.replace(place, (whole, begin, name, end) =>
    parts[name] === undefined ? whole : `${begin}${parts[name]}\n${end}`,
  );
}

/** A sentence or two about what results were made of and on; the arguments stand in each results file. */
export function circumstances({ date, commit, machine }) {
  const places = machine.server_and_generator_on_cores_of_their_own
    ? "server on core 0, generator on core 1"
    : "**server and generator shared one core**";
  return (
    `Commit ${commit}, ${date.slice(0, 10)}. ${machine.processor}, ${machine.cores} cores, ${machine.memory_gib} GiB, ` +
    `${machine.system}, ${machine.kernel}; load ${machine.load_before.toFixed(2)} before the start; ${places}; databases on ${machine.files_on}.`
  );
}
