// SPDX-License-Identifier: Apache-2.0

import type { FitViewOptions } from "@xyflow/react";

/** One step of zoom. */
export const kZoomMs = 160;
const kFitMs = 300;

/** What bars and panels cover of the page is left free. */
function fitRoom(): NonNullable<FitViewOptions["padding"]> {
  const isNarrow = innerWidth <= 720;
  return isNarrow ? { top: "84px", bottom: "168px", left: "24px", right: "24px" } : { top: "96px", bottom: "148px", left: "64px", right: "64px" };
}

/** For fitView: all of the map, no larger than life. */
export function wholeMap({ isGliding = true } = {}): FitViewOptions {
  return { padding: fitRoom(), maxZoom: 1, ...(isGliding && { duration: kFitMs }) };
}
