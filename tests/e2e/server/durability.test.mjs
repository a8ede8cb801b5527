// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";

import { create, JsonPeer, MsgpackPeer, Outcome, Server } from "./support/peer.mjs";
import { RawPeer } from "./support/raw.mjs";
import { seeded, sleep, until, within } from "./support/waits.mjs";
import { freePort, makeFolder, runWeft, Weft } from "./support/weft.mjs";
import { assertNothingLost, Writer } from "./support/writer.mjs";

describe("kill -9", () => {
  it("V6: nothing acknowledged is lost or doubled, whenever it comes", { timeout: 120_000 }, async (t) => {
    const kRounds = 8;
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    t.diagnostic(`SEED=${seed}`);
    const random = seeded(seed);
    const weft = await Weft.start(t, {
      data: join(makeFolder(t), "data"),
      port: await freePort(),
      flags: ["--pushes-per-second", "1000000"],
    });
    const make = (canvas, client, Peer, i) => new Writer(weft, canvas, client, { Peer, depth: 8, seed: seed + i });
    const writers = [
      make("one", "ada", JsonPeer, 1),
      make("one", "bo", MsgpackPeer, 2),
      make("one", "cleo", MsgpackPeer, 3),
      make("two", "dan", JsonPeer, 4),
    ];
    try {
      for (const writer of writers) writer.start();
      for (let round = 0; round < kRounds; ++round) {
        const before = writers.map((writer) => writer.acked);
        await until("every writer to be at work", () => writers.every((writer, i) => !writer.isDone && writer.acked > before[i] + 5));
        await sleep(random() * 150);
        await weft.kill();
        await weft.start();
      }
      for (const writer of writers) writer.pause();
      for (const writer of writers) await writer.done();
      await assertNothingLost(weft, writers);
      for (const writer of writers) assert.ok(writer.reconnects >= kRounds, `${writer.client} came back ${writer.reconnects} times`);
      t.diagnostic(`${writers.reduce((sum, writer) => sum + writer.pushes, 0)} pushes, ${kRounds} kills`);
    } finally {
      for (const writer of writers) await writer.end();
    }
  });
});

describe("SIGTERM", { concurrency: true }, () => {
  it("O11: everybody is told, the process ends with 0, and everybody resumes after the next start", async (t) => {
    const weft = await Weft.start(t, { data: makeFolder(t), flags: ["--drain-seconds", "0.5"] });
    const peers = [];
    for (let i = 0; i < 20; ++i) peers.push(await (i % 2 ? JsonPeer : MsgpackPeer).join(weft, `room${i % 3}`, `p${i}`, { presence: { i } }));
    const acked = await peers[0].pushed(1, create("a"));
    const before = Date.now();
    const [code, ...goodbyes] = await Promise.all([weft.stop(), ...peers.map((peer) => peer.goodbye(4201))]);
    assert.equal(code, 0);
    assert.ok(Date.now() - before < 3000, "it does not wait for anything else");
    for (const { advice } of goodbyes) assert.deepEqual([advice.retry, advice.token], [true, false]);
    assert.match(weft.log, /draining[\s\S]*stopped/);

    await weft.start();
    const back = await MsgpackPeer.join(weft, "room0", "p0", { since: [peers[0].welcome.epoch, acked[2], acked[5]] });
    assert.deepEqual([back.welcome.resumed, back.welcome.n], [true, 1]);
    assert.equal((await back.pushed(1, create("a")))[3], Outcome.duplicate);
  });

  it("V15: the last presence of those who were here is kept", async (t) => {
    const weft = await Weft.start(t, { data: makeFolder(t) });
    const ada = await JsonPeer.join(weft, "room", "ada", { name: "Ada", presence: { page: 3 } });
    const lost = await JsonPeer.join(weft, "room", "lost", { presence: { page: 4 } });
    await ada.presenceOf("join", lost.actor);
    lost.drop();
    await Promise.all([weft.stop(), ada.goodbye(4201)]);
    await weft.start();
    const people = await weft.lastSeen("room");
    assert.deepEqual(people.map(({ user, presence }) => [user, presence]), [
      ["anon:ada", { page: 3 }],
      ["anon:lost", { page: 4 }],
    ]);
  });

  it("O11: a second signal ends it at once", async (t) => {
    const weft = await Weft.start(t, { flags: ["--drain-seconds", "600"] });
    await JsonPeer.join(weft, "room", "ada");
    weft.signal("SIGTERM");
    await until("the drain to begin", () => weft.log.includes("draining"));
    weft.signal("SIGTERM");
    const { code } = await within("weft to end at once", weft.exit, { ms: 3000 });
    assert.equal(code, 1);
  });

  it("H10, O11: while it drains it takes no more connections, and readyz says so to those who have one", async (t) => {
    const weft = await Weft.start(t, { flags: ["--drain-seconds", "600"] });
    await JsonPeer.join(weft, "room", "ada");
    const early = await RawPeer.open(weft);
    early.write("GET /readyz HTTP/1.1\r\n");
    const upgrading = await RawPeer.open(weft);
    upgrading.write(`GET /v1/canvases/room HTTP/1.1\r\n`);
    await weft.document("room"); // both have been accepted
    weft.signal("SIGINT");
    await until("the drain to begin", () => weft.log.includes("draining"));
    await assert.rejects(JsonPeer.open(weft, "room", "late"), { code: "ECONNREFUSED" });
    early.write(`Host: 127.0.0.1:${weft.port}\r\n\r\n`);
    assert.match(await early.end(), /^HTTP\/1\.1 503 [\s\S]*being stopped/);
    upgrading.write(
      `Host: 127.0.0.1:${weft.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: weft.v1+json\r\n\r\n",
    );
    await upgrading.head();
    assert.equal((await upgrading.closeFrame()).code, 4201);
    weft.signal("SIGTERM");
    await weft.ended();
  });
});

describe("starting", () => {
  /** A data folder with a canvas in it, closed in good order. */
  const makeData = async (t) => {
    const folder = join(makeFolder(t), "data");
    const weft = await Weft.start(t, { data: folder });
    for (const canvas of ["broken", "whole"]) {
      const peer = await JsonPeer.join(weft, canvas, "ada");
      for (let n = 1; n <= 40; ++n) peer.push(n, create(`e${n}`, { title: `MARK-${canvas}-${n}`, filler: "x".repeat(400) }));
      await peer.ack(40);
    }
    assert.equal(await weft.stop(), 0);
    return folder;
  };
  const contentOf = (folder) => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]));
  const serve = (...flags) => runWeft(["serve", "--listen", "127.0.0.1:0", ...flags]);

  it("V8, T13: a database that is damaged, cut short or none is refused, and keeps every byte", async (t) => {
    const whole = await makeData(t);
    const size = statSync(join(whole, "weft.db")).size;
    const damages = {
      "cut within a page": (bytes) => bytes.subarray(0, size - 1000),
      "cut between pages": (bytes) => bytes.subarray(0, size - 4096),
      "cut to nothing": (bytes) => bytes.subarray(0, 0),
      "cut within its header": (bytes) => bytes.subarray(0, 50),
      "other bytes at its begin": (bytes) => Buffer.concat([Buffer.from("Not a database at all"), bytes.subarray(21)]),
      "other bytes in the middle": (bytes) => Buffer.concat([bytes.subarray(0, 8192), Buffer.alloc(4096, 0xa5), bytes.subarray(12288)]),
      "a text": () => Buffer.from("Dear diary, today I was mistaken for a database.\n".repeat(20)),
    };
    for (const [what, damage] of Object.entries(damages)) {
      const folder = join(makeFolder(t), "data");
      cpSync(whole, folder, { recursive: true });
      writeFileSync(join(folder, "weft.db"), damage(readFileSync(join(whole, "weft.db"))));
      const before = contentOf(folder);
      const { status, stderr } = await serve("--data", folder);
      assert.equal(status, 1, `${what}: ${stderr}`);
      assert.match(stderr, /weft\.db .*It was left as it is: restore it from a backup, or move it away/s, what);
      assert.deepEqual(contentOf(folder), before, what);
    }
  });

  it("V8, T13: a write-ahead log without its database is refused", async (t) => {
    const folder = makeFolder(t);
    writeFileSync(join(folder, "weft.db-wal"), "left over");
    const { status, stderr } = await serve("--data", folder);
    assert.equal(status, 1);
    assert.match(stderr, /weft\.db is missing, but its write-ahead log .* may hold edits/);
    assert.deepEqual(readdirSync(folder), ["weft.db-wal"]);
  });

  it("V8, T14: a second server on the same data is refused, and the first goes on", async (t) => {
    const folder = makeFolder(t);
    const weft = await Weft.start(t, { data: folder });
    const peer = await JsonPeer.join(weft, "room", "ada");
    await peer.pushed(1, create("a"));
    const { status, stderr } = await serve("--data", folder);
    assert.equal(status, 1);
    assert.match(stderr, /weft\.db is in use by another process/);
    assert.equal((await peer.pushed(2, create("b")))[3], Outcome.commit);
    await weft.kill();
    await weft.start();
    assert.equal((await weft.document("room")).seq, 2);
  });

  it("V8: a port in use, a data folder that cannot be", async (t) => {
    const taken = createServer();
    await new Promise((resolve) => taken.listen(0, "127.0.0.1", resolve));
    t.after(() => taken.close());
    const port = String(taken.address().port);
    const busy = await runWeft(["serve", "--listen", `127.0.0.1:${port}`, "--data", ":memory:"]);
    assert.equal(busy.status, 1);
    assert.match(busy.stderr, new RegExp(`cannot listen on 127\\.0\\.0\\.1, port ${port}: .*in use`));
    const folder = makeFolder(t);
    writeFileSync(join(folder, "file"), "");
    const inFile = await serve("--data", join(folder, "file", "data"));
    assert.equal(inFile.status, 1);
    assert.match(inFile.stderr, /The data folder .* cannot be made/);
    const wrong = await serve("--data", folder, "--shards", "many");
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /--shards .*many/);
  });

  it("T12: the folder and the database are the owner's alone", async (t) => {
    const folder = join(makeFolder(t), "new", "data");
    mkdirSync(join(folder, ".."));
    await Weft.start(t, { data: folder });
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, "weft.db")).mode & 0o777, 0o600);
  });

  it("V9, L11: damage in one canvas closes that canvas and leaves the others alone", async (t) => {
    const folder = await makeData(t);
    const file = join(folder, "weft.db");
    const bytes = readFileSync(file);
    const at = bytes.indexOf("MARK-broken-20");
    assert.ok(at > 0);
    bytes[at] ^= 1;
    writeFileSync(file, bytes);
    const weft = await Weft.start(t, { data: folder });
    const peer = await JsonPeer.open(weft, "broken", "ada");
    peer.hello();
    const { advice } = await peer.goodbye(4204);
    assert.equal(advice.retry, true);
    assert.equal((await fetch(`${weft.http}/v1/canvases/broken`)).status, 503);
    const good = await JsonPeer.join(weft, "whole", "ada");
    assert.equal(good.welcome.seq, 40);
    assert.equal((await good.pushed(41, create("more")))[3], Outcome.commit);
    const newcomer = await MsgpackPeer.join(weft, "whole", "bo");
    assert.equal(newcomer.heard.filter((message) => message[0] === Server.snapshot).flatMap((message) => message[3]).length, 41);
  });
});
