// SPDX-License-Identifier: Apache-2.0

import { useEffect } from "react";

import { freeColor } from "../model/colors.js";
import { kSelectionShownMax, useCanvas, type MapCanvas } from "../model/map.js";
import { ui } from "../ui.js";

/** Keeps what others see of this page true: a colour that nobody else has, the selection, what is being written on. */
export function useOwnPresence(): void {
  const canvas = useCanvas();
  useEffect(() => {
    const show = (): void => {
      const { selection, renaming, noteOf } = ui.get();
      canvas.setPresence({ selection: selection.slice(0, kSelectionShownMax), editing: renaming ?? noteOf ?? null });
    };
    show();
    const stops = [ui.subscribe(show), canvas.on("people", () => takeColor(canvas))];
    return () => stops.forEach((stop) => stop());
  }, [canvas]);
}

/** Once, when it is known who else is here; tokens may have brought one. */
function takeColor(canvas: MapCanvas): void {
  const { me } = canvas;
  if (me === undefined || me.user.color !== undefined || me.presence.color !== undefined) return;
  canvas.setPresence({ color: freeColor(me.user.id, canvas.others.all) });
}
