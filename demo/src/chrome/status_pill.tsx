// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, useState, type ReactNode } from "react";

import { useStatus, useSyncStatus } from "../model/map.js";
import { kLateAfterMs, kSavingAfterMs, sayStatus } from "../model/words.js";

/** How the link is, and what is not stored yet. */
export function StatusPill(): ReactNode {
  const status = useStatus();
  const { pendingCount } = useSyncStatus();
  const pendingForMs = usePendingFor(pendingCount);
  const { text, hint, tone } = sayStatus(status, pendingCount, pendingForMs);
  return (
    <span
      className={`status status-${tone}`}
      // Without a server the banner says it (banner.tsx).
      role={status.name === "offline" ? undefined : "status"}
      title={hint}
      data-testid="status"
      data-status={status.name}
      data-pending={pendingCount}
      data-late={status.name === "live" && pendingForMs >= kLateAfterMs}
    >
      <span className="status-dot" aria-hidden="true" />
      <span className="status-text">{text}</span>
    </span>
  );
}

/** How long something has been waiting for the server without a moment of nothing; renders when that begins to matter. */
function usePendingFor(pendingCount: number): number {
  const sinceMs = useRef<number | undefined>(undefined);
  const [, renew] = useState(0);
  const isPending = pendingCount > 0;
  if (!isPending) sinceMs.current = undefined;
  else sinceMs.current ??= Date.now();
  useEffect(() => {
    if (!isPending) return;
    const timers = [kSavingAfterMs, kLateAfterMs].map((afterMs) => setTimeout(() => renew((turn) => turn + 1), afterMs + 10));
    return () => timers.forEach(clearTimeout);
  }, [isPending]);
  return sinceMs.current === undefined ? 0 : Date.now() - sinceMs.current;
}
