// SPDX-License-Identifier: Apache-2.0
// permessage-deflate with an implementation that is not ours: the ws package.

import assert from "node:assert/strict";
import { it } from "node:test";

import { bothForms, Client, compressed, create, JsonPeer, MsgpackPeer, Outcome, Server } from "./support/peer.mjs";
import { makeFolder, Weft } from "./support/weft.mjs";

const kAgreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
const kPushes = 5;

/** Entities that are as much alike as those of a canvas. */
const entities = (n) =>
  Array.from({ length: 400 }, (_, i) =>
    create(`note-${n}-${i}`, { title: `What we said about topic ${i % 7}`, color: "#ffcc00", x: i * 10, y: n * 10 }),
  );

const fill = async (peer) => {
  for (let n = 1; n <= kPushes; n++) assert.equal((await peer.pushed(n, ...entities(n)))[3], Outcome.commit);
};

const entitiesIn = (peer) => peer.heard.filter(([kind]) => kind === Server.snapshot).flatMap((message) => message[3]);

it("W35: compression is agreed on with who offers it, without context both ways", { timeout: 30_000 }, async (t) => {
  const weft = await Weft.start(t, { data: makeFolder(t) });
  for (const Form of bothForms) {
    assert.equal((await compressed(Form).join(weft, "try", "c")).extensions, kAgreed);
    assert.equal((await Form.join(weft, "try", "p")).extensions, undefined);
  }
});

it("O14: a room of both kinds sees the same, and a document arrives in less than half of the bytes", { timeout: 60_000 }, async (t) => {
  const weft = await Weft.start(t, { data: makeFolder(t) });
  for (const Form of bothForms) {
    const room = `room-${Form.subprotocol.length}`;
    await fill(await compressed(Form).join(weft, room, "writer"));
    const plain = await Form.join(weft, room, "plain");
    const small = await compressed(Form).join(weft, room, "small");
    assert.equal(entitiesIn(plain).length, 400 * kPushes);
    assert.deepEqual(entitiesIn(small), entitiesIn(plain));
    const [whole, less] = [plain, small].map((peer) => peer.stream.bytesRead);
    t.diagnostic(`${Form.subprotocol}: the document in ${whole} bytes, compressed in ${less}`);
    assert.ok(less * 2 < whole, `${Form.subprotocol}: ${less} of ${whole} bytes`);

    // Both hear what either does, small and large.
    const seq = small.welcome.seq;
    for (const [from, to, n] of [[plain, small, 1], [small, plain, 2]]) {
      from.send([Client.cursor, n, 7], [Client.event, `hello ${n}`, "x".repeat(n * 5000)]);
      await to.cursorOf(from.actor, n, 7);
      assert.equal((await to.event(`hello ${n}`))[3], "x".repeat(n * 5000));
      await from.pushed(1, ...entities(`late-${n}`));
      assert.equal((await to.ops(seq + n))[4].length, 400);
    }
  }
});

it("O14: a large edit reaches everybody, compressed for some", { timeout: 60_000 }, async (t) => {
  const weft = await Weft.start(t, { data: makeFolder(t) });
  const forms = [JsonPeer, MsgpackPeer, compressed(JsonPeer), compressed(MsgpackPeer)];
  const peers = await Promise.all(forms.flatMap((Form, i) => [0, 1, 2].map((k) => Form.join(weft, "room", `c${i}${k}`))));
  for (const peer of peers) await peer.roundTrip();
  const before = peers.map((peer) => peer.stream.bytesRead);
  await peers[0].pushed(1, ...entities(1));
  await Promise.all(peers.slice(1).map((peer) => peer.ops(1)));
  const told = peers.map((peer, i) => peer.stream.bytesRead - before[i]);
  // Three sessions of each form, in the order of `forms`; the first is the writer.
  assert.ok(told[6] * 2 < told[1], `JSON: ${told[6]} of ${told[1]} bytes`);
  assert.ok(told[9] * 2 < told[3], `MessagePack: ${told[9]} of ${told[3]} bytes`);
});

it("W36: with --compression false nothing is agreed on and all goes as before", { timeout: 30_000 }, async (t) => {
  const weft = await Weft.start(t, { data: makeFolder(t), flags: ["--compression", "false"] });
  const offering = await compressed(MsgpackPeer).join(weft, "try", "a");
  assert.equal(offering.extensions, undefined);
  await fill(offering);
  assert.equal(entitiesIn(await compressed(JsonPeer).join(weft, "try", "b")).length, 400 * kPushes);
});

it("W38: what inflates beyond the limit is too large", { timeout: 30_000 }, async (t) => {
  const weft = await Weft.start(t, { data: makeFolder(t) });
  const early = await compressed(JsonPeer).open(weft, "try", "early");
  early.hello({ padding: " ".repeat(20_000) });
  assert.match((await early.goodbye(4004)).reason, /hello_bytes_max/);
  const joined = await compressed(JsonPeer).join(weft, "try", "joined");
  joined.send([Client.event, "bomb", " ".repeat(50 << 20)]);
  assert.match((await joined.goodbye(4004)).reason, /frame_bytes_max/);
  assert.ok(joined.stream.bytesWritten < 100_000);
});
