// SPDX-License-Identifier: Apache-2.0

import { afterEach, describe, expect, it, vi } from "vitest";

import { randomId } from "../../src/lib/random_id.js";

describe("randomId", () => {
  afterEach(() => void vi.unstubAllGlobals());

  it.each([
    ["with crypto", () => {}],
    ["without", () => void vi.stubGlobal("crypto", undefined)],
  ])("is never the same twice, and fits any id (%s)", (_, prepare) => {
    prepare();
    const ids = Array.from({ length: 1_000 }, () => randomId());
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.every((id) => /^[A-Za-z0-9_-]{16}$/.test(id))).toBe(true);
  });
});
