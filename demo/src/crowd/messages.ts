// SPDX-License-Identifier: Apache-2.0

import type { Point } from "../model/geometry.js";

export const kCrowdSize = 100;

/** From the page to the worker. */
export type ToCrowd =
  | { readonly type: "come"; readonly url: string; readonly canvasId: string; readonly spots: readonly Point[] }
  /** What there is to point at now. */
  | { readonly type: "spots"; readonly spots: readonly Point[] }
  | { readonly type: "leave" };

/** From the worker to the page. */
export type FromCrowd = { readonly type: "here"; readonly count: number } | { readonly type: "failed"; readonly reason: string };
