// SPDX-License-Identifier: Apache-2.0

import { createContext, useContext } from "react";

import type { Holders } from "../live/holders.js";
import type { Point } from "../model/geometry.js";
import type { Edits } from "./edits.js";
import type { Shapes } from "./shapes.js";

/** What the parts of the page share about the map. Lives as long as the canvas is open. */
export interface Board {
  readonly edits: Edits;
  readonly shapes: Shapes;
  readonly holders: Holders;
  /** Where the pointer is on the map; undefined while it is not over it. */
  readonly pointer: { at: Point | undefined };
}

export const BoardContext = createContext<Board | undefined>(undefined);

export function useBoard(): Board {
  const board = useContext(BoardContext);
  if (board === undefined) throw new Error("this belongs inside a BoardContext");
  return board;
}
