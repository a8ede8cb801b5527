// SPDX-License-Identifier: Apache-2.0

/**
 * Makes dist/index.js: one module without the SDK's own private names, which end in an underscore and are shortened,
 * because bundlers of applications must leave property names alone. What an application does not import is left out
 * by its bundler. dist/*.d.ts is made by tsc.
 */

import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

/** How the SDK is put together; the size test measures the same. */
export const options = {
  entryPoints: [fileURLToPath(new URL("../src/index.ts", import.meta.url))],
  bundle: true,
  format: "esm",
  target: "es2022",
  packages: "external",
  mangleProps: /_$/,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = fileURLToPath(new URL("../dist/", import.meta.url));
  // What an earlier build put there must not be published.
  await rm(dist, { recursive: true, force: true });
  await build({ ...options, sourcemap: true, sourcesContent: true, outfile: `${dist}index.js` });
}
