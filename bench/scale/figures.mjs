// SPDX-License-Identifier: Apache-2.0
// What the reports of weft bench come to.

/** Of people who hear the same frames, so many are enough to say what all hear. */
export const kListeners = 100;

export const sum = (values) => values.reduce((total, value) => total + value, 0);
export const ofRole = (report, role) => report.processes.filter((process) => process.role === role);
export const seconds = (processes) => sum(processes.map((process) => process.cpu_seconds));
export const coresOf = (report) => seconds(report.processes) / report.measured_seconds;
export const ms = (histogram, name = "p99") => histogram[name] / 1000;
export const count = (number) => number.toLocaleString("en-US");

/** null where the divisor was too little for the clock, whose step is 10 ms of CPU. */
export const ratio = (part, whole) => (whole > 0 ? part / whole : null);

/** What every row says of its generators and its people; several reports in one row count together. */
export const common = (...reports) => ({
  lost: sum(reports.map(({ people }) => people.wanted - people.here_at_end)),
  generator_cores: Math.max(...reports.map((report) => report.generator.cpu_share)),
  generator_limited: reports.some((report) => report.generator_limited),
  notes: reports.flatMap((report) => report.notes),
});
