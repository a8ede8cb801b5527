// SPDX-License-Identifier: Apache-2.0

import { useCallback, useSyncExternalStore } from "react";

import { useCanvas } from "../model/map.js";

/** Whether the role here may edit; a fresh token can change that. */
export function useCanEdit(): boolean {
  const canvas = useCanvas();
  const listen = useCallback(
    (listener: () => void) => {
      const stops = [canvas.on("role", listener), canvas.on("status", listener)];
      return () => stops.forEach((stop) => stop());
    },
    [canvas],
  );
  return useSyncExternalStore(listen, () => canvas.canEdit && canvas.status.name !== "refused" && canvas.status.name !== "closed");
}
