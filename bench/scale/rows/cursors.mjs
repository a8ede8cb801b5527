// SPDX-License-Identifier: Apache-2.0
// People who move: large rooms, viewers, the curve, and people who stop reading.
import { measure } from "../../peers/measure.mjs";
import { peers, programs } from "../../peers/peers.mjs";
import { common, coresOf, count, kListeners, ms, ratio } from "../figures.mjs";

const cursorFigures = [
  { name: "cores", title: "server CPU, cores", most: 1 },
  { name: "p99_ms", title: "move to the others, p99 ms", most: 100 },
  { name: "lost", title: "people disconnected", most: 0 },
  { name: "us_per_delivery", title: "server CPU per delivery, µs" },
  { name: "generator_cores", title: "generator's share of its core" },
];
const cursors = (report) => ({
  cores: coresOf(report),
  p50_ms: ms(report.latency_us.move, "p50"),
  p99_ms: ms(report.latency_us.move),
  us_per_delivery: report.cpu_us_per_delivery.server ?? null,
  deliveries_per_second: report.deliveries_per_second,
  ...common(report),
});

export const room = {
  name: "room",
  title: ({ people }) => `1 room × ${count(people)}, all moving at 20/s`,
  full: { people: 1000 },
  smoke: { people: 20 },
  figures: cursorFigures,
  async measure(site, { people }) {
    const weft = await site.weft();
    return cursors(await site.bench("cursors", { people, listeners: Math.min(people, kListeners) }, { at: [weft] }));
  },
};

export const viewers = {
  name: "viewers",
  title: ({ viewers: watching, movers }) => `1 room × ${count(watching)} viewers, ${movers} movers at 20/s`,
  full: { viewers: 10_000, movers: 50 },
  smoke: { viewers: 30, movers: 3 },
  isOnce: true,
  figures: cursorFigures,
  async measure(site, { viewers: watching, movers }) {
    const people = watching + movers;
    const weft = await site.weft({ sessionsPerCanvasMax: people });
    return cursors(await site.bench("cursors", { people, movers, listeners: Math.min(people, kListeners) }, { at: [weft] }));
  },
};

export const curve = {
  name: "curve",
  title: ({ sizes }) => `1 room of ${sizes[0]} to ${count(sizes.at(-1))}, beside the bare limit`,
  full: { sizes: [10, 30, 100, 300, 1000, 2000], reference: 100 },
  isOnce: true,
  /** Driven as in bench/peers, so that both servers hear the same generator. Has no `smoke`: make test does not build these. */
  needs: [programs.driver, programs.limit],
  figures: [
    { name: "growth", title: "CPU per person, 2,000 people ÷ 100", most: 1 },
    { name: "beside_limit", title: "CPU with 2,000 people ÷ the bare limit's" },
  ],
  async measure(site, { sizes, reference }) {
    const compared = ["limit", "weft"].map((name) => peers.find((peer) => peer.name === name));
    const series = [];
    for (const people of sizes) {
      for (const peer of compared) {
        const workload = { deed: "cursors", rooms: 1, people, rate: 20, listeners: Math.min(people, kListeners) };
        const median = await measure(peer, workload, { ...site.settings, folder: site.folder });
        if (median.error) throw new Error(`${peer.title}, ${people} people: ${median.error}`);
        median.cpu_us_per_person_second = (median.server_cores * 1e6) / people;
        series.push({ peer: peer.name, peer_title: peer.title, people, median });
      }
    }
    const last = sizes.at(-1);
    const at = (name, people) => series.find((one) => one.peer === name && one.people === people).median;
    return {
      series,
      growth: ratio(at("weft", last).cpu_us_per_person_second, at("weft", reference).cpu_us_per_person_second),
      beside_limit: ratio(at("weft", last).server_cores, at("limit", last).server_cores),
      generator_limited: at("weft", last).generator_limited,
    };
  },
};

const kMebibyte = 2 ** 20;

export const stalled = {
  name: "stalled",
  title: ({ people }) => `1 room × ${people}, a tenth stops reading`,
  // Shorter than the 10 s after which somebody who does not read is told to come back later.
  full: { people: 100, seconds: 8 },
  smoke: { people: 20, seconds: 1 },
  figures: [
    { name: "reading_p99_ms", title: "move to the others, all read, p99 ms" },
    { name: "stalled_p99_ms", title: "move to the others, a tenth does not read, p99 ms" },
    { name: "ratio", title: "the latter ÷ the former", most: 1.1 },
    { name: "grown_mib", title: "memory that the server took meanwhile, MiB", most: 1 },
    { name: "lost", title: "people disconnected", most: 0 },
  ],
  async measure(site, { people, seconds: window }) {
    const at = { at: [await site.weft()] };
    // The same movers: those who stall do not move.
    const reading = await site.bench("cursors", { people, movers: people * 0.9, seconds: window }, at);
    const stalling = await site.bench("stalled", { people, stalledShare: 0.1, seconds: window, seed: 2 }, at);
    const [server] = stalling.processes;
    const reading_p99_ms = ms(reading.latency_us.move);
    const stalled_p99_ms = ms(stalling.latency_us.move);
    return {
      reading_p99_ms,
      stalled_p99_ms,
      ratio: ratio(stalled_p99_ms, reading_p99_ms),
      grown_mib: (server.resident_bytes_end - server.resident_bytes_begin) / kMebibyte,
      ...common(reading, stalling),
    };
  },
};
