// SPDX-License-Identifier: Apache-2.0
// What is measured at scale, and what is aimed at. A row starts its servers (site.mjs), loads them and gives figures by name;
// `figures` says what they mean, `most` and `least` what is aimed at. `full` and `smoke` are the sizes; `isOnce`: not repeated.
import { cpus } from "node:os";
import { join } from "node:path";
import { measure } from "../peers/measure.mjs";
import { peers, programs } from "../peers/peers.mjs";
import { isPinned, kGeneratorCore, kServerCore } from "../peers/processes.mjs";
import { kDurableRedis, openFilesMax } from "./site.mjs";

/** Of people who hear the same frames, so many are enough to say what all hear. */
const kListeners = 100;
/** Files that a process needs for other things than people. */
const kFilesBesides = 100;
const kMebibyte = 2 ** 20;

const sum = (values) => values.reduce((total, value) => total + value, 0);
const ofRole = (report, role) => report.processes.filter((process) => process.role === role);
const seconds = (processes) => sum(processes.map((process) => process.cpu_seconds));
const coresOf = (report) => seconds(report.processes) / report.measured_seconds;
const ms = (histogram, name = "p99") => histogram[name] / 1000;
const count = (number) => number.toLocaleString("en-US");

/** What every row says of its generators and its people; several reports in one row count together. */
const common = (...reports) => ({
  lost: sum(reports.map(({ people }) => people.wanted - people.here_at_end)),
  generator_cores: Math.max(...reports.map((report) => report.generator.cpu_share)),
  generator_limited: reports.some((report) => report.generator_limited),
  notes: reports.flatMap((report) => report.notes),
});

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
  us_per_delivery: report.cpu_us_per_delivery.server,
  deliveries_per_second: report.deliveries_per_second,
  ...common(report),
});

const room = {
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

const viewers = {
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

const curve = {
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
      growth: at("weft", last).cpu_us_per_person_second / at("weft", reference).cpu_us_per_person_second,
      beside_limit: at("weft", last).server_cores / at("limit", last).server_cores,
      generator_limited: at("weft", last).generator_limited,
    };
  },
};

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
  ops_per_core_second: report.pushes.acks.commit / seconds(report.processes),
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

const memory = {
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

const durable = {
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

const overRedis = {
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

const open = {
  name: "open",
  title: ({ entities }) => `opening a canvas of ${count(entities)} entities`,
  // Each canvas is opened once, so that none is helped by the one before.
  full: { entities: 50_000, canvases: 8, seconds: 4 },
  smoke: { entities: 300, canvases: 2, seconds: 0.5 },
  isOnce: true,
  figures: [
    { name: "warm_first_part_ms", title: "first snapshot part, somebody is there, longest ms", most: 50 },
    { name: "warm_document_ms", title: "whole document, somebody is there, longest ms" },
    { name: "warm_cpu_ms", title: "server CPU of such a join, ms" },
    { name: "cold_first_part_ms", title: "first snapshot part after a restart, longest ms" },
    { name: "cold_document_ms", title: "whole document after a restart, longest ms" },
    { name: "cold_cpu_ms", title: "server CPU of such a join, ms" },
  ],
  async measure(site, { entities, canvases, seconds: over }) {
    const joins = { rooms: canvases, people: 1, seconds: over };
    const first = await site.weft();
    const warm = await site.bench("join", { ...joins, entities }, { at: [first] });
    await site.stop(first);
    const second = await site.weft();
    const cold = await site.bench("join", { ...joins, entities: 0 }, { at: [second] });
    const figures = (state, { latency_us: latency, cpu_us_per_join: cost }) => ({
      [`${state}_first_part_ms`]: ms(latency.first_part, "max"),
      [`${state}_document_ms`]: ms(latency.document, "max"),
      [`${state}_cpu_ms`]: cost.server / 1000,
    });
    return { ...figures("warm", warm), ...figures("cold", cold), ...common(warm, cold) };
  },
};

const storm = {
  name: "storm",
  title: ({ entities, joiners }) => `${joiners} people join a canvas of ${count(entities)} entities at once, 50 move in another room of the shard`,
  full: { entities: 50_000, joiners: 200, others: 50, window: 4 },
  smoke: { entities: 300, joiners: 10, others: 5, window: 2.5 },
  isOnce: true,
  figures: [
    { name: "first_part_p99_ms", title: "first snapshot part, p99 ms" },
    { name: "document_p99_ms", title: "whole document, p99 ms" },
    { name: "cpu_ms_per_join", title: "server CPU of a join, ms" },
    { name: "quiet_p99_ms", title: "the other room's moves before, p99 ms" },
    { name: "storm_p99_ms", title: "the other room's moves meanwhile, p99 ms" },
    { name: "storm_max_ms", title: "the longest of them, ms" },
  ],
  async measure(site, { entities, joiners, others, window }) {
    const weft = await site.weft();
    const at = { at: [weft] };
    const moving = { people: others, canvasPrefix: "other", seed: 2, seconds: window, warmup: 1 };
    // Makes the canvas, and then somebody stays on it.
    await site.bench("join", { people: 1, entities, seconds: 0.1 }, at);
    const join = { people: joiners, entities: 0, seconds: 0.1 };
    const stays = site.bench("idle", { people: 1, seed: 3, seconds: 4 * window + 30 }, at);
    stays.catch(() => {}); // it ends with the server, before its time
    await new Promise((resolve) => setTimeout(resolve, 500));
    const alone = await site.bench("join", join, at);
    const quiet = await site.bench("cursors", moving, at);
    let crowd;
    const meanwhile = await site.bench("cursors", moving, {
      ...at,
      onProgress(line) {
        if (crowd === undefined && line.includes("measuring")) crowd = site.bench("join", { ...join, seed: 4 }, { ...at, isPolite: true });
      },
    });
    if (crowd === undefined) throw new Error("the window was over before anybody joined");
    const joined = await crowd;
    return {
      first_part_p99_ms: ms(alone.latency_us.first_part),
      document_p99_ms: ms(alone.latency_us.document),
      cpu_ms_per_join: alone.cpu_us_per_join.server / 1000,
      quiet_p99_ms: ms(quiet.latency_us.move),
      storm_p99_ms: ms(meanwhile.latency_us.move),
      storm_max_ms: ms(meanwhile.latency_us.move, "max"),
      ...common(alone, quiet, meanwhile),
      lost: common(alone, quiet, meanwhile, joined).lost,
    };
  },
};

const stalled = {
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
      ratio: stalled_p99_ms / reading_p99_ms,
      grown_mib: (server.resident_bytes_end - server.resident_bytes_begin) / kMebibyte,
      ...common(reading, stalling),
    };
  },
};

const perConnection = (process, connections, overSeconds) => ({
  bytes: (process.resident_bytes_end - process.resident_bytes_before) / connections,
  cpu_us: (process.cpu_seconds * 1e6) / connections / overSeconds,
});

/** Whole rooms of ten within what this machine's processes may open. */
const roomsWithin = (wanted, filesEach) => Math.floor(Math.min(wanted, (openFilesMax - kFilesBesides) / filesEach) / 10);
const shortOf = (wanted, rooms) =>
  rooms * 10 < wanted ? `, of ${count(wanted)} (a process may open ${count(openFilesMax)} files here)` : "";

const idle = {
  name: "idle",
  title: ({ connections }) => {
    const rooms = roomsWithin(connections, 1);
    return `${count(rooms * 10)} idle connections${shortOf(connections, rooms)}`;
  },
  // A window in which every connection is pinged once.
  full: { connections: 20_000, seconds: 25 },
  smoke: { connections: 50, seconds: 0.5 },
  isOnce: true,
  figures: [
    { name: "bytes", title: "resident memory of each, bytes", most: 2048 },
    { name: "cpu_us", title: "CPU of each per second, µs", most: 1 },
    { name: "lost", title: "people disconnected", most: 0 },
  ],
  async measure(site, { connections, seconds: window }) {
    const rooms = roomsWithin(connections, 1);
    const at = { at: [await site.weft()] };
    const report = await site.bench("idle", { rooms, people: 10, seconds: window }, at);
    return { ...perConnection(report.processes[0], rooms * 10, report.measured_seconds), ...common(report) };
  },
};

const idleTls = {
  name: "idle-tls",
  title: ({ connections }) => {
    const rooms = roomsWithin(connections, 2);
    return `${count(rooms * 10)} idle connections over TLS, through the HAProxy of deploy/${shortOf(connections, rooms)}`;
  },
  full: { connections: 20_000, seconds: 25 },
  smoke: { connections: 50, seconds: 0.5 },
  isOnce: true,
  figures: [
    { name: "bytes", title: "Weft's resident memory of each, bytes", most: 2048 },
    { name: "cpu_us", title: "Weft's CPU of each per second, µs", most: 1 },
    { name: "proxy_bytes", title: "HAProxy's resident memory of each, bytes" },
    { name: "proxy_cpu_us", title: "HAProxy's CPU of each per second, µs" },
    { name: "lost", title: "people disconnected", most: 0 },
  ],
  async measure(site, { connections, seconds: window }) {
    const rooms = roomsWithin(connections, 2);
    const weft = await site.weft();
    const proxy = await site.tlsProxy(weft);
    const client = await site.tlsClient(proxy.port);
    const watching = { at: [client], watched: [weft, proxy] };
    const report = await site.bench("idle", { rooms, people: 10, seconds: window }, watching);
    const of = ({ pid }) => perConnection(report.processes.find((process) => process.pid === pid), rooms * 10, report.measured_seconds);
    const { bytes: proxy_bytes, cpu_us: proxy_cpu_us } = of(proxy);
    return { ...of(weft), proxy_bytes, proxy_cpu_us, ...common(report) };
  },
};

/** Share of the busiest of the threads named so in what all of them used between two looks. */
function busiest(before, after, name) {
  const used = after
    .filter((thread) => thread.name.startsWith(name))
    .map(({ thread, ticks }) => ticks - (before.find((one) => one.thread === thread)?.ticks ?? 0));
  return Math.max(...used) / Math.max(1, sum(used));
}

/** With more than two cores the generator has the last one to itself; with two it shares one with a shard. */
const kAllCores = cpus().length > 2 ? `0-${cpus().length - 2}` : `${kServerCore},${kGeneratorCore}`;

const shards = {
  name: "shards",
  title: ({ rooms, people, crowd }) => `2 shards: ${rooms} rooms × ${people}, and 1 room × ${crowd}`,
  full: { rooms: 100, people: 10, crowd: 500 },
  smoke: { rooms: 4, people: 3, crowd: 10 },
  figures: [
    { name: "one_us_per_delivery", title: "many rooms on 1 shard: CPU per delivery, µs" },
    { name: "two_us_per_delivery", title: "many rooms on 2 shards: CPU per delivery, µs" },
    { name: "ratio", title: "the latter ÷ the former", most: 1.1 },
    { name: "one_p99_ms", title: "many rooms on 1 shard: p99 ms" },
    { name: "two_p99_ms", title: "many rooms on 2 shards: p99 ms" },
    { name: "many_busiest_share", title: "many rooms: the busier shard's share of the work" },
    { name: "crowd_busiest_share", title: "one huge room: the busier shard's share of the work" },
  ],
  async measure(site, { rooms, people, crowd }) {
    const single = await site.weft();
    const one = await site.bench("cursors", { rooms, people }, { at: [single] });
    await site.stop(single);
    const weft = await site.weft({ shards: 2, data: join(site.folder, "two"), ...(isPinned && { core: kAllCores }) });
    const at = { at: [weft] };
    const looks = [site.threads(weft.pid)];
    const two = await site.bench("cursors", { rooms, people, canvasPrefix: "many" }, at);
    looks.push(site.threads(weft.pid));
    const huge = await site.bench("cursors", { people: crowd, listeners: Math.min(crowd, kListeners), canvasPrefix: "crowd" }, at);
    looks.push(site.threads(weft.pid));
    const [one_us_per_delivery, two_us_per_delivery] = [one, two].map((report) => report.cpu_us_per_delivery.server);
    return {
      one_us_per_delivery,
      two_us_per_delivery,
      ratio: two_us_per_delivery / one_us_per_delivery,
      one_p99_ms: ms(one.latency_us.move),
      two_p99_ms: ms(two.latency_us.move),
      many_busiest_share: busiest(looks[0], looks[1], "shard"),
      crowd_busiest_share: busiest(looks[1], looks[2], "shard"),
      ...common(one, two, huge),
    };
  },
};

const instances = {
  name: "instances",
  title: ({ rooms, people }) => `${rooms} rooms × ${people}, two instances over Redis beside one alone`,
  full: { rooms: 40, people: 10 },
  smoke: { rooms: 2, people: 4 },
  figures: [
    { name: "alone_us_per_delivery", title: "one instance: CPU per delivery, µs" },
    { name: "shared_us_per_delivery", title: "two and Redis: CPU per delivery, µs" },
    { name: "ratio", title: "the latter ÷ the former", most: 1.6 },
    { name: "redis_share", title: "Redis's part of it" },
    { name: "alone_p99_ms", title: "one instance: p99 ms" },
    { name: "shared_p99_ms", title: "two and Redis: p99 ms" },
  ],
  async measure(site, { rooms, people }) {
    const single = await site.weft();
    const alone = await site.bench("cursors", { rooms, people }, { at: [single] });
    await site.stop(single);
    const redis = await site.redis(kDurableRedis);
    const both = [await site.weft({ redis: redis.url }), await site.weft({ redis: redis.url })];
    const shared = await site.bench("cursors", { rooms, people, seed: 2 }, { at: both, redis });
    const perDelivery = (report) => (seconds(report.processes) * 1e6) / report.deliveries;
    return {
      alone_us_per_delivery: perDelivery(alone),
      shared_us_per_delivery: perDelivery(shared),
      ratio: perDelivery(shared) / perDelivery(alone),
      redis_share: seconds(ofRole(shared, "redis")) / seconds(shared.processes),
      alone_p99_ms: ms(alone.latency_us.move),
      shared_p99_ms: ms(shared.latency_us.move),
      ...common(alone, shared),
    };
  },
};

export const rows = [room, viewers, curve, memory, durable, overRedis, open, storm, stalled, idle, idleTls, shards, instances];
