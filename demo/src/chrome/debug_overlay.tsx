// SPDX-License-Identifier: Apache-2.0

import { inspect, type Inspection } from "@weft/client";
import { useEffect, useState, type ReactNode } from "react";

import { useCanvas } from "../model/map.js";

const kEveryMs = 500;

/** ?weft=debug: what the SDK knows about itself. */
export function DebugOverlay(): ReactNode {
  const canvas = useCanvas();
  const [seen, setSeen] = useState(() => inspect(canvas));
  useEffect(() => {
    const timer = setInterval(() => setSeen(inspect(canvas)), kEveryMs);
    return () => clearInterval(timer);
  }, [canvas]);
  return (
    <section className="panel debug" aria-label="Debugging" data-testid="debug">
      <dl>
        {rowsOf(seen).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd data-testid={`debug-${name.replaceAll(" ", "-")}`}>{value}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="secondary" onClick={() => void navigator.clipboard?.writeText(JSON.stringify(seen, undefined, 2))}>
        Copy all
      </button>
    </section>
  );
}

function rowsOf(seen: Inspection): readonly (readonly [string, string])[] {
  const rate = (frames: number, bytes: number): string => `${frames.toFixed(0)} frames/s, ${(bytes / 1_024).toFixed(1)} KiB/s`;
  return [
    ["state", `${seen.state}, attempt ${seen.attempts}`],
    ["canvas", seen.canvas],
    ["actor", `${seen.actor ?? "–"} (${seen.role ?? "no role yet"})`],
    ["epoch and seq", `${seen.epoch ?? "–"} / ${seen.seq ?? "–"}`],
    ["pending", `${seen.pending}, ${seen.inFlight} in flight${seen.isKept ? ", kept" : ""}`],
    ["on the map", `${seen.concepts} nodes, ${seen.links} links, ${seen.people} people`],
    ["round trip", seen.roundTripMs === undefined ? "–" : `${seen.roundTripMs.toFixed(1)} ms, tick ${seen.tickMs} ms`],
    ["in", rate(seen.rates.framesIn, seen.rates.bytesIn)],
    ["out", rate(seen.rates.framesOut, seen.rates.bytesOut)],
    ["client", seen.client],
  ];
}
