// SPDX-License-Identifier: Apache-2.0
// Bun's own WebSocket server and publish, which is uWebSockets inside: the message goes out as it came, through one
// topic for each room, to everybody but its sender. No decoding, so this is the least that per-message fan-out costs.
import { encode } from "@msgpack/msgpack";
import { ready } from "./ready.mjs";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, self) {
    const url = new URL(request.url);
    const data = { room: url.pathname.slice(1), id: url.searchParams.get("id") };
    if (self.upgrade(request, { data })) return undefined;
    return new Response("WebSocket only", { status: 426 });
  },
  websocket: {
    open(socket) {
      socket.subscribe(socket.data.room);
      socket.send(encode({ id: socket.data.id }));
    },
    message(socket, message) {
      socket.publish(socket.data.room, message);
    },
  },
});
ready(server.port);
