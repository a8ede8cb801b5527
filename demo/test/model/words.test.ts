// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from "vitest";

import { count, cut, listed, sayKept, sayNotKept, sayRefusal, sayStatus } from "../../src/model/words.js";

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
    expect(sayStatus({ name: "live" }, 0, 0)).toMatchObject({ text: "Live", hint: expect.stringContaining("Every edit is stored") });
    expect(sayStatus({ name: "live" }, 1, 100)).toMatchObject({ text: "Live", hint: expect.stringContaining("not confirmed") });
    expect(sayStatus({ name: "live" }, 1, 1_000).text).toBe("Saving…");
    expect(sayStatus({ name: "live" }, 2, 4_000).text).toBe("Not stored yet · 2 edits");
    expect(sayStatus({ name: "offline", reason: "" }, 0, 0).text).toBe("Offline");
    expect(sayStatus({ name: "offline", reason: "" }, 1, 0).text).toBe("Offline · 1 unsynced edit");
  });
  it("say where edits are while there is no server", () => {
    expect(sayKept(0, true)).toBe("You can go on working.");
    expect(sayKept(2, true)).toBe("2 edits kept here and sent when it is back.");
    expect(sayKept(0, false)).toMatch(/in this tab only/);
    expect(sayKept(1, false)).toMatch(/^1 edit in this tab only/);
    expect(sayNotKept("edits are not kept: full")).toMatch(/^Edits are not kept: full\. /);
  });
  it("are cut between characters", () => {
    expect(cut("Ada", 3)).toBe("Ada");
    expect(cut("Ada Lovelace", 3)).toBe("Ada");
    expect(cut("🦊🦊🦊🦊", 3)).toBe("🦊🦊🦊");
    expect(cut("x".repeat(4_000), 40)).toHaveLength(40);
  });
  it("say something else for every reason to be refused", () => {
    const titles = [4002, 4003, 4004, 4005, 4006, 4100, 4101, undefined].map((code) => sayRefusal(code, true).title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});
