// SPDX-License-Identifier: Apache-2.0
// The tools of these tests, tried without weft.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync } from "node:fs";
import { createServer, connect } from "node:net";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { until, within } from "../server/support/waits.mjs";
import { makeFolder } from "../server/support/weft.mjs";
import { Postgres } from "./support/postgres.mjs";
import { durable, Redis } from "./support/redis.mjs";
import { TcpProxy } from "./support/tcp_proxy.mjs";

describe("Redis", () => {
  it("keeps what it was told over a kill, and loses it when asked to", async (t) => {
    const redis = await Redis.start(t, durable);
    assert.equal(await redis.command("SET", "key", "Grüße"), "OK");
    await redis.kill();
    await redis.restart();
    assert.equal(await redis.command("GET", "key"), "Grüße");
    await redis.restart({ keepsData: false });
    assert.equal(await redis.command("GET", "key"), null);
  });

  it("speaks every kind of reply", async (t) => {
    const redis = await Redis.start(t);
    await redis.command("RPUSH", "list", "a", "b");
    assert.deepEqual(await redis.command("LRANGE", "list", 0, -1), ["a", "b"]);
    assert.equal(await redis.command("LLEN", "list"), 2);
    assert.deepEqual(await redis.command("LRANGE", "none", 0, -1), []);
    await assert.rejects(redis.command("GET", "list"), /WRONGTYPE/);
    assert.equal(await redis.configure("maxmemory", "100mb"), "OK");
  });

  it("is silent while it is paused", async (t) => {
    const redis = await Redis.start(t);
    redis.pause();
    const answer = redis.command("PING");
    const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, "silence"))]);
    redis.resume();
    assert.equal(first, "silence");
    assert.equal(await answer, "PONG");
  });
});

it("PostgreSQL keeps its rows over a kill", async (t) => {
  const postgres = await Postgres.start(t, { fsync: true });
  await postgres.query("create table t (n int); insert into t values (1), (2)");
  await postgres.kill();
  await assert.rejects(postgres.query("select 1"));
  await postgres.restart();
  assert.equal(await postgres.query("select sum(n) from t"), "3");
});

it("no process outlives its test, even when that is killed", async (t) => {
  const folder = makeFolder(t); // for what it cannot tidy up
  chmodSync(folder, 0o755); // PostgreSQL runs as somebody else
  const script = `
    import { Redis } from ${JSON.stringify(fileURLToPath(new URL("support/redis.mjs", import.meta.url)))};
    import { Postgres } from ${JSON.stringify(fileURLToPath(new URL("support/postgres.mjs", import.meta.url)))};
    const redis = await new Redis().start();
    const postgres = await new Postgres().start();
    console.log("ports", redis.port, postgres.port);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: folder },
  });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  const [, ...ports] = await until("both to run", () => /ports (\d+) (\d+)/.exec(said));
  child.kill("SIGKILL");
  for (const port of ports) await until(`port ${port} to be closed`, () => isClosed(Number(port)));
});

describe("the proxy", () => {
  it("passes on, delays, stalls, mutes, cuts and refuses", async (t) => {
    let heardByServer = "";
    const echo = createServer((socket) => {
      socket.on("data", (chunk) => (heardByServer += chunk));
      socket.on("error", () => {}).pipe(socket);
    });
    await new Promise((resolve) => echo.listen(0, "127.0.0.1", resolve));
    t.after(() => echo.close());
    const proxy = await TcpProxy.start(t, echo.address().port);
    const client = await Client.open(proxy.port);
    t.after(() => client.socket.destroy());

    await client.echoes("straight");
    proxy.delay(80);
    const before = Date.now();
    await client.echoes("later");
    assert.ok(Date.now() - before >= 160, "both ways");
    proxy.delay(0);

    proxy.stall();
    client.say("waits");
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(client.heard, "");
    assert.equal(client.isOver, false);
    const second = await Client.open(proxy.port);
    second.say("too");
    proxy.resume();
    await client.hears("waits");
    await second.hears("too");

    proxy.mute();
    client.say("arrives");
    await until("it to reach the server", () => heardByServer.endsWith("arrives"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(client.heard, "");
    proxy.heal();
    await client.hears("arrives");

    assert.equal(proxy.connections, 2);
    proxy.cut();
    await until("the cut to be noticed", () => client.isOver && second.isOver);
    proxy.refuse();
    const refused = await Client.open(proxy.port).catch(() => undefined);
    if (refused) await until("the refusal to be noticed", () => refused.isOver);
    proxy.accept();
    const last = await Client.open(proxy.port);
    await last.echoes("well again");
    last.socket.end();
    await until("an end to be passed on", () => last.isOver);
  });

  it("keeps the bytes and their order whatever happens between", async (t) => {
    const echo = createServer((socket) => socket.on("error", () => {}).pipe(socket));
    await new Promise((resolve) => echo.listen(0, "127.0.0.1", resolve));
    t.after(() => echo.close());
    const proxy = await TcpProxy.start(t, echo.address().port);
    const client = await Client.open(proxy.port);
    t.after(() => client.socket.destroy());
    let said = "";
    for (let i = 0; i < 200; ++i) {
      const word = `${i}-${"x".repeat((i * 37) % 3000)} `;
      said += word;
      client.say(word);
      if (i % 20 === 5) proxy.delay(i % 3 ? 7 : 0);
      if (i % 20 === 10) proxy.stall();
      if (i % 20 === 15) proxy.resume();
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
    }
    proxy.heal();
    await client.hears(said);
  });
});

class Client {
  heard = "";
  isOver = false;

  static open(port) {
    const client = new Client();
    client.socket = connect(port, "127.0.0.1");
    client.socket.on("data", (chunk) => (client.heard += chunk));
    client.socket.on("close", () => (client.isOver = true));
    return within(
      "a connection",
      new Promise((resolve, reject) => {
        client.socket.on("connect", () => resolve(client));
        client.socket.on("error", reject);
      }),
    );
  }

  say(text) {
    this.socket.write(text);
  }

  async hears(text) {
    await until(`the echo of ${text.slice(0, 20)}`, () => this.heard.length >= text.length, { state: () => `${this.heard.length} of ${text.length}` });
    assert.ok(this.heard === text, "the same bytes");
    this.heard = "";
  }

  async echoes(text) {
    this.say(text);
    await this.hears(text);
  }
}

function isClosed(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", () => resolve(true));
  });
}
