// SPDX-License-Identifier: Apache-2.0

import { connect, createServer } from "node:net";

/**
 * One person's way to the server. When it is cut their sessions end and none begins, but the page can still be
 * loaded: as with a proxy that has lost its WebSockets, or a page that the browser had kept.
 */
export class Link {
  #isCut = false;
  #sessions = new Set();
  #sockets = new Set();
  #server;

  static async to(port) {
    const link = new Link();
    link.#server = createServer((near) => link.#join(near, port));
    await new Promise((resolve, reject) => {
      link.#server.once("error", reject);
      link.#server.listen(0, "127.0.0.1", resolve);
    });
    return link;
  }

  get address() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  cut() {
    this.#isCut = true;
    for (const socket of this.#sessions) socket.destroy();
  }

  mend() {
    this.#isCut = false;
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  #join(near, port) {
    this.#sockets.add(near);
    near.on("close", () => this.#sockets.delete(near));
    near.on("error", () => near.destroy());
    // A request's head comes in one piece from a browser on the same machine.
    near.once("data", (head) => {
      const isSession = /\r\nupgrade: websocket/i.test(head.toString("latin1"));
      if (isSession && this.#isCut) return near.destroy();
      if (isSession) {
        this.#sessions.add(near);
        near.on("close", () => this.#sessions.delete(near));
      }
      const far = connect(port, "127.0.0.1");
      far.on("error", () => near.destroy());
      far.on("close", () => near.destroy());
      near.on("close", () => far.destroy());
      far.write(head);
      near.pipe(far).pipe(near);
    });
  }
}
