// SPDX-License-Identifier: Apache-2.0

import "@xyflow/react/dist/base.css";
import "./styles/fonts.css";
import "./styles/theme.css";
import "./styles/base.css";
import "./styles/map.css";
import "./styles/chrome.css";
import "./styles/narrow.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app.js";
import { WeftProvider } from "./model/map.js";
import { canvasId, makeClient, ownName } from "./session.js";
import { showTheme } from "./ui.js";

showTheme();
document.title = `${canvasId} · Weft`;

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <WeftProvider client={makeClient()} canvas={canvasId} options={{ name: ownName() }}>
      <App />
    </WeftProvider>
  </StrictMode>,
);
