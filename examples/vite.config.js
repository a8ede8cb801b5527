// SPDX-License-Identifier: Apache-2.0

import { defineConfig } from "vite";

export default defineConfig({
  // Below each example's own folder, so that several may run at once.
  cacheDir: "node_modules/.vite",
  // As in a build: then Vite knows all that is imported before the first page asks for it, and reloads none.
  esbuild: { jsx: "automatic", jsxDev: false },
  // @weft/react lies in this checkout, with a React of its own for its tests; a page may have one only.
  resolve: { dedupe: ["react", "react-dom"] },
  server: {
    // What the page of token-endpoint/ asks goes to its server.
    proxy: { "/api": process.env["API_URL"] ?? "http://127.0.0.1:3000" },
  },
});
