// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";

import { defineConfig, type Plugin } from "vite";

// While developing, `npm run dev` serves the page and passes the canvas on to a running server.
const server = process.env["WEFT_URL"] ?? "http://127.0.0.1:8080";

/** The licences of what is bundled, which ask to be there wherever the bundle is. */
function licences(): Plugin {
  const packages = new Set<string>();
  return {
    name: "licences",
    apply: "build",
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        const ids = chunk.type === "chunk" ? chunk.moduleIds : chunk.originalFileNames;
        for (const id of ids) {
          const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(id)?.[1];
          if (name !== undefined) packages.add(name);
        }
      }
      const source = [...packages].sort().map(licenceOf).join("\n\n");
      this.emitFile({ type: "asset", fileName: "licences.txt", source: `${source}\n` });
    },
  };
}

function licenceOf(name: string): string {
  const folders = ["node_modules", "../sdk/node_modules", "../sdk-react/node_modules"];
  for (const folder of folders) {
    for (const file of ["LICENSE", "LICENSE.md", "LICENCE"]) {
      try {
        return `${name}\n\n${readFileSync(new URL(`${folder}/${name}/${file}`, import.meta.url), "utf8").trim()}`;
      } catch {
        // Elsewhere, or under another name.
      }
    }
  }
  throw new Error(`the bundle holds ${name}, whose licence was not found`);
}

export default defineConfig({
  base: "./",
  plugins: [licences()],
  // One of each, though the linked packages have their own for their tests.
  resolve: { dedupe: ["react", "react-dom", "@weft/client"] },
  server: { proxy: { "/v1": { target: server, ws: true } } },
  preview: { proxy: { "/v1": { target: server, ws: true } } },
  worker: { format: "es" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      // Directives such as "use client" mean nothing in one bundle.
      onwarn: (warning, warn) => warning.code === "MODULE_LEVEL_DIRECTIVE" || warn(warning),
      output: { manualChunks: (id) => (/node_modules\/(react|react-dom|scheduler|@xyflow|d3-|zustand)/.test(id) ? "vendor" : undefined) },
    },
  },
});
