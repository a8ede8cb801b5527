// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";

import { useTraffic } from "../live/traffic.js";
import { CrowdSwitch } from "./crowd_switch.js";

/** What the server does right now, in three numbers. */
export function Readout(): ReactNode {
  const { people, updatesPerSecond, roundTripMs } = useTraffic();
  return (
    <section className="bar readout" aria-label="Live readout" data-testid="readout">
      <Figure value={people.toLocaleString("en")} unit={people === 1 ? "person" : "people"} testId="figure-people" />
      <Figure value={updatesPerSecond.toLocaleString("en")} unit="updates/s" testId="figure-updates" />
      <Figure title="There and back, once around the server" value={roundTripMs === undefined ? "–" : roundTripMs < 10 ? roundTripMs.toFixed(1) : Math.round(roundTripMs).toString()} unit="ms" testId="figure-latency" />
      <CrowdSwitch />
    </section>
  );
}

function Figure({ value, unit, testId, title }: { readonly value: string; readonly unit: string; readonly testId: string; readonly title?: string }): ReactNode {
  return (
    <span className="figure" title={title}>
      <b data-testid={testId}>{value}</b> {unit}
    </span>
  );
}
