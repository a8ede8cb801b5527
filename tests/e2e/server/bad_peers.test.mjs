// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { Client, create, JsonPeer, MsgpackPeer, Server, set, sumText } from "./support/peer.mjs";
import { ask, frame, Opcode, RawPeer } from "./support/raw.mjs";
import { Weft } from "./support/weft.mjs";

const kFrameBytesMax = 64 * 1024;

describe("bad peers", () => {
  let weft;
  /** Somebody good, who must not notice any of it. */
  let witness;
  let pushed = 0;
  before(async () => {
    weft = await new Weft({ flags: ["--frame-bytes-max", String(kFrameBytesMax)] }).start();
    witness = await MsgpackPeer.join(weft, "room", "witness");
  });
  after(() => weft.remove());

  const allIsWell = async () => {
    await witness.pushed(++pushed, create(`e${pushed}`));
    assert.equal((await weft.document("room")).seq, pushed);
  };

  it("V3: nonsense instead of HTTP is 400 and the end of the connection", async () => {
    for (const nonsense of ["\r\n\r\n\r\n", "HELLO\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/3.0\r\n\r\n"]) {
      assert.equal((await ask(weft, Buffer.from(nonsense, "latin1"))).status, 400, JSON.stringify(nonsense));
    }
    for (let i = 0; i < 20; ++i) {
      // Random bytes may look like the begin of a request for a while, never to their end.
      const { status } = await ask(weft, Buffer.concat([randomBytes(200), Buffer.from("\r\n\r\n")]));
      assert.equal(status, 400);
    }
    await allIsWell();
  });

  it("V3: nonsense instead of frames ends the connection with a code of RFC 6455", async () => {
    const codes = new Set();
    for (let i = 0; i < 60; ++i) {
      const peer = await RawPeer.upgrade(weft, "room");
      // Sometimes a good beginning; the last bytes have reserved bits and cannot be the middle of a long frame for ever.
      if (i % 2) peer.write(frame(Opcode.text, '[[0,{"client":"odd"}]]'));
      const nonsense = randomBytes(40);
      nonsense[0] |= i % 3 ? 0x70 : 0;
      peer.write(nonsense);
      peer.socket.end();
      await peer.end();
      const close = peer.frames().find(({ opcode }) => opcode === Opcode.close);
      if (close && close.payload.length >= 2) codes.add(close.payload.readUInt16BE(0));
      peer.drop();
    }
    for (const code of codes) assert.ok([1002, 1007, 1009, 4000, 4001, 4004, 4006].includes(code), `close code ${code}`);
    assert.ok(codes.has(1002));
    await allIsWell();
  });

  const refused = [
    ["W8: a frame that is not masked", () => frame(Opcode.text, "[[0]]", { isMasked: false }), 1002],
    ["W10: a reserved opcode", () => frame(3, ""), 1002],
    ["W12: a continuation of nothing", () => frame(Opcode.continuation, "[["), 1002],
    ["W15: a ping that is too long", () => frame(Opcode.ping, "x".repeat(126)), 1002],
    ["W16: text that is not UTF-8", () => frame(Opcode.text, Buffer.from([0x5b, 0xff])), 1007],
    ["W20: a close frame of one byte", () => frame(Opcode.close, "x"), 1002],
  ];
  for (const [what, bytes, code] of refused) {
    it(`${what} is refused with ${code}`, async () => {
      const peer = await RawPeer.upgrade(weft, "room");
      peer.write(bytes());
      assert.equal((await peer.closeFrame()).code, code);
      assert.ok(!peer.frames().some(({ opcode }) => opcode === Opcode.text), "below the protocol there is no goodbye");
      peer.socket.end();
      await peer.end();
      await allIsWell();
    });
  }

  it("P5, E3: a frame over frame_bytes_max is goodbye 4004 with the limit's name, as soon as its header is there", async () => {
    const peer = await RawPeer.upgrade(weft, "room");
    peer.write(frame(Opcode.text, '[[0,{"client":"big"}]]'));
    await peer.frame("welcome", ({ payload }) => payload.toString().startsWith("[[0,"));
    peer.write(frame(Opcode.text, "", { claimed: kFrameBytesMax + 1 }));
    const goodbye = await peer.frame("goodbye", ({ payload }) => payload.toString().startsWith("[[8,"));
    const [kind, code, reason, advice] = JSON.parse(goodbye.payload.toString()).at(-1);
    assert.deepEqual([kind, code, advice.retry], [8, 4004, false]);
    assert.match(reason, new RegExp(`${kFrameBytesMax + 1} bytes.*${kFrameBytesMax} \\(frame_bytes_max\\)`));
    assert.equal((await peer.closeFrame()).code, 4004);
    peer.socket.end();
    await peer.end();

    const good = await JsonPeer.join(weft, "room", "good");
    const filler = "x".repeat(kFrameBytesMax - JSON.stringify([[Client.event, "fits", ""]]).length);
    good.send([Client.event, "fits", filler.slice(0, 16_000)]);
    await witness.event("fits");
    good.socket.send(JSON.stringify([[Client.event, "over", filler]]).padEnd(kFrameBytesMax + 1));
    assert.match((await good.goodbye(4004)).reason, /frame_bytes_max/);
    await allIsWell();
  });

  it("C1: a hello over 16 KiB is goodbye 4004 with the limit's name", async () => {
    for (const Peer of [JsonPeer, MsgpackPeer]) {
      const peer = await Peer.open(weft, "room", "long");
      peer.hello({ sdk: "x".repeat(16 * 1024) });
      assert.match((await peer.goodbye(4004)).reason, /16384 \(hello_bytes_max\)/);
    }
    await allIsWell();
  });

  it("P2: frames of the other sort are goodbye 4000", async () => {
    const binary = await MsgpackPeer.open(weft, "room", "a");
    binary.socket.send('[[0,{"client":"a"}]]');
    assert.match((await binary.goodbye(4000)).reason, /weft\.v1\+json/);
    const text = await JsonPeer.join(weft, "room", "b");
    text.socket.send(Buffer.from([0x93, 1, 2, 3]));
    assert.match((await text.goodbye(4000)).reason, /weft\.v1/);
  });

  it("P10: what is no message is goodbye 4000; the messages before it count, those behind it do not", async () => {
    const peer = await JsonPeer.join(weft, "room", "half");
    peer.send([Client.event, "counts", 1], [Client.cursor, "here"], [Client.event, "does not count", 2]);
    assert.match((await peer.goodbye(4000)).reason, /\(byte \d+\)/);
    await witness.event("counts");
    await allIsWell();
    assert.ok(!witness.has((message) => message[2] === "does not count"));
    const deep = await JsonPeer.join(weft, "room", "deep");
    deep.socket.send(`[[4,"deep",${"[".repeat(5000)}${"]".repeat(5000)}]]`);
    await deep.goodbye(4000);
    const broken = await MsgpackPeer.join(weft, "room", "broken");
    broken.socket.send(Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]));
    await broken.goodbye(4000);
  });

  it("C1: anything but hello at first is goodbye 4001", async () => {
    const peer = await JsonPeer.open(weft, "room", "eager");
    peer.push(1, create("sneaky"));
    await peer.goodbye(4001);
    assert.ok(!(await weft.document("room")).entities.some((entity) => entity.id === "sneaky"));
  });

  it("P11: of a flood of WebSocket pings ten a second are answered", async () => {
    const peer = await RawPeer.upgrade(weft, "room");
    peer.write(frame(Opcode.text, '[[0,{"client":"pinger"}]]'));
    for (let i = 0; i < 500; ++i) peer.write(frame(Opcode.ping, String(i)));
    peer.write(frame(Opcode.text, "[[7,12345]]"));
    await peer.frame("the pong of the last message", ({ payload }) => payload.toString().includes("[7,12345,"));
    const pongs = peer.frames().filter(({ opcode }) => opcode === Opcode.pong);
    assert.ok(pongs.length >= 1 && pongs.length <= 30, `${pongs.length} pongs`);
    peer.drop();
  });
});

it("V4: who stops reading is ended alone, costs no memory, and resumes", { timeout: 120_000 }, async (t) => {
  const kBurst = 16;
  const kBursts = 256;
  const kEventBytes = 16_000;
  const weft = await Weft.start(t, { flags: ["--events-per-second", "1000000", "--presence-grace-seconds", "0.2"] });
  const talker = await MsgpackPeer.join(weft, "room", "talker");
  const listener = await MsgpackPeer.join(weft, "room", "listener");
  const stalled = await MsgpackPeer.join(weft, "room", "stalled");
  await talker.pushed(1, create("counter", { at: 0 }));
  const [, seq, , , , sum] = await stalled.ops(1);
  await talker.presenceOf("join", stalled.actor);
  stalled.socket.pause();

  // Events weigh, pushes count. The listener sets the pace, so that nobody else is slow.
  const before = weft.residentBytes();
  const payload = new Uint8Array(kEventBytes);
  let n = 1;
  for (let burst = 0; burst < kBursts; ++burst) {
    for (let i = 0; i < kBurst; ++i) talker.send([Client.event, `e${burst}.${i}`, payload]);
    talker.push(++n, set("counter", { at: burst }));
    await listener.event(`e${burst}.${kBurst - 1}`);
  }
  const sent = kBursts * kBurst * kEventBytes;
  const grown = weft.residentBytes() - before;
  assert.ok(grown < sent / 2, `the server grew by ${grown} bytes while ${sent} were sent`);

  // Nothing was lost or came twice for those who read.
  assert.equal((await talker.ack(n))[2], n);
  await listener.ops(n);
  const heard = listener.heard.filter((message) => message[0] === Server.event).map((message) => message[2]);
  assert.deepEqual(heard, Array.from({ length: kBurst * kBursts }, (_, i) => `e${Math.floor(i / kBurst)}.${i % kBurst}`));
  const seqs = listener.heard.filter((message) => message[0] === Server.ops).map((message) => message[1]);
  assert.deepEqual(seqs, Array.from({ length: n }, (_, i) => i + 1));

  // The server gave the link up, whether the goodbye could still be read or not.
  await listener.presenceOf("leave", stalled.actor);
  stalled.socket.resume();
  const { code } = await stalled.end();
  assert.ok([4200, 1006].includes(code), `closed with ${code}`);
  if (code === 4200) assert.match(stalled.heard.at(-1)[2], /outbox_bytes_max|outbox_age_max/);
  assert.ok(stalled.heard.length < listener.heard.length);

  // From where it stood before, it misses nothing.
  const back = await MsgpackPeer.join(weft, "room", "stalled", { since: [stalled.welcome.epoch, seq, sum] });
  assert.equal(back.welcome.resumed, true);
  await back.ops(n);
  const missed = back.heard.filter((message) => message[0] === Server.ops);
  assert.deepEqual(missed.map((message) => message[1]), Array.from({ length: n - 1 }, (_, i) => i + 2));
  assert.equal(sumText(missed.at(-1)[5]), sumText(back.welcome.sum));
});

it("O3, O4: who reads late gets every event, and the newest cursors instead of those it missed", { timeout: 60_000 }, async (t) => {
  const kEvents = 1024;
  const weft = await Weft.start(t, { flags: ["--events-per-second", "1000000", "--cursors-per-second", "1000", "--outbox-bytes-max", String(64 << 20)] });
  const talker = await MsgpackPeer.join(weft, "room", "talker");
  const listener = await MsgpackPeer.join(weft, "room", "listener");
  const late = await MsgpackPeer.join(weft, "room", "late");
  late.socket.pause();
  // More than the kernel takes for one connection, in two sockets' buffers.
  const payload = new Uint8Array(16_000);
  for (let i = 0; i < kEvents; i += 8) {
    for (let k = 0; k < 8; ++k) talker.send([Client.event, "fill", payload]);
    talker.send([Client.cursor, i, 1]);
    await listener.cursorOf(talker.actor, i, 1);
  }
  talker.send([Client.cursor, -5, -5]);
  await listener.cursorOf(talker.actor, -5, -5);
  late.socket.resume();
  await late.cursorOf(talker.actor, -5, -5);
  const countOf = (peer, kind) => peer.heard.filter((message) => message[0] === kind).length;
  assert.equal(countOf(late, Server.event), kEvents);
  assert.ok(countOf(late, Server.cursors) < countOf(listener, Server.cursors), "positions that were over were not kept for it");
  await late.roundTrip();
  assert.equal(late.closed, undefined);
});
