// SPDX-License-Identifier: Apache-2.0
// People who edit, as fast as the server takes it.
import { common, coresOf, count, ms, ratio, seconds, sum } from "../figures.mjs";
import { kDurableRedis } from "../site.mjs";

/** People in rooms of ten, who change entities of their own. */
const kEditors = { rooms: 20, people: 10 };
const kFewEditors = { rooms: 2, people: 3 };
const titleOfEditors = ({ rooms, people }) => `${count(rooms * people)} clients in rooms of ${people}`;
/** No client is held up by its own rate. */
const kUnlimited = { pushesPerSecond: 1_000_000 };

const edits = (report) => ({
  acks_per_second: report.pushes.acks.commit / report.measured_seconds,
  asked_per_second: report.pushes.sent / report.measured_seconds,
  ack_p50_ms: ms(report.latency_us.ack, "p50"),
  ack_p99_ms: ms(report.latency_us.ack),
  push_p99_ms: ms(report.latency_us.push),
  ops_per_core_second: ratio(report.pushes.acks.commit, seconds(report.processes)),
  cores: coresOf(report),
  unanswered: report.pushes.sent - sum(Object.values(report.pushes.acks)),
  ...common(report),
});
const kEditFigures = [
  { name: "push_p99_ms", title: "push to the others, p99 ms" },
  { name: "cores", title: "CPU, cores (Redis's included)" },
  { name: "unanswered", title: "pushes without an answer", most: 0 },
  { name: "generator_cores", title: "generator's share of its core" },
];

export const memory = {
  name: "ops-memory",
  title: (size) => `concepts at full speed in memory, ${titleOfEditors(size)}`,
  full: { ...kEditors, inFlight: 64 },
  smoke: { ...kFewEditors, inFlight: 4 },
  figures: [
    { name: "ops_per_core_second", title: "ops applied, acknowledged and told to nine others, per second of CPU", least: 100_000 },
    { name: "acks_per_second", title: "the same, per second" },
    { name: "ack_p99_ms", title: "push to its ack, p99 ms" },
    ...kEditFigures,
  ],
  async measure(site, { rooms, people, inFlight }) {
    const weft = await site.weft({ data: ":memory:", ...kUnlimited });
    return edits(await site.bench("concepts", { rooms, people, inFlight }, { at: [weft] }));
  },
};

export const durable = {
  name: "ops-durable",
  title: (size) => `concepts on SQLite, synchronous FULL, ${titleOfEditors(size)}`,
  // A little more than is aimed at, so that a rate that is just met does not miss the aim by its rounding.
  full: { ...kEditors, rate: 202, inFlight: 64 },
  smoke: { ...kFewEditors, rate: 10, inFlight: 4 },
  figures: [
    { name: "acks_per_second", title: "acknowledged per second, open loop", least: 40_000 },
    { name: "ack_p99_ms", title: "push to its ack, p99 ms", most: 25 },
    { name: "full_speed_per_second", title: "acknowledged per second at full speed (64 in flight each)" },
    { name: "full_speed_ack_p99_ms", title: "push to its ack at full speed, p99 ms" },
    ...kEditFigures,
  ],
  async measure(site, { rooms, people, rate, inFlight }) {
    const weft = await site.weft(kUnlimited);
    const paced = await site.bench("concepts", { rooms, people, rate }, { at: [weft] });
    const hurried = edits(await site.bench("concepts", { rooms, people, inFlight }, { at: [weft] }));
    const { acks_per_second: full_speed_per_second, ack_p99_ms: full_speed_ack_p99_ms } = hurried;
    return { ...edits(paced), full_speed_per_second, full_speed_ack_p99_ms };
  },
};

export const overRedis = {
  name: "ops-redis",
  title: (size) => `concepts over Redis that syncs every edit, ${titleOfEditors(size)}, ${count(size.rooms * size.people * size.rate)} pushes/s`,
  full: { ...kEditors, rate: 25 },
  smoke: { ...kFewEditors, rate: 10 },
  figures: [
    { name: "ack_p99_ms", title: "push to its ack, p99 ms", most: 15 },
    { name: "acks_per_second", title: "acknowledged per second" },
    ...kEditFigures,
  ],
  async measure(site, { rooms, people, rate }) {
    const redis = await site.redis(kDurableRedis);
    const weft = await site.weft({ redis: redis.url });
    return edits(await site.bench("concepts", { rooms, people, rate }, { at: [weft], redis }));
  },
};
