// SPDX-License-Identifier: Apache-2.0

import type { ReactNode } from "react";

import { canvasId } from "../session.js";
import { MapMenu } from "./map_menu.js";
import { StatusPill } from "./status_pill.js";

/** Which map this is, and how it is with the server. */
export function TopBar(): ReactNode {
  return (
    <header className="bar top-bar">
      <MapMenu />
      <img className="logo" src="./favicon.svg" alt="" width="26" height="26" />
      <h1>
        <span className="brand">Weft</span>
        <span className="map-name" data-testid="canvas-name">
          {canvasId}
        </span>
      </h1>
      <StatusPill />
    </header>
  );
}
