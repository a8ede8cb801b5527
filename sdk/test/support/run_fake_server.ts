// SPDX-License-Identifier: Apache-2.0

/** The fake room over real WebSockets, to try the demo without the server: npm run fake-server [port]. */

import { decodeMulti, encode } from "@msgpack/msgpack";
import { WebSocketServer } from "ws";

import type { ClientMessage } from "../../src/protocol/messages.js";
import { FakeRoom, type Seat } from "./fake_room.js";

const port = Number(process.argv[2] ?? 8081);
const rooms = new Map<string, FakeRoom>();

new WebSocketServer({ port, host: "127.0.0.1", handleProtocols: () => "weft.v1" }).on("connection", (socket, request) => {
  const name = request.url ?? "";
  const room = rooms.get(name) ?? new FakeRoom();
  room.tickMs = 16;
  rooms.set(name, room);
  const seat: Seat = {
    send: (messages) => socket.send(Buffer.concat(messages.map((message) => encode(message)))),
    close: (code, reason) => socket.close(code, reason),
  };
  socket.on("message", (frame) => {
    for (const message of decodeMulti(frame as Buffer)) room.receive(seat, message as ClientMessage);
  });
  socket.on("close", () => room.leave(seat));
});
console.log(`fake room on ws://127.0.0.1:${port}`);
