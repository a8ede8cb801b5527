// SPDX-License-Identifier: Apache-2.0
// Bun, Redis Pub/Sub and MessagePack: what one sends is decoded, gets its sender's id, and is published in Redis; every
// instance hands what comes from Redis to its own people of that room with Bun's publish. Any number of instances.
import { decode, encode } from "@msgpack/msgpack";
import { createClient } from "redis";
import { ready } from "./ready.mjs";

const publisher = createClient({ url: process.env.REDIS_URL });
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);

const subscribed = new Map(); // room: the promise of its subscription
const kAsBuffers = true;

function subscription(room) {
  if (!subscribed.has(room)) {
    const relay = (message) => server.publish(room, message);
    subscribed.set(room, subscriber.subscribe(`room:${room}`, relay, kAsBuffers));
  }
  return subscribed.get(room);
}

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
    async open(socket) {
      socket.subscribe(socket.data.room);
      await subscription(socket.data.room);
      socket.send(encode({ id: socket.data.id }));
    },
    message(socket, message) {
      const { x, y } = decode(message);
      const bytes = encode({ id: socket.data.id, x, y });
      publisher.publish(`room:${socket.data.room}`, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
  },
});
ready(server.port);
