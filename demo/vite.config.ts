// SPDX-License-Identifier: Apache-2.0

import { defineConfig } from "vite";

// While developing, `npm run dev` serves the page and passes the canvas on to a running server.
const server = process.env["WEFT_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "./",
  server: { proxy: { "/v1": { target: server, ws: true } } },
  preview: { proxy: { "/v1": { target: server, ws: true } } },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
