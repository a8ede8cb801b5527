// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { it } from "node:test";

import { bothForms, Client, create, JsonPeer, MsgpackPeer, Outcome, remove, Server, set, sumText } from "./peer.mjs";

/**
 * What holds in a room wherever its people are connected. `place` says where that is: `at(i)` is a server for somebody, another
 * one for each i if there are several; `document(canvas)` is the document that all of them give; `withFlags(t, flags)` is such a
 * place with other settings, for one test.
 */
export function roomCases(place) {
  for (const Peer of bothForms) {
    const form = Peer.subprotocol;

    it(`S1, S2, P3: push, duplicate, rejection and unknown kind in ${form}`, async () => {
      const canvas = `pushes-${form.length}`;
      const ada = await Peer.join(place.at(0), canvas, "ada", { name: "Ada" });
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

      const document = await place.document(canvas);
      assert.equal(document.seq, 5);
      assert.deepEqual(document.entities.map((entity) => entity.id), ["b"]);
      await ada.leave();
    });

    it(`S4: a session in ${form} resumes where it was, and gets a snapshot when its history is another`, async () => {
      const canvas = `resume-${form.length}`;
      const ada = await Peer.join(place.at(0), canvas, "ada");
      const bo = await Peer.join(place.at(1), canvas, "bo");
      const acked = await ada.pushed(1, create("a"));
      await ada.leave();
      await bo.pushed(1, create("b"));
      await bo.pushed(2, create("c"));

      const since = [ada.welcome.epoch, acked[2], acked[5]];
      const back = await Peer.join(place.at(1), canvas, "ada", { since });
      assert.equal(back.welcome.resumed, true);
      assert.equal(back.welcome.n, 1);
      assert.deepEqual((await back.ops(2))[4], [create("b")]);
      assert.deepEqual((await back.ops(3))[4], [create("c")]);
      assert.ok(!back.heard.some((message) => message[0] === Server.snapshot));

      for (const [i, other] of [[since[0] + 1, since[1], since[2]], [since[0], 4, since[2]], [since[0], 2, since[2]]].entries()) {
        const lost = await Peer.join(place.at(i), canvas, `lost-${other.slice(0, 2)}`, { since: other });
        assert.equal(lost.welcome.resumed, false);
        const snapshot = lost.heard.find((message) => message[0] === Server.snapshot);
        assert.deepEqual(snapshot[3].map((entity) => entity[0]).sort(), ["a", "b", "c"]);
      }
    });
  }

  it("V2: a JSON and a MessagePack session see each other's presence, cursors, events and ops", async () => {
    const ada = await JsonPeer.join(place.at(0), "both", "ada", { name: "Ada", presence: { mood: "calm" } });
    const bo = await MsgpackPeer.join(place.at(1), "both", "bo", { name: "Bo" });
    assert.notEqual(ada.actor, bo.actor);

    assert.deepEqual(await bo.presenceOf("join", ada.actor), [ada.actor, { id: "anon:ada", name: "Ada" }, { mood: "calm" }, "active"]);
    assert.deepEqual(await ada.presenceOf("join", bo.actor), [bo.actor, { id: "anon:bo", name: "Bo" }, {}, "active"]);

    bo.send([Client.presence, { selection: ["a"], away: true }]);
    assert.deepEqual(await ada.presenceOf("update", bo.actor), [bo.actor, { selection: ["a"] }]);
    assert.ok(ada.heard.some((message) => message[1].activity?.some((entry) => entry[0] === bo.actor && entry[1] === "away")), "in the same message");

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
    const ada = await JsonPeer.join(place.at(0), "still", "ada");
    ada.send([Client.cursor, 5, 6], [Client.event, "told", null]);
    const witness = await JsonPeer.join(place.at(1), "still", "witness");
    await witness.cursorOf(ada.actor, 5, 6);
    const late = await MsgpackPeer.join(place.at(1), "still", "late");
    await late.cursorOf(ada.actor, 5, 6);
  });

  it("C8, O10: a second session of one client takes the first one's place", async () => {
    const watcher = await JsonPeer.join(place.at(0), "twice", "watcher");
    const first = await JsonPeer.join(place.at(0), "twice", "ada", { presence: { tab: 1 } });
    await watcher.presenceOf("join", first.actor);
    const second = await MsgpackPeer.join(place.at(1), "twice", "ada", { presence: { tab: 2 } });
    assert.equal(second.actor, first.actor);
    await first.goodbye(4006);
    assert.deepEqual(await watcher.presenceOf("update", first.actor), [first.actor, { tab: 2 }]);
    assert.ok(!watcher.has((message) => message[0] === Server.presence && message[1].leave));
    assert.equal((await second.pushed(1, create("a")))[3], Outcome.commit);
  });

  it("R13, R14: whoever loses the link and comes back within grace is not seen to go", async () => {
    const watcher = await JsonPeer.join(place.at(0), "flap", "watcher");
    const ada = await JsonPeer.join(place.at(0), "flap", "ada", { presence: { at: "home" } });
    await watcher.presenceOf("join", ada.actor);
    const until = watcher.heard.length;
    ada.drop();
    const back = await JsonPeer.join(place.at(1), "flap", "ada");
    assert.equal(back.actor, ada.actor);
    const everyone = back.heard.find((message) => message[0] === Server.presence)[1].join;
    assert.deepEqual(everyone.find((entry) => entry[0] === ada.actor)[2], { at: "home" });
    back.send([Client.event, "here", null]);
    await watcher.event("here");
    assert.deepEqual(watcher.heard.slice(until).filter((message) => message[0] === Server.presence), []);
  });

  it("R12: whoever loses the link and stays away is lost after the grace period", async (t) => {
    const brief = await place.withFlags(t, ["--presence-grace-seconds", "0.3"]);
    const watcher = await JsonPeer.join(brief.at(0), "grace", "watcher");
    const ada = await MsgpackPeer.join(brief.at(1), "grace", "ada");
    await watcher.presenceOf("join", ada.actor);
    ada.send([Client.cursor, 1, 1]);
    await watcher.cursorOf(ada.actor, 1, 1);
    const before = Date.now();
    ada.drop();
    assert.deepEqual(await watcher.presenceOf("leave", ada.actor), [ada.actor, "lost"]);
    assert.ok(Date.now() - before >= 300, "not before the grace period is over");
    const back = await MsgpackPeer.join(brief.at(0), "grace", "ada");
    assert.notEqual(back.actor, ada.actor);
  });
}
