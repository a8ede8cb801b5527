// SPDX-License-Identifier: Apache-2.0
// What is measured at scale, and what is aimed at. A row starts its servers (site.mjs), loads them and gives figures by name;
// `figures` says what they mean, `most` and `least` what is aimed at. `full` and `smoke` are the sizes; `isOnce`: not repeated.
import { durable, memory, overRedis } from "./rows/concepts.mjs";
import { curve, room, stalled, viewers } from "./rows/cursors.mjs";
import { idle, idleTls } from "./rows/idle.mjs";
import { open, storm } from "./rows/opening.mjs";
import { instances, shards } from "./rows/several.mjs";

export const rows = [room, viewers, curve, memory, durable, overRedis, open, storm, stalled, idle, idleTls, shards, instances];
