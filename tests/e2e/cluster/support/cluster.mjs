// SPDX-License-Identifier: Apache-2.0

import { until } from "../../server/support/waits.mjs";
import { freePort, Weft } from "../../server/support/weft.mjs";
import { Postgres } from "./postgres.mjs";
import { durable, Redis } from "./redis.mjs";
import { TcpProxy } from "./tcp_proxy.mjs";

/** Several instances that share canvases over one Redis, each behind a proxy of its own if asked. */
export class Cluster {
  /** Weft[], with fixed ports. */
  instances = [];
  /** TcpProxy[]: proxies[i] stands between instance i and Redis. Empty without `isProxied`. */
  proxies = [];

  /** A cluster that the test takes down again. */
  static async start(t, options) {
    const cluster = new Cluster();
    t.after(() => cluster.remove());
    return cluster.start(options);
  }

  /**
   * `redis`: options of redis-server. `postgres`: options of a Postgres behind it. `flags`: of every instance.
   */
  async start({ instances = 2, redis = durable, postgres, isProxied = false, ack, flags = [] } = {}) {
    this.redis = await new Redis(redis).start();
    if (postgres) this.postgres = await new Postgres(postgres).start();
    this.flags = [...flags];
    if (postgres) this.flags.push("--postgres", this.postgres.url);
    if (ack) this.flags.push("--ack", ack);
    // A Redis that has just started is not waited for: no instance can have what it lost.
    if (!this.flags.includes("--redis-settle-seconds")) this.flags.push("--redis-settle-seconds", "0");
    for (let i = 0; i < instances; ++i) {
      let url = this.redis.url;
      if (isProxied) {
        const proxy = await new TcpProxy(this.redis.port).start();
        this.proxies.push(proxy);
        url = `redis://127.0.0.1:${proxy.port}`;
      }
      this.instances.push(new Weft({ data: null, port: await freePort(), flags: ["--redis", url, ...this.flags] }));
    }
    await Promise.all(this.instances.map((instance) => instance.start()));
    return this;
  }

  get living() {
    return this.instances.filter((instance) => instance.isRunning);
  }

  /** What a client calls a server: any instance that runs, another one each time. */
  door(random = Math.random) {
    const cluster = this;
    return {
      get port() {
        const living = cluster.living;
        return (living.length > 0 ? living : cluster.instances)[Math.floor(random() * (living.length || cluster.instances.length))].port;
      },
      owns: (peer) => peer,
      tail: () => cluster.tail(),
    };
  }

  /** The document as every instance that runs gives it; the first one, once all are the same. */
  async document(canvas) {
    let documents;
    await until(`all instances to give the same document of ${canvas}`, async () => {
      documents = await Promise.all(this.living.map((instance) => instance.document(canvas)));
      const [first, ...others] = documents.map((document) => JSON.stringify(sorted(document)));
      return others.every((other) => other === first);
    }, { state: () => `They give ${JSON.stringify(documents)}` });
    return documents[0];
  }

  tail() {
    return this.instances.map((instance, i) => `Instance ${i}: ${instance.tail()}`).join("\n");
  }

  async remove() {
    const ends = await Promise.allSettled(this.instances.map((instance) => instance.remove()));
    for (const proxy of this.proxies) await proxy.remove();
    await this.redis?.remove();
    await this.postgres?.remove();
    const failed = ends.find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
  }
}

/** Entities in the order of their ids. */
function sorted(document) {
  return { ...document, entities: [...document.entities].sort((a, b) => (a.id < b.id ? -1 : 1)) };
}
