// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from "react";
import { inspect } from "@weft/client";

import { useCanvas } from "../model/map.js";

const kEveryMs = 1_000;
/** The SDK measures the round trip anew at most this often for the readout. */
const kPingEveryMs = 2_000;

export interface Traffic {
  readonly people: number;
  /** What others did that arrived here, per second: cursors and edits. */
  readonly updatesPerSecond: number;
  readonly roundTripMs: number | undefined;
}

/** What goes on, once a second; nothing is measured while the page is hidden. */
export function useTraffic(): Traffic {
  const canvas = useCanvas();
  const [traffic, setTraffic] = useState<Traffic>({ people: 1, updatesPerSecond: 0, roundTripMs: undefined });

  useEffect(() => {
    let updates = 0;
    let lastMs = performance.now();
    let pingedMs = 0;
    const stops = [
      canvas.on("cursors", (actors) => (updates += actors.length)),
      canvas.on("change", ({ origin, ids }) => (updates += origin === "remote" ? ids.size : 0)),
    ];
    const timer = setInterval(() => {
      const nowMs = performance.now();
      const updatesPerSecond = Math.round((updates * 1_000) / Math.max(1, nowMs - lastMs));
      updates = 0;
      lastMs = nowMs;
      if (document.hidden) return;
      if (canvas.status.name === "live" && nowMs - pingedMs >= kPingEveryMs) {
        pingedMs = nowMs;
        canvas.ping();
      }
      setTraffic({
        people: Math.max(1, canvas.people.size),
        updatesPerSecond,
        roundTripMs: canvas.status.name === "live" ? inspect(canvas).roundTripMs : undefined,
      });
    }, kEveryMs);
    return () => {
      clearInterval(timer);
      stops.forEach((stop) => stop());
    };
  }, [canvas]);
  return traffic;
}
