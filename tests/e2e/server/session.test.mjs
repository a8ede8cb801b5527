// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";

import { Client, create, JsonPeer, Outcome, Server } from "./support/peer.mjs";
import { roomCases } from "./support/room_cases.mjs";
import { Weft } from "./support/weft.mjs";

/** The terminal session of docs/protocol.md as [{typed, answers: [message]}]. */
function terminalSession() {
  const page = readFileSync(new URL("../../../docs/protocol.md", import.meta.url), "utf8");
  const block = /## An example in a terminal[\s\S]*?\n( {4}\$ [\s\S]*?)\n\n(?! {4})/.exec(page)[1];
  const lines = block.split("\n").map((line) => line.slice(4));
  assert.match(lines[0], /websocat --protocol weft\.v1\+json ws:.*\/v1\/canvases\/try$/);
  const steps = [];
  for (const line of lines.slice(1)) {
    if (line.startsWith("> ")) {
      steps.push({ typed: line.slice(2), frames: [] });
    } else if (line.startsWith("[[")) {
      steps.at(-1).frames.push(line);
    } else {
      steps.at(-1).frames[steps.at(-1).frames.length - 1] += line.trim(); // a frame that was cut into lines
    }
  }
  // "…" stands for more of the same, which the comparison does not need.
  return steps.map(({ typed, frames }) => ({ typed, answers: frames.flatMap((frame) => JSON.parse(frame.replace(/,…/g, ""))) }));
}

/** What differs from run to run: the epoch of a new canvas, the server's time, its version. */
const kVarying = new Set([`${Server.welcome}.1.epoch`, `${Server.welcome}.1.server`, `${Server.pong}.2`, `${Server.cursors}.1`]);

/** Everything that the page says is there. Lists must be equal, maps may have more. */
function assertAsPrinted(actual, printed, path) {
  if (kVarying.has(path)) {
    assert.equal(typeof actual, typeof printed, path);
  } else if (typeof printed === "object" && printed !== null) {
    if (Array.isArray(printed)) assert.equal(actual?.length, printed.length, `${path} is ${JSON.stringify(actual)}`);
    for (const [key, value] of Object.entries(printed)) assertAsPrinted(actual?.[key], value, `${path}.${key}`);
  } else {
    assert.equal(actual, printed, path);
  }
}

describe("sessions", () => {
  let weft;
  before(async () => (weft = await new Weft().start()));
  after(() => weft.remove());

  it("V1: the terminal session of the protocol page goes as printed", async () => {
    const peer = await JsonPeer.open(weft, "try", "terminal-1");
    const steps = terminalSession();
    assert.ok(steps.length >= 5, "the page has its session");
    for (const { typed, answers } of steps) {
      peer.socket.send(typed);
      for (const printed of answers) {
        assertAsPrinted(await peer.take(`the answer to ${typed}`, () => true), printed, `${printed[0]}`);
      }
    }
    assert.equal((await peer.end()).code, 4000);
  });

  const place = (weftOf) => ({
    at: () => weftOf(),
    document: (canvas) => weftOf().document(canvas),
    withFlags: async (t, flags) => {
      const other = await Weft.start(t, { flags });
      return place(() => other);
    },
  });
  roomCases(place(() => weft));

  it("C5, C13: what is too large or too fast is an error, and the session goes on", async (t) => {
    const strict = await Weft.start(t, { flags: ["--events-per-second", "5", "--presence-bytes-max", "64", "--event-bytes-max", "64"] });
    const ada = await JsonPeer.join(strict, "bounds", "ada");
    ada.send([Client.event, "big", "x".repeat(65)]);
    assert.match((await ada.error("too_large"))[2], /event_bytes_max/);
    ada.send([Client.presence, { big: "x".repeat(65) }]);
    assert.match((await ada.error("too_large"))[2], /presence_bytes_max/);
    for (let i = 0; i < 20; ++i) ada.send([Client.event, "tick", i]);
    assert.match((await ada.error("rate_limited"))[2], /events_per_second/);
    assert.equal((await ada.pushed(1, create("a")))[3], Outcome.commit);
    const loud = await JsonPeer.open(strict, "bounds", "loud");
    loud.hello({ presence: { big: "x".repeat(65) } });
    assert.match((await loud.goodbye(4004)).reason, /presence_bytes_max/);
  });
});
