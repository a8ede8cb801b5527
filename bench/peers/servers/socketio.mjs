// SPDX-License-Identifier: Apache-2.0
// Socket.IO with its Redis adapter, WebSocket only, the ws engine with bufferutil. Cursors are volatile, as its
// documentation advises for positions: what cannot be written at once is dropped and not kept.
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";
import { ready } from "./ready.mjs";

const publisher = createClient({ url: process.env.REDIS_URL });
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);

const http = createServer();
const io = new Server(http, { adapter: createAdapter(publisher, subscriber), transports: ["websocket"] });
io.on("connection", (socket) => {
  const { room } = socket.handshake.query;
  socket.join(room);
  socket.on("cursor", ({ x, y }) => socket.to(room).volatile.emit("cursor", { id: socket.id, x, y }));
  socket.emit("joined");
});
http.listen(0, "127.0.0.1", () => ready(http.address().port));
