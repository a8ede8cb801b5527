// SPDX-License-Identifier: Apache-2.0

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // The tests share the SDK's fake server, so they run on its source.
  resolve: { alias: { "@weft/client": fileURLToPath(new URL("../sdk/src/index.ts", import.meta.url)) } },
  test: { include: ["test/**/*.test.{ts,tsx}"], environment: "happy-dom", testTimeout: 60_000 },
});
