// SPDX-License-Identifier: Apache-2.0

import { centerOf, type Point } from "../model/geometry.js";
import { absolute, type Tree } from "../model/tree.js";
import { canvasId } from "../session.js";
import { createStore } from "../store.js";
import { toast } from "../chrome/toasts.js";
import type { FromCrowd, ToCrowd } from "./messages.js";

/** The crowd that this page has called. */
export const crowd = createStore<{ readonly isCalled: boolean; readonly here: number }>({ isCalled: false, here: 0 });

const kSpotsEveryMs = 2_000;
/** What the crowd points at; more makes no difference to look at. */
const kSpotsMax = 200;
/** Goodbyes are on their way by then. */
const kLeaveMs = 500;

let worker: Worker | undefined;
let telling: ReturnType<typeof setInterval> | undefined;

/** `spotsNow` says what there is to point at. */
export function callCrowd(spotsNow: () => readonly Point[]): void {
  if (worker !== undefined) return;
  const called = new Worker(new URL("./crowd.worker.ts", import.meta.url), { type: "module", name: "crowd" });
  worker = called;
  const post = (message: ToCrowd): void => called.postMessage(message);
  called.addEventListener("message", ({ data }: MessageEvent<FromCrowd>) => {
    if (worker !== called) return;
    if (data.type === "here") crowd.set({ here: data.count });
    else {
      toast(`The crowd was not let in: ${data.reason}`, { tone: "bad" });
      sendCrowdHome();
    }
  });
  called.addEventListener("error", () => {
    toast("The crowd could not be started in this browser.", { tone: "bad" });
    sendCrowdHome();
  });
  post({ type: "come", url: location.origin, canvasId, spots: spotsNow() });
  telling = setInterval(() => post({ type: "spots", spots: spotsNow() }), kSpotsEveryMs);
  // Otherwise they would stay for the grace of a lost link.
  addEventListener("pagehide", sendCrowdHome);
  crowd.set({ isCalled: true, here: 0 });
}

export function sendCrowdHome(): void {
  const leaving = worker;
  if (leaving === undefined) return;
  clearInterval(telling);
  removeEventListener("pagehide", sendCrowdHome);
  worker = undefined;
  leaving.postMessage({ type: "leave" } satisfies ToCrowd);
  setTimeout(() => leaving.terminate(), kLeaveMs);
  crowd.set({ isCalled: false, here: 0 });
}

/** The middles of what is on the map; around `middle` when there is nothing. */
export function spotsOn(tree: Tree, middle: Point): Point[] {
  const spots = [...tree.values()].filter(({ isGroup }) => !isGroup).map(({ id }) => centerOf(absolute(tree, id)!));
  if (spots.length > 0) return spots.slice(0, kSpotsMax);
  return [-1, 0, 1].flatMap((row) => [-1, 0, 1].map((column) => ({ x: middle.x + column * 260, y: middle.y + row * 170 })));
}
