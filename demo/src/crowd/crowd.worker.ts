// SPDX-License-Identifier: Apache-2.0

/**
 * The crowd: 100 people, each a client of its own with a WebSocket of its own, beside the page's thread. What they do
 * reaches the page only by way of the server.
 */

import { createClient } from "@weft/client";

import { kPersonColors } from "../model/colors.js";
import type { Point } from "../model/geometry.js";
import type { MapCanvas, MapTypes } from "../model/map.js";
import { kReactions } from "../model/reactions.js";
import { Flight } from "./flight.js";
import { kCrowdSize, type FromCrowd, type ToCrowd } from "./messages.js";
import { crowdName } from "./names.js";

/** One after another, as people come. */
const kComeEveryMs = 25;
const kMoveEveryMs = 50;
/** Each looks at a window this large around the pointer; the rest of the map reaches them slowly. */
const kViewHalf: Point = { x: 160, y: 120 };
const kViewEveryMs = 1_000;
/** Now and then somebody says something without words: all of them together about twice a second. */
const kReactionShare = 0.001;

interface Simulated {
  readonly canvas: MapCanvas;
  readonly flight: Flight;
  viewAtMs: number;
}

let people: Simulated[] = [];
let spots: readonly Point[] = [];
let coming: ReturnType<typeof setInterval> | undefined;
let moving: ReturnType<typeof setInterval> | undefined;

const tell = (message: FromCrowd): void => postMessage(message);
const tellCount = (): void => tell({ type: "here", count: people.filter(({ canvas }) => canvas.status.name === "live").length });

function come({ url, canvasId }: Extract<ToCrowd, { type: "come" }>): void {
  leave();
  coming = setInterval(() => {
    if (people.length === kCrowdSize) {
      clearInterval(coming);
      return;
    }
    const i = people.length;
    const client = createClient<MapTypes>({ url });
    const canvas = client.open(canvasId, {
      name: crowdName(i),
      presence: { color: kPersonColors[i % kPersonColors.length]!, isSimulated: true },
    });
    canvas.on("status", (status) => {
      tellCount();
      if (status.name === "refused") tell({ type: "failed", reason: status.reason });
    });
    const start = spots[i % Math.max(1, spots.length)] ?? { x: 0, y: 0 };
    people.push({ canvas, flight: new Flight(start, Math.random), viewAtMs: 0 });
  }, kComeEveryMs);
  moving = setInterval(move, kMoveEveryMs);
}

function move(): void {
  const nowMs = Date.now();
  for (const person of people) {
    const { canvas, flight } = person;
    if (canvas.status.name !== "live") continue;
    const { x, y } = flight.at(nowMs, spots);
    canvas.moveCursor(x, y);
    if (nowMs - person.viewAtMs >= kViewEveryMs) {
      person.viewAtMs = nowMs;
      canvas.setView([x - kViewHalf.x, y - kViewHalf.y, x + kViewHalf.x, y + kViewHalf.y]);
    }
    if (Math.random() < kReactionShare && canvas.canPresent) {
      canvas.send("reaction", { kind: kReactions[Math.floor(Math.random() * kReactions.length)]!.kind, x: Math.round(x), y: Math.round(y) });
    }
  }
}

function leave(): void {
  clearInterval(coming);
  clearInterval(moving);
  for (const { canvas } of people) canvas.close();
  people = [];
}

addEventListener("message", ({ data }: MessageEvent<ToCrowd>) => {
  switch (data.type) {
    case "come":
      spots = data.spots;
      come(data);
      break;
    case "spots":
      spots = data.spots;
      break;
    case "leave":
      leave();
      tellCount();
      break;
    default:
      data satisfies never;
  }
});
