// SPDX-License-Identifier: Apache-2.0
// Large canvases that are opened, by one and by many.
import { common, count, ms } from "../figures.mjs";

export const open = {
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

export const storm = {
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
