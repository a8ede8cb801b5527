// SPDX-License-Identifier: Apache-2.0
// People who are just there.
import { common, count } from "../figures.mjs";
import { openFilesMax } from "../site.mjs";

/** Files that a process needs for other things than people. */
const kFilesBesides = 100;

const perConnection = (process, connections, overSeconds) => ({
  bytes: (process.resident_bytes_end - process.resident_bytes_before) / connections,
  cpu_us: (process.cpu_seconds * 1e6) / connections / overSeconds,
});

/** Whole rooms of ten within what this machine's processes may open. */
const roomsWithin = (wanted, filesEach) => Math.floor(Math.min(wanted, (openFilesMax - kFilesBesides) / filesEach) / 10);
const shortOf = (wanted, rooms) =>
  rooms * 10 < wanted ? `, of ${count(wanted)} (a process may open ${count(openFilesMax)} files here)` : "";

export const idle = {
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

export const idleTls = {
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
