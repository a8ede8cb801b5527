// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { freeColor, kPersonColors, personColor } from "../../src/model/colors.js";

const person = (id: string, color?: unknown) => ({ user: { id }, presence: { color } });

describe("people's colours", () => {
  it("carry white letters: 4.5 to 1", () => {
    for (const color of kPersonColors) expect(1.05 / (luminance(color) + 0.05), color).toBeGreaterThanOrEqual(4.5);
  });
  it("are what the person says, if it is a colour", () => {
    expect(personColor(person("ada", "#123456"))).toBe("#123456");
    expect(kPersonColors).toContain(personColor(person("ada", "url(evil)")));
  });
  it("are others' only when all are taken", () => {
    const others = kPersonColors.slice(1).map((color, i) => person(`p${i}`, color));
    expect(freeColor("ada", others)).toBe(kPersonColors[0]);
    expect(kPersonColors).toContain(freeColor("ada", kPersonColors.map((color, i) => person(`p${i}`, color))));
  });
});

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
