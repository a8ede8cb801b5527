// SPDX-License-Identifier: Apache-2.0

import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

import { options } from "../tools/bundle.mjs";

/** What an application gets that does nothing but open canvases, @msgpack/msgpack apart. */
const kCoreBytesMax = 15 * 1024;

let dist: string;

/** The application's bundle, from the SDK as it is published. */
async function bundleOf(source: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: "." },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    external: ["@msgpack/msgpack"],
    plugins: [
      {
        name: "dist",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^@weft\/client$/ }, () => ({ path: "dist", namespace: "dist", sideEffects: false }));
          onLoad({ filter: /.*/, namespace: "dist" }, () => ({ contents: dist, resolveDir: "." }));
        },
      },
    ],
  });
  return outputFiles[0]!.text;
}

describe("size", () => {
  beforeAll(async () => {
    const { outputFiles } = await build({ ...(options as object), write: false });
    dist = outputFiles![0]!.text;
  });

  it("of what everybody needs is under 15 KB, gzipped", async () => {
    const core = await bundleOf('import { createClient } from "@weft/client"; createClient({ url: "" }).open("a");');
    const bytes = gzipSync(core, { level: 9 }).byteLength;
    console.log(`core: ${bytes} of ${kCoreBytesMax} bytes gzipped`);
    expect(bytes).toBeLessThan(kCoreBytesMax);
    expect(dist).toContain("createObjectStore");
    // Parts that are not asked for are not there.
    expect(core).not.toContain("createObjectStore");
    expect(core).not.toContain("is not an index");
  });

  it("grows with what is used, and all of it is still small", async () => {
    const all = gzipSync(await bundleOf('import * as weft from "@weft/client"; console.log(weft);'), { level: 9 }).byteLength;
    console.log(`everything: ${all} bytes gzipped`);
    expect(all).toBeLessThan(25 * 1024);
  });
});
