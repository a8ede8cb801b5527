// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

export const root = new URL("../../../", import.meta.url);

/** The code in `page` between the first ```language after `mark` and the next ```. */
export function block(page, language, mark = "") {
  const text = readFileSync(new URL(page, root), "utf8");
  const after = text.indexOf(mark);
  assert.notEqual(after, -1, `${page} says nothing of ${mark}`);
  const found = new RegExp("^```" + language + "\\n(.*?)^```$", "ms").exec(text.slice(after));
  assert.ok(found, `${page} has no block of ${language} after "${mark}"`);
  return found[1];
}
