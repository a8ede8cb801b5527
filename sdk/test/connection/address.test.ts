// SPDX-License-Identifier: Apache-2.0

import { afterEach, describe, expect, it, vi } from "vitest";

import { createClient } from "../../src/client.js";
import { addressOf } from "../../src/connection/address.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

const pageAt = (href: string): void => vi.stubGlobal("location", new URL(href)) as unknown as void;

describe("addresses", () => {
  it.each([
    ["ws://localhost:8080", "ws://localhost:8080"],
    ["http://localhost:8080/", "ws://localhost:8080"],
    ["https://weft.test", "wss://weft.test"],
    ["wss://weft.test/behind/a/path/", "wss://weft.test/behind/a/path"],
  ])("%s is %s", (url, address) => {
    expect(addressOf(url)).toBe(address);
  });

  it("may be relative to a page", () => {
    pageAt("https://app.test/board/7?x=1#y");
    expect(addressOf("/weft")).toBe("wss://app.test/weft");
  });

  it.each([
    ["", "is empty"],
    [undefined as never, "is empty"],
    ["/weft", "is not an address"],
    ["localhost:8080", "begins with none of"],
    ["ftp://weft.test", "begins with none of"],
    ["ws://weft.test?token=x", "? or # part"],
    ["ws://weft.test#x", "? or # part"],
    ["ws://ada:secret@weft.test", "password"],
  ])("that cannot be one are refused when the client is made: %s", (url, why) => {
    expect(() => createClient({ url, WebSocket: class {} })).toThrow(why);
    expect(() => createClient({ url: ["ws://weft.test", url], WebSocket: class {} })).toThrow(expect.objectContaining({ code: "bad_url" }));
  });

  it("without TLS are refused on a page with it, but for this machine", () => {
    pageAt("https://app.test/");
    expect(() => addressOf("ws://weft.test")).toThrow("use wss");
    expect(addressOf("ws://localhost:8080")).toBe("ws://localhost:8080");
  });

  it("are needed", () => {
    expect(() => createClient({ url: [], WebSocket: class {} })).toThrow("no address");
  });
});
