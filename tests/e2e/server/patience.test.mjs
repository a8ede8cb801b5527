// SPDX-License-Identifier: Apache-2.0
// What only time can show, all at once: this file takes as long as its longest test.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { create, JsonPeer } from "./support/peer.mjs";
import { frame, Opcode, RawPeer, upgradeRequest } from "./support/raw.mjs";
import { Weft } from "./support/weft.mjs";

const sinceOf = (start) => (Date.now() - start) / 1000;

describe("patience", { concurrency: true }, () => {
  let weft;
  before(async () => (weft = await new Weft({ flags: ["--presence-grace-seconds", "0.2"] }).start()));
  after(() => weft.remove());

  it("V5: a head that is not complete after 10 s is cut", async () => {
    const peer = await RawPeer.open(weft);
    const start = Date.now();
    peer.write("GET /healthz HTTP/1.1\r\nHost: 127.0");
    const drip = setInterval(() => peer.write("."), 500);
    await peer.end(15_000).finally(() => clearInterval(drip));
    assert.ok(sinceOf(start) >= 9.5, `cut after ${sinceOf(start)} s`);
    peer.drop();
  });

  it("C1: no hello for 5 s is goodbye 4001", async () => {
    const start = Date.now();
    const peer = await JsonPeer.open(weft, "silent", "silent");
    const dripping = await RawPeer.upgrade(weft, "silent");
    const drip = setInterval(() => dripping.write(frame(Opcode.ping, "")), 500);
    assert.match((await peer.goodbye(4001, 15_000)).reason, /hello/);
    assert.ok(sinceOf(start) >= 4.9, `after ${sinceOf(start)} s`);
    assert.equal((await dripping.closeFrame(15_000).finally(() => clearInterval(drip))).code, 4001);
    dripping.socket.end();
    await dripping.end();
  });

  it("P7: a silent link is pinged after 25 s and given up after 10 more, one that answers is kept", { timeout: 60_000 }, async () => {
    const start = Date.now();
    const alive = await JsonPeer.join(weft, "links", "alive");
    const dead = await RawPeer.open(weft);
    dead.write(upgradeRequest(weft, "links", "weft.v1+json"));
    await dead.head();
    dead.write(frame(Opcode.text, '[[0,{"client":"dead"}]]'));
    const [actor] = (await alive.take("the join of dead", (message) => message[1].join?.some((entry) => entry[1].id === "anon:dead")))[1].join.find((entry) => entry[1].id === "anon:dead");
    await dead.frame("a ping", ({ opcode }) => opcode === Opcode.ping, 40_000);
    assert.ok(sinceOf(start) >= 24.5, `pinged after ${sinceOf(start)} s`);
    assert.equal((await dead.closeFrame(20_000)).code, 4203);
    assert.ok(sinceOf(start) >= 34.5, `given up after ${sinceOf(start)} s`);
    assert.deepEqual(await alive.presenceOf("leave", actor), [actor, "lost"]);
    assert.equal((await alive.pushed(1, create("a")))[3], 0);
    dead.drop();
  });

  it("W27: a message that does not end within 30 s is refused with 1008", { timeout: 60_000 }, async () => {
    const peer = await RawPeer.upgrade(weft, "endless");
    peer.write(frame(Opcode.text, '[[0,{"client":"endless"}]]'));
    await peer.frame("welcome", ({ payload }) => payload.toString().startsWith("[[0,"));
    const start = Date.now();
    peer.write(frame(Opcode.text, "[[", { isFinal: false }));
    const drip = setInterval(() => peer.write(frame(Opcode.ping, "")), 1000);
    assert.equal((await peer.closeFrame(45_000).finally(() => clearInterval(drip))).code, 1008);
    assert.ok(sinceOf(start) >= 29.5, `after ${sinceOf(start)} s`);
    peer.drop();
  });

  it("O5: who reads nothing for 10 s is slow, however little waits", { timeout: 60_000 }, async (t) => {
    const own = await Weft.start(t, {
      flags: ["--events-per-second", "1000000", "--outbox-bytes-max", String(256 << 20), "--presence-grace-seconds", "0.2"],
    });
    const talker = await JsonPeer.join(own, "room", "talker");
    const stalled = await JsonPeer.join(own, "room", "stalled");
    await talker.presenceOf("join", stalled.actor);
    stalled.socket.pause();
    const start = Date.now();
    for (let i = 0; i < 1200; ++i) talker.send([4, "fill", "x".repeat(16_000)]);
    await talker.presenceOf("leave", stalled.actor, 40_000);
    assert.ok(sinceOf(start) >= 9.5, `given up after ${sinceOf(start)} s`);
  });
});
