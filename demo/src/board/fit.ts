// SPDX-License-Identifier: Apache-2.0

import type { FitViewOptions } from "@xyflow/react";

/** What bars and panels cover of the page is left free. */
export function fitRoom(): NonNullable<FitViewOptions["padding"]> {
  const isNarrow = innerWidth <= 720;
  return isNarrow ? { top: "84px", bottom: "168px", left: "24px", right: "24px" } : { top: "96px", bottom: "148px", left: "64px", right: "64px" };
}
