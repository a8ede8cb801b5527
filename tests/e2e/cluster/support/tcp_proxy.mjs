// SPDX-License-Identifier: Apache-2.0

import { connect, createServer } from "node:net";

/** A network between a client and a server on this machine that a test can break. */
export class TcpProxy {
  #server;
  #pairs = new Set();
  #isRefusing = false;
  #isStalled = false;
  #delayMs = 0;
  #isMute = false;

  constructor(targetPort) {
    this.targetPort = targetPort;
  }

  static async start(t, targetPort) {
    const proxy = new TcpProxy(targetPort);
    t.after(() => proxy.remove());
    return proxy.start();
  }

  async start() {
    this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (near) => this.#join(near));
    await new Promise((resolve, reject) => {
      this.#server.on("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    this.port = this.#server.address().port;
    return this;
  }

  /** How many connections there are now. */
  get connections() {
    return this.#pairs.size;
  }

  /** Every connection ends at once, as when a cable is pulled and the ends notice. */
  cut() {
    for (const pair of [...this.#pairs]) pair.destroy();
  }

  /** New connections are closed as soon as they are made, until accept(). */
  refuse() {
    this.#isRefusing = true;
  }

  accept() {
    this.#isRefusing = false;
  }

  /** What is said from now on arrives so much later, in order. */
  delay(ms) {
    this.#delayMs = ms;
  }

  /** Nothing arrives any more, and no end notices, until resume(). New connections are made, and are as silent. */
  stall() {
    this.#isStalled = true;
    for (const pair of this.#pairs) pair.pause();
  }

  resume() {
    this.#isStalled = false;
    for (const pair of this.#pairs) pair.resume();
  }

  /** What clients say arrives; what the server says does not, until heal() or the end of the connection. */
  mute() {
    this.#isMute = true;
  }

  /** All is well. */
  heal() {
    this.#isMute = false;
    this.accept();
    this.delay(0);
    this.resume();
  }

  async remove() {
    if (!this.#server) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  #join(near) {
    near.on("error", () => {});
    if (this.#isRefusing) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ port: this.targetPort, host: "127.0.0.1", allowHalfOpen: true });
    const pair = new Pair(near, far, () => this.#delayMs, () => this.#isMute);
    this.#pairs.add(pair);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on("error", () => pair.destroy());
      socket.on("close", () => {
        pair.destroy();
        this.#pairs.delete(pair);
      });
    }
    if (this.#isStalled) pair.pause();
    else pair.resume();
  }
}

/** Two sockets that pass on to each other what they read. */
class Pair {
  #isPaused = true;
  #waiting = new Map(); // socket -> [{at, work}] that is to be done for it, in order

  constructor(near, far, delayMs, isMute) {
    this.sockets = [near, far];
    this.delayMs = delayMs;
    this.isHeld = (to) => this.#isPaused || (to === near && isMute());
    this.#pass(near, far);
    this.#pass(far, near);
  }

  pause() {
    this.#isPaused = true;
    for (const socket of this.sockets) socket.pause();
  }

  resume() {
    this.#isPaused = false;
    for (const socket of this.sockets) {
      socket.resume();
      this.#work(socket);
    }
  }

  destroy() {
    for (const socket of this.sockets) socket.destroy();
  }

  #pass(from, to) {
    this.#waiting.set(to, []);
    from.on("data", (chunk) => this.#later(to, () => to.write(chunk)));
    from.on("end", () => this.#later(to, () => to.end()));
  }

  #later(to, work) {
    this.#waiting.get(to).push({ at: Date.now() + this.delayMs(), work });
    this.#work(to);
  }

  #work(to) {
    const queue = this.#waiting.get(to);
    while (queue.length > 0 && !this.isHeld(to) && !to.destroyed) {
      const ms = queue[0].at - Date.now();
      if (ms > 0) {
        setTimeout(() => this.#work(to), ms);
        return;
      }
      queue.shift().work();
    }
  }
}
