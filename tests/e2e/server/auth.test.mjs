// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { Client, create, JsonPeer, MsgpackPeer, Outcome, Server } from "./support/peer.mjs";
import { ask, RawPeer } from "./support/raw.mjs";
import { makeFolder, mint, runWeft, Weft } from "./support/weft.mjs";

const kSecret = "a secret of more than thirty-two bytes, for these tests alone";

function writeKey(folder, name, text) {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** What `weft token` would not make. */
function sign(claims, secret = kSecret, header = { alg: "HS256", typ: "JWT" }) {
  const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${base64url(header)}.${base64url(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

describe("tokens", { concurrency: true }, () => {
  const withSecret = async (t, flags = []) => {
    const keyFile = writeKey(makeFolder(t), "key", `${kSecret}\n`);
    const weft = await Weft.start(t, { flags: ["--auth-key", keyFile, ...flags] });
    return { weft, keyFile };
  };
  const open = async (weft, hello, canvas = "room") => {
    const peer = await JsonPeer.open(weft, canvas, hello.client ?? "c");
    peer.hello(hello);
    return peer;
  };

  const pem = { type: "spki", format: "pem" };
  const privatePem = { type: "pkcs8", format: "pem" };
  const pairs = {
    RS256: ["rsa", { modulusLength: 2048 }],
    ES256: ["ec", { namedCurve: "P-256" }],
    EdDSA: ["ed25519", {}],
  };
  for (const [algorithm, [type, options]] of Object.entries(pairs)) {
    it(`A8, A26: ${algorithm}, the server with the public key and weft token with the private one`, async (t) => {
      const folder = makeFolder(t);
      const make = () => generateKeyPairSync(type, { ...options, publicKeyEncoding: pem, privateKeyEncoding: privatePem });
      const { publicKey, privateKey } = make();
      const keyFile = writeKey(folder, "private.pem", privateKey);
      const weft = await Weft.start(t, { flags: ["--auth-key", writeKey(folder, "public.pem", publicKey)] });

      const token = await mint(keyFile, "u-1", "room*=edit", "--name", "Ada", "--color", "#f00", "--avatar", "https://example.com/a.png");
      const peer = await MsgpackPeer.join(weft, "room7", "ada", { token, name: "not she" });
      assert.deepEqual(peer.welcome.user, { id: "u-1", name: "Ada", color: "#f00", avatar: "https://example.com/a.png" });
      assert.equal(peer.welcome.role, "edit");
      assert.ok(peer.welcome.token_expires_in > 86_000_000 && peer.welcome.token_expires_in <= 86_400_000);
      assert.equal((await peer.pushed(1, create("a")))[3], Outcome.commit);

      const stranger = writeKey(folder, "stranger.pem", make().privateKey);
      await (await open(weft, { token: await mint(stranger, "u-1", "*=admin") })).goodbye(4100);
      // The public key is known to everybody and must not pass for a secret.
      const confused = sign({ sub: "u-1", exp: inSeconds(60), canvases: { "*": "admin" } }, publicKey);
      await (await open(weft, { token: confused })).goodbye(4100);
    });
  }

  it("A23, A24: a missing, a wrong and an expired token, and one without a role here", async (t) => {
    const { weft, keyFile } = await withSecret(t);
    const good = await mint(keyFile, "u-1", "room=edit");
    const claims = { sub: "u-1", exp: inSeconds(60), canvases: { room: "edit" } };

    const missing = await (await open(weft, {})).goodbye(4100);
    assert.deepEqual([missing.advice.retry, missing.advice.token], [true, true]);
    await (await open(weft, { token: "nonsense" })).goodbye(4100);
    await (await open(weft, { token: `${good.slice(0, -4)}AAAA` })).goodbye(4100);
    await (await open(weft, { token: sign(claims, "another secret of more than thirty-two bytes") })).goodbye(4100);
    await (await open(weft, { token: sign(claims, kSecret, { alg: "none" }) })).goodbye(4100);
    await (await open(weft, { token: sign({ ...claims, exp: undefined }) })).goodbye(4100);
    const expired = await (await open(weft, { token: sign({ ...claims, exp: inSeconds(-1) }) })).goodbye(4101);
    assert.deepEqual([expired.advice.retry, expired.advice.token], [true, true]);
    const elsewhere = await (await open(weft, { token: good }, "elsewhere")).goodbye(4002);
    assert.equal(elsewhere.advice.retry, false);
    // Own claims, own signature: what the test makes is good when nothing is wrong with it.
    assert.equal((await JsonPeer.join(weft, "room", "c", { token: sign(claims) })).welcome.user.id, "u-1");
  });

  it("H14: HTTP reads need the token, too, and take it from the header alone", async (t) => {
    const { weft, keyFile } = await withSecret(t);
    const token = await mint(keyFile, "u-1", "room=view");
    await JsonPeer.join(weft, "room", "c", { token });
    const read = async (path, ...fields) => {
      const { status, head, body } = await ask(weft, [`GET ${path} HTTP/1.1`, `Host: weft.example`, ...fields, "\r\n"].join("\r\n"));
      return { status, head, body };
    };
    const missing = await read("/v1/canvases/room");
    assert.equal(missing.status, 401);
    assert.match(missing.head, /WWW-Authenticate: Bearer/i);
    assert.equal((await read(`/v1/canvases/room?token=${token}`)).status, 401);
    assert.equal((await read("/v1/canvases/room/last-seen")).status, 401);
    assert.equal((await read("/v1/canvases/other", `Authorization: Bearer ${token}`)).status, 403);
    assert.equal((await read("/v1/canvases/room", `Authorization: Bearer ${token}`)).status, 200);
    assert.equal((await read("/v1/canvases/room/last-seen", `Authorization: Bearer ${token}`)).status, 200);
    assert.equal((await read("/healthz")).status, 200);
    // An upgrade is let through without: its token comes with hello.
    (await RawPeer.upgrade(weft, "room")).drop();
  });

  it("C12: view watches, present shows, edit pushes", async (t) => {
    const { weft, keyFile } = await withSecret(t);
    const join = async (user, role) => JsonPeer.join(weft, "room", user, { token: await mint(keyFile, user, `room=${role}`) });
    const editor = await join("editor", "edit");
    const viewer = await join("viewer", "view");
    const presenter = await join("presenter", "present");
    assert.deepEqual([viewer.welcome.role, presenter.welcome.role], ["view", "present"]);

    for (const peer of [viewer, presenter]) {
      const [, n, seq, outcome, [code]] = await peer.pushed(1, create("no"));
      assert.deepEqual([n, seq, outcome, code], [1, 0, Outcome.rejected, "not_allowed"]);
    }
    viewer.send([Client.cursor, 1, 2]);
    assert.equal((await viewer.error("not_allowed"))[3], Client.cursor);
    viewer.send([Client.presence, { a: 1 }]);
    assert.equal((await viewer.error("not_allowed"))[3], Client.presence);
    viewer.send([Client.event, "wave", null]);
    assert.equal((await viewer.error("not_allowed"))[3], Client.event);

    presenter.send([Client.cursor, 3, 4]);
    await editor.cursorOf(presenter.actor, 3, 4);
    await viewer.cursorOf(presenter.actor, 3, 4);
    await editor.pushed(1, create("yes"));
    await viewer.ops(1);
    assert.ok(!editor.heard.some((message) => message[0] === Server.cursors && message[2].some((entry) => entry[0] === viewer.actor)));

    // A fresh token may bring another role; the push that was refused has not used up its n.
    presenter.send([Client.token, await mint(keyFile, "presenter", "room=edit")]);
    assert.equal((await presenter.pushed(1, create("now")))[3], Outcome.commit);
    editor.send([Client.token, await mint(keyFile, "editor", "room=view")]);
    assert.equal((await editor.pushed(2, create("no more")))[4][0], "not_allowed");
  });

  it("C15: a fresh token that is taken is not answered, and counts from the next message on", async (t) => {
    const { weft, keyFile } = await withSecret(t);
    const peer = await JsonPeer.join(weft, "room", "peer", { token: await mint(keyFile, "u-1", "room=view") });
    const heard = peer.heard.length;
    peer.send([Client.token, await mint(keyFile, "u-1", "room=edit")], [Client.push, 1, [create("now")]], [Client.ping, 7]);
    await peer.take("the pong", (message) => message[0] === Server.pong);
    assert.equal((await peer.ack(1))[3], Outcome.commit);
    const kinds = peer.heard.slice(heard).map(([kind]) => kind);
    assert.deepEqual(kinds.filter((kind) => kind !== Server.presence).sort(), [Server.ack, Server.pong]);
  });

  it("O8: a token that ends ends the session, unless a fresh one has come", async (t) => {
    const { weft, keyFile } = await withSecret(t);
    const fresh = await mint(keyFile, "u-1", "room=edit", "--ttl", "60");
    const brief = sign({ sub: "u-1", exp: Date.now() / 1000 + 3, canvases: { room: "edit" } });
    const start = Date.now();
    const careless = await JsonPeer.join(weft, "room", "careless", { token: brief });
    const careful = await JsonPeer.join(weft, "room", "careful", { token: brief });
    assert.ok(careless.welcome.token_expires_in <= 3000);
    careful.send([Client.token, fresh]);
    const { advice } = await careless.goodbye(4101);
    assert.ok(Date.now() - start > 2900, "not before its time");
    assert.deepEqual([advice.retry, advice.token], [true, true]);
    await careful.presenceOf("join", careless.actor);
    assert.equal((await careful.pushed(1, create("a")))[3], Outcome.commit);
    assert.equal(careful.closed, undefined);
  });

  it("C14: a fresh token that is refused or names another user ends the session", async (t) => {
    const { weft, keyFile } = await withSecret(t);
    const join = async (client) => JsonPeer.join(weft, "room", client, { token: await mint(keyFile, "u-1", "room=edit") });
    const [wrong, other, elsewhere, expired] = [await join("a"), await join("b"), await join("d"), await join("e")];
    wrong.send([Client.token, "nonsense"]);
    await wrong.goodbye(4100);
    other.send([Client.token, await mint(keyFile, "u-2", "room=edit")]);
    await other.goodbye(4100);
    elsewhere.send([Client.token, await mint(keyFile, "u-1", "another=edit")]);
    await elsewhere.goodbye(4002);
    expired.send([Client.token, sign({ sub: "u-1", exp: inSeconds(-1), canvases: { room: "edit" } })]);
    await expired.goodbye(4101);
  });

  it("C9: a client id belongs to the user who first pushed under it", async (t) => {
    const { weft, keyFile } = await withSecret(t);
    const token = (user) => mint(keyFile, user, "room*=edit");
    const ada = await JsonPeer.join(weft, "room", "laptop", { token: await token("ada") });
    await ada.pushed(1, create("a"));
    const thief = await open(weft, { client: "laptop", token: await token("eve") });
    await thief.goodbye(4002);
    assert.equal(ada.closed, undefined);
    // On another canvas it is free.
    assert.equal((await JsonPeer.join(weft, "room2", "laptop", { token: await token("eve") })).welcome.n, 0);
  });

  it("A25: without a key there is no token, and nobody asks for one", async (t) => {
    const weft = await Weft.start(t);
    const peer = await JsonPeer.join(weft, "room", "c", { token: "nonsense", name: "  Ada\u0007 " });
    assert.deepEqual(peer.welcome.user, { id: "anon:c", name: "Ada" });
    assert.equal(peer.welcome.token_expires_in, undefined);
  });

  it("V8: without a key it does not listen on other addresses than loopback", async () => {
    for (const listen of ["0.0.0.0:0", "[::]:0"]) {
      const { status, stderr } = await runWeft(["serve", "--listen", listen, "--data", ":memory:"]);
      assert.equal(status, 2);
      assert.match(stderr, /Without an authentication key .* loopback .*--auth-key FILE/s);
    }
  });

  it("V8: a key file that is missing, too short or open to others", async (t) => {
    const folder = makeFolder(t);
    const serve = (path) => runWeft(["serve", "--listen", "127.0.0.1:0", "--data", ":memory:", "--auth-key", path]);
    const missing = await serve(join(folder, "none"));
    assert.deepEqual([missing.status, /cannot be read/.test(missing.stderr)], [2, true], missing.stderr);
    const short = await serve(writeKey(folder, "short", "secret\n"));
    assert.deepEqual([short.status, /cannot be used/.test(short.stderr)], [2, true], short.stderr);
    const key = writeKey(folder, "key", `${kSecret}\n`);
    chmodSync(key, 0o644);
    const weft = await Weft.start(t, { flags: ["--auth-key", key] });
    assert.match(weft.log, /Others on this machine may read the secret .* chmod 600/);
  });
});
