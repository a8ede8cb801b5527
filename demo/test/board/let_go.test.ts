// SPDX-License-Identifier: Apache-2.0

import "../support/browser.js";

import { beforeEach, describe, expect, it, vi } from "vitest";

const toast = vi.hoisted(() => vi.fn());
vi.mock("../../src/chrome/toasts.js", () => ({ toast }));

import { letGo } from "../../src/board/let_go.js";
import { ui } from "../../src/ui.js";

const titles = (id: string): string => (id === "b" ? "" : id.toUpperCase());

describe("what is gone", () => {
  beforeEach(() => {
    toast.mockClear();
    ui.set({ selection: ["a", "b", "c"], renaming: "a", noteOf: "b", linkingFrom: "c" });
  });

  it("is not selected, written on or linked from any more, and it is said who did that", () => {
    letGo("remote", (id) => id === "c", titles);
    expect(ui.get()).toMatchObject({ selection: ["c"], renaming: undefined, noteOf: undefined, linkingFrom: "c" });
    expect(toast.mock.calls.map(([text]) => text)).toEqual(["“A” was deleted by somebody else."]);
  });

  it("may have had no title", () => {
    letGo("remote", (id) => id !== "b", titles);
    expect(toast.mock.calls.map(([text]) => text)).toEqual(["What you were at was deleted by somebody else."]);
  });

  it("needs no word when one deleted it oneself, and what is here stays", () => {
    letGo("local", (id) => id !== "c", titles);
    expect(ui.get()).toMatchObject({ selection: ["a", "b"], renaming: "a", noteOf: "b", linkingFrom: undefined });
    letGo("remote", (id) => id !== "c", titles);
    expect(toast).not.toHaveBeenCalled();
  });
});
