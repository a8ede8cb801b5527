// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { create, JsonPeer } from "./support/peer.mjs";
import { ask, RawPeer, upgradeRequest } from "./support/raw.mjs";
import { Weft } from "./support/weft.mjs";

describe("HTTP", () => {
  let weft;
  let host;
  before(async () => {
    weft = await new Weft().start();
    host = `Host: 127.0.0.1:${weft.port}`;
    await (await JsonPeer.join(weft, "a")).leave(); // so that it can be read
  });
  after(() => weft.remove());

  const get = (path, ...fields) => ask(weft, `GET ${path} HTTP/1.1\r\n${[host, ...fields].join("\r\n")}\r\n\r\n`);

  it("H10: healthz and readyz", async () => {
    const health = await get("/healthz");
    assert.deepEqual([health.status, health.body], [200, "ok\n"]);
    const ready = await get("/readyz");
    assert.deepEqual([ready.status, ready.body], [200, "ready\n"]);
  });

  it("H17: what nobody has ever opened is not made by reading it", async () => {
    for (let i = 0; i < 2; ++i) {
      const { status, body } = await get("/v1/canvases/never");
      assert.equal(status, 404);
      assert.match(JSON.parse(body).error, /nobody has opened/);
      assert.deepEqual(await weft.lastSeen("never"), []);
    }
  });

  it("H12: a document, also of a canvas that nobody has open any more", async () => {
    const ada = await JsonPeer.join(weft, "doc", "ada");
    await ada.pushed(1, create("a", { title: 'A "quoted" title', n: 1.5 }));
    const { epoch } = ada.welcome;
    const expected = { canvas: "doc", epoch, seq: 1, entities: [{ id: "a", type: "concept", properties: { n: 1.5, title: 'A "quoted" title' } }] };
    assert.deepEqual(await weft.document("doc"), expected);
    await ada.leave();
    assert.deepEqual(await weft.document("doc"), expected);
    const answer = await get("/v1/canvases/doc");
    assert.match(answer.head, /content-type: application\/json/i);
    assert.match(answer.head, /cache-control: no-store/i);
  });

  it("R16: last-seen has whoever has left, with their last presence", async () => {
    const before = Date.now();
    const ada = await JsonPeer.join(weft, "seen", "ada", { name: "Ada", presence: { page: 3 } });
    assert.deepEqual(await weft.lastSeen("seen"), []);
    const watcher = await JsonPeer.join(weft, "seen", "watcher");
    await ada.leave();
    await watcher.presenceOf("leave", ada.actor);
    const [row, ...more] = await weft.lastSeen("seen");
    assert.deepEqual(more, []);
    assert.deepEqual([row.user, row.name, row.presence], ["anon:ada", "Ada", { page: 3 }]);
    assert.ok(row.at_ms >= before && row.at_ms <= Date.now());
  });

  it("H15: other paths of the API are 404", async () => {
    for (const path of ["/v1", "/v1/", "/v1/canvases", "/v1/canvas/a", "/v1/canvases/a/b", "/v2/canvases/a", "/nowhere"]) {
      assert.equal((await get(path)).status, 404, path);
    }
  });

  it("P1: a bad canvas id is 404, also for an upgrade", async () => {
    for (const id of ["", "a%20b", "a%2Fb", "%C3%A9", "a".repeat(129), "a%00"]) {
      assert.equal((await get(`/v1/canvases/${id}`)).status, 404, id);
      assert.equal((await ask(weft, upgradeRequest(weft, id, "weft.v1"))).status, 404, id);
    }
    const odd = `A.z_9~:-${"b".repeat(120)}`;
    await JsonPeer.join(weft, odd);
    assert.equal((await weft.document(odd)).canvas, odd);
  });

  it("P2, W5: without a known subprotocol an upgrade is 400, and the sentence names both", async () => {
    for (const offered of [undefined, "graphql-ws", "weft.v2", "WEFT.V1"]) {
      const { status, body } = await ask(weft, upgradeRequest(weft, "a", offered));
      assert.equal(status, 400);
      assert.match(JSON.parse(body).error, /weft\.v1 .*weft\.v1\+json/);
    }
  });

  it("W6: the 101 has exactly what it needs", async () => {
    const peer = await RawPeer.open(weft);
    peer.write(upgradeRequest(weft, "a", "chat, weft.v1+json, weft.v1"));
    assert.deepEqual((await peer.head()).trim().split("\r\n"), [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
      "Sec-WebSocket-Protocol: weft.v1+json",
    ]);
    peer.drop();
  });

  it("W2, W3, H11: an upgrade that is not whole is refused", async () => {
    const whole = upgradeRequest(weft, "a", "weft.v1");
    assert.equal((await ask(weft, whole.replace("Version: 13", "Version: 8"))).status, 426);
    assert.equal((await ask(weft, whole.replace("dGhlIHNhbXBsZSBub25jZQ==", "short"))).status, 400);
    assert.equal((await ask(weft, whole.replace("Connection: Upgrade", "Connection: close"))).status, 400);
  });

  it("H4: hello right behind the upgrade's head is heard", async () => {
    const peer = await JsonPeer.join(weft, "early", "witness");
    const early = await RawPeer.open(weft);
    const text = Buffer.from('[[0,{"client":"early"}]]');
    // Mask of zeros: the bytes stay as they are.
    early.write(Buffer.concat([Buffer.from(upgradeRequest(weft, "early", "weft.v1+json")), Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
    await early.head();
    await peer.take("the join of early", (message) => message[1].join?.some((entry) => entry[1].id === "anon:early"));
    early.drop();
  });

  it("H22, H23: pages from elsewhere are 403 unless they are listed", async (t) => {
    const own = `http://127.0.0.1:${weft.port}`;
    assert.equal((await get("/v1/canvases/a", `Origin: ${own}`)).status, 200);
    for (const origin of ["https://elsewhere.example", "null", "http://127.0.0.1.example"]) {
      assert.equal((await get("/v1/canvases/a", `Origin: ${origin}`)).status, 403, origin);
      assert.equal((await ask(weft, upgradeRequest(weft, "a", "weft.v1", [`Origin: ${origin}`]))).status, 403, origin);
    }
    const open = await Weft.start(t, { flags: ["--origin", "https://app.example"] });
    const peer = await JsonPeer.open(open, "a", "page", { Origin: "https://app.example" });
    peer.hello();
    await peer.isIn();
    assert.equal((await ask(open, upgradeRequest(open, "a", "weft.v1", ["Origin: https://other.example"]))).status, 403);
  });

  it("H27: in development mode a page that this machine serves on another port gets in", async () => {
    const peer = await JsonPeer.open(weft, "a", "page", { Origin: "http://localhost:5173" });
    peer.hello();
    await peer.isIn();
    peer.drop();
  });

  it("H20: in development mode another Host is 403", async () => {
    for (const name of ["weft.example", "192.168.1.5", "127.0.0.1.example", "localhost.example"]) {
      const request = upgradeRequest(weft, "a", "weft.v1").replace(`127.0.0.1:${weft.port}`, `${name}:${weft.port}`);
      assert.equal((await ask(weft, request)).status, 403, name);
    }
    assert.equal((await ask(weft, `GET /v1/canvases/a HTTP/1.1\r\nHost: localhost:${weft.port}\r\n\r\n`)).status, 200);
  });

  it("H1: a head over 16 KiB or with more than 100 fields is 431", async () => {
    assert.equal((await get("/healthz", `X-Long: ${"x".repeat(15_000)}`)).status, 200);
    assert.equal((await get("/healthz", `X-Long: ${"x".repeat(16_400)}`)).status, 431);
    assert.equal((await get("/healthz", ...Array.from({ length: 101 }, (_, i) => `X-${i}: 1`))).status, 431);
  });

  it("H3, H16: bodies and other methods are refused", async () => {
    assert.equal((await ask(weft, `POST /v1/canvases/a HTTP/1.1\r\n${host}\r\nContent-Length: 2\r\n\r\n{}`)).status, 413);
    const { status, head } = await ask(weft, `DELETE /v1/canvases/a HTTP/1.1\r\n${host}\r\n\r\n`);
    assert.equal(status, 405);
    assert.match(head, /allow: GET, HEAD/i);
  });

  it("H30: the demo page is at /", async () => {
    const { status, head } = await get("/");
    assert.equal(status, 200);
    assert.match(head, /content-type: text\/html/i);
  });
});
