// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";

import { bothForms, Client, create, JsonPeer, MsgpackPeer, Outcome, remove, Server, set, sumText } from "./support/peer.mjs";
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

  for (const Peer of bothForms) {
    const form = Peer.subprotocol;

    it(`S1, S2, P3: push, duplicate, rejection and unknown kind in ${form}`, async () => {
      const canvas = `pushes-${form.length}`;
      const ada = await Peer.join(weft, canvas, "ada", { name: "Ada" });
      assert.deepEqual(ada.heard.map((message) => message[0]).slice(0, 3), [Server.welcome, Server.presence, Server.snapshot]);
      assert.equal(ada.welcome.user.name, "Ada");
      assert.equal(ada.welcome.role, "edit");
      assert.equal(ada.welcome.limits.frame_bytes_max, 1 << 20);

      const first = await ada.pushed(1, create("a", { title: "First light", x: 1.5 }));
      assert.deepEqual(first.slice(0, 5), [Server.ack, 1, 1, Outcome.commit, null]);
      // Two messages in one frame.
      ada.send([Client.push, 2, [create("b"), create("l", { from: "a", to: "b" }, "link")]], [Client.push, 3, [remove("a")]]);
      assert.equal((await ada.ack(2))[3], Outcome.commit);
      const removal = await ada.ack(3);
      assert.deepEqual(removal.slice(2, 5), [3, Outcome.rebased, [remove("l"), remove("a")]]);
      const again = await ada.pushed(3, remove("a"));
      assert.deepEqual(again.slice(2, 5), [3, Outcome.duplicate, null]);
      assert.equal(sumText(again[5]), sumText(removal[5]));
      const refused = await ada.pushed(4, create("m", { from: "a", to: "b" }, "link"));
      assert.deepEqual([refused[2], refused[3], refused[4][0], refused[4][2]], [4, Outcome.rejected, "bad_reference", 0]);
      assert.equal((await ada.pushed(6, create("z")))[4][0], "out_of_order");
      assert.equal((await ada.pushed(5, set("nobody", { x: 1 })))[3], Outcome.noEffect);
      ada.send([42]);
      assert.equal((await ada.error("unknown_kind"))[3], 42);
      ada.hello();
      await ada.error("already_joined");

      const document = await weft.document(canvas);
      assert.equal(document.seq, 5);
      assert.deepEqual(document.entities.map((entity) => entity.id), ["b"]);
      await ada.leave();
    });

    it(`S4: a session in ${form} resumes where it was, and gets a snapshot when its history is another`, async () => {
      const canvas = `resume-${form.length}`;
      const ada = await Peer.join(weft, canvas, "ada");
      const bo = await Peer.join(weft, canvas, "bo");
      const acked = await ada.pushed(1, create("a"));
      await ada.leave();
      await bo.pushed(1, create("b"));
      await bo.pushed(2, create("c"));

      const since = [ada.welcome.epoch, acked[2], acked[5]];
      const back = await Peer.join(weft, canvas, "ada", { since });
      assert.equal(back.welcome.resumed, true);
      assert.equal(back.welcome.n, 1);
      assert.deepEqual((await back.ops(2))[4], [create("b")]);
      assert.deepEqual((await back.ops(3))[4], [create("c")]);
      assert.ok(!back.heard.some((message) => message[0] === Server.snapshot));

      for (const other of [[since[0] + 1, since[1], since[2]], [since[0], 4, since[2]], [since[0], 2, since[2]]]) {
        const lost = await Peer.join(weft, canvas, `lost-${other.slice(0, 2)}`, { since: other });
        assert.equal(lost.welcome.resumed, false);
        const snapshot = lost.heard.find((message) => message[0] === Server.snapshot);
        assert.deepEqual(snapshot[3].map((entity) => entity[0]).sort(), ["a", "b", "c"]);
      }
    });
  }

  it("V2: a JSON and a MessagePack session see each other's presence, cursors, events and ops", async () => {
    const ada = await JsonPeer.join(weft, "both", "ada", { name: "Ada", presence: { mood: "calm" } });
    const bo = await MsgpackPeer.join(weft, "both", "bo", { name: "Bo" });
    assert.notEqual(ada.actor, bo.actor);

    const everyone = bo.heard.find((message) => message[0] === Server.presence)[1].join;
    assert.deepEqual(everyone[0], [ada.actor, { id: "anon:ada", name: "Ada" }, { mood: "calm" }, "active"]);
    assert.deepEqual(await ada.presenceOf("join", bo.actor), [bo.actor, { id: "anon:bo", name: "Bo" }, {}, "active"]);

    bo.send([Client.presence, { selection: ["a"], away: true }]);
    assert.deepEqual(await ada.presenceOf("update", bo.actor), [bo.actor, { selection: ["a"] }]);
    assert.ok(ada.heard.some((message) => message[1].activity?.some((entry) => entry[0] === bo.actor && entry[1] === "away")));

    ada.send([Client.cursor, 512, 300.5]);
    await bo.cursorOf(ada.actor, 512, 300.5);
    bo.send([Client.cursor, -7, 8]);
    await ada.cursorOf(bo.actor, -7, 8);
    ada.send([Client.cursor, null]);
    await bo.take("Ada's cursor hidden", (message) => message[0] === Server.cursors && message[2].some((entry) => entry[0] === ada.actor && entry.length === 1));

    ada.send([Client.event, "wave", { hand: "left", times: [1, 2.5, null, true] }]);
    assert.deepEqual((await bo.event("wave")).slice(1), [ada.actor, "wave", { hand: "left", times: [1, 2.5, null, true] }]);

    const acked = await ada.pushed(1, create("a", { title: "Grüße ✓", big: 2 ** 53, list: [1, { deep: [] }] }));
    const [, seq, actor, user, ops, sum] = await bo.ops(1);
    assert.deepEqual([seq, actor, user, ops], [1, ada.actor, "anon:ada", [create("a", { title: "Grüße ✓", big: 2 ** 53, list: [1, { deep: [] }] })]]);
    assert.equal(sumText(sum), sumText(acked[5]));
    await bo.pushed(1, set("a", { title: null, bytes: new Uint8Array([1, 2, 3]) }));
    assert.deepEqual((await ada.ops(2))[4], [set("a", { title: null, bytes: "AQID" })]);
    assert.ok(!ada.has((message) => message[0] === Server.ops), "nobody hears their own ops");

    await ada.roundTrip();
    await bo.leave();
    assert.deepEqual(await ada.presenceOf("leave", bo.actor), [bo.actor, "left"]);
  });

  it("U1: the picture that a newcomer gets has the cursors that stand still", async () => {
    const ada = await JsonPeer.join(weft, "still", "ada");
    ada.send([Client.cursor, 5, 6], [Client.event, "told", null]);
    const witness = await JsonPeer.join(weft, "still", "witness");
    await witness.cursorOf(ada.actor, 5, 6);
    const late = await MsgpackPeer.join(weft, "still", "late");
    await late.cursorOf(ada.actor, 5, 6);
  });

  it("C8, O10: a second session of one client takes the first one's place", async () => {
    const watcher = await JsonPeer.join(weft, "twice", "watcher");
    const first = await JsonPeer.join(weft, "twice", "ada", { presence: { tab: 1 } });
    await watcher.presenceOf("join", first.actor);
    const second = await MsgpackPeer.join(weft, "twice", "ada", { presence: { tab: 2 } });
    assert.equal(second.actor, first.actor);
    await first.goodbye(4006);
    assert.deepEqual(await watcher.presenceOf("update", first.actor), [first.actor, { tab: 2 }]);
    assert.ok(!watcher.has((message) => message[0] === Server.presence && message[1].leave));
    assert.equal((await second.pushed(1, create("a")))[3], Outcome.commit);
  });

  it("R13, R14: whoever loses the link and comes back within grace is not seen to go", async () => {
    const watcher = await JsonPeer.join(weft, "flap", "watcher");
    const ada = await JsonPeer.join(weft, "flap", "ada", { presence: { at: "home" } });
    await watcher.presenceOf("join", ada.actor);
    const until = watcher.heard.length;
    ada.drop();
    const back = await JsonPeer.join(weft, "flap", "ada");
    assert.equal(back.actor, ada.actor);
    const everyone = back.heard.find((message) => message[0] === Server.presence)[1].join;
    assert.deepEqual(everyone.find((entry) => entry[0] === ada.actor)[2], { at: "home" });
    back.send([Client.event, "here", null]);
    await watcher.event("here");
    assert.deepEqual(watcher.heard.slice(until).filter((message) => message[0] === Server.presence), []);
  });

  it("R12: whoever loses the link and stays away is lost after the grace period", async (t) => {
    const brief = await Weft.start(t, { flags: ["--presence-grace-seconds", "0.3"] });
    const watcher = await JsonPeer.join(brief, "grace", "watcher");
    const ada = await MsgpackPeer.join(brief, "grace", "ada");
    await watcher.presenceOf("join", ada.actor);
    ada.send([Client.cursor, 1, 1]);
    await watcher.cursorOf(ada.actor, 1, 1);
    const before = Date.now();
    ada.drop();
    assert.deepEqual(await watcher.presenceOf("leave", ada.actor), [ada.actor, "lost"]);
    assert.ok(Date.now() - before >= 300, "not before the grace period is over");
    const back = await MsgpackPeer.join(brief, "grace", "ada");
    assert.notEqual(back.actor, ada.actor);
  });

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
