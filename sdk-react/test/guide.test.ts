// SPDX-License-Identifier: Apache-2.0

// @vitest-environment node

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, expect, it } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const pages = ["sdk/README.md", "sdk-react/README.md", "README.md", ...readdirSync(join(root, "docs/guide")).map((name) => `docs/guide/${name}`)];

/** What a snippet may speak of without saying where it comes from. */
const kAround = `
import type { Canvas, Point, Rect } from "@weft/client";
declare global {
  const canvas: Canvas;
  const actor: number;
  const element: HTMLElement;
  function draw(actor: number, at: Point | undefined): void;
  function showRect(view: Rect): void;
}
`;

mkdirSync(join(here, "../node_modules/.cache"), { recursive: true });
const folder = mkdtempSync(join(here, "../node_modules/.cache/guide-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Snippet {
  readonly where: string;
  readonly file: string;
}

function snippets(): Snippet[] {
  return pages.flatMap((page) => {
    const text = readFileSync(join(root, page), "utf8");
    return [...text.matchAll(/^```(tsx?)\n(.*?)^```$/gms)].map(([, language, code], i) => {
      const file = join(folder, `${page.replaceAll(/\W/g, "_")}_${i}.${language}`);
      writeFileSync(file, `${code}\nexport {};\n`);
      return { where: `${page}, block ${i + 1} of code`, file };
    });
  });
}

it("every snippet of the guide and the READMEs compiles", () => {
  const all = snippets();
  expect(all.length).toBeGreaterThan(15);
  const around = join(folder, "around.ts");
  writeFileSync(around, kAround);
  const program = ts.createProgram([around, ...all.map(({ file }) => file)], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    jsx: ts.JsxEmit.ReactJSX,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    paths: { "@weft/client": [join(root, "sdk/src/index.ts")], "@weft/react": [join(root, "sdk-react/src/index.ts")] },
  });
  const complaints = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const where = all.find((snippet) => snippet.file === file?.fileName)?.where ?? file?.fileName;
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    return `${where}, line ${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  expect(complaints).toEqual([]);
});
