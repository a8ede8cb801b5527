// SPDX-License-Identifier: Apache-2.0

import { defineConfig } from "vite";

export default defineConfig({
  esbuild: { jsx: "automatic" },
  // @weft/react lies in this checkout, with a React of its own for its tests; a page may have one only.
  resolve: { dedupe: ["react", "react-dom"] },
  server: {
    // What the page of token-endpoint/ asks goes to its server.
    proxy: { "/api": process.env["API_URL"] ?? "http://127.0.0.1:3000" },
  },
});
