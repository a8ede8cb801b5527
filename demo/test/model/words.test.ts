// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { count, listed, sayRefusal, sayStatus } from "../../src/model/words.js";

describe("words", () => {
  it("count", () => {
    expect([count(1, "edit"), count(2, "edit"), count(0, "person", "people")]).toEqual(["1 edit", "2 edits", "0 people"]);
  });
  it("list names, and only count many", () => {
    expect(listed(["Ada"])).toBe("Ada");
    expect(listed(["Ada", "Bo"])).toBe("Ada and Bo");
    expect(listed(["Ada", "Bo", "Cleo"])).toBe("Ada, Bo and 1 other");
    expect(listed([])).toBe("");
  });
  it("say what is not stored, the longer it takes the clearer", () => {
    expect(sayStatus({ name: "live" }, 1, 100).text).toBe("Live");
    expect(sayStatus({ name: "live" }, 1, 1_000).text).toBe("Saving…");
    expect(sayStatus({ name: "live" }, 2, 4_000).text).toBe("Not stored yet · 2 edits");
    expect(sayStatus({ name: "offline", reason: "" }, 0, 0).text).toBe("Offline");
    expect(sayStatus({ name: "offline", reason: "" }, 1, 0).text).toBe("Offline · 1 unsynced edit");
  });
  it("say something else for every reason to be refused", () => {
    const titles = [4002, 4003, 4004, 4005, 4006, 4100, 4101, undefined].map((code) => sayRefusal(code, true).title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});
