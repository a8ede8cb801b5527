// SPDX-License-Identifier: Apache-2.0
// Several shards, several instances.
import { isPinned, kGeneratorCore, kServerCore } from "../../peers/processes.mjs";
import { common, kListeners, ms, ofRole, ratio, seconds, sum } from "../figures.mjs";
import { kDurableRedis } from "../site.mjs";
import { cpus } from "node:os";
import { join } from "node:path";

/** Share of the busiest of the threads named so in what all of them used between two looks. */
function busiest(before, after, name) {
  const used = after
    .filter((thread) => thread.name.startsWith(name))
    .map(({ thread, ticks }) => ticks - (before.find((one) => one.thread === thread)?.ticks ?? 0));
  return ratio(Math.max(...used), sum(used));
}

/** With more than two cores the generator has the last one to itself; with two it shares one with a shard. */
const kAllCores = cpus().length > 2 ? `0-${cpus().length - 2}` : `${kServerCore},${kGeneratorCore}`;

export const shards = {
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
    const [one_us_per_delivery, two_us_per_delivery] = [one, two].map((report) => report.cpu_us_per_delivery.server ?? null);
    return {
      one_us_per_delivery,
      two_us_per_delivery,
      ratio: ratio(two_us_per_delivery, one_us_per_delivery),
      one_p99_ms: ms(one.latency_us.move),
      two_p99_ms: ms(two.latency_us.move),
      many_busiest_share: busiest(looks[0], looks[1], "shard"),
      crowd_busiest_share: busiest(looks[1], looks[2], "shard"),
      ...common(one, two, huge),
    };
  },
};

export const instances = {
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
    const perDelivery = (report) => ratio(seconds(report.processes) * 1e6, report.deliveries);
    return {
      alone_us_per_delivery: perDelivery(alone),
      shared_us_per_delivery: perDelivery(shared),
      ratio: ratio(perDelivery(shared), perDelivery(alone)),
      redis_share: ratio(seconds(ofRole(shared, "redis")), seconds(shared.processes)),
      alone_p99_ms: ms(alone.latency_us.move),
      shared_p99_ms: ms(shared.latency_us.move),
      ...common(alone, shared),
    };
  },
};
