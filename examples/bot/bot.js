// SPDX-License-Identifier: Apache-2.0
// Keeps one note on the canvas that counts the others, and walks around it. Ctrl-C ends it.
import { createClient } from "@weft/client";
import { WebSocket } from "ws"; // Node 22 has one of its own

const client = createClient({ url: process.env.WEFT_URL ?? "ws://localhost:8080", WebSocket });
const canvas = client.open("examples", { name: "Counter" });
await canvas.waitUntilSynced();

const count = () => {
  const title = `${canvas.concepts.all.filter(({ id }) => id !== "count").length} notes`;
  const note = canvas.concepts.get("count");
  if (note === undefined) canvas.create("note", { title, x: 300, y: 200 }, "count");
  else if (note.props.title !== title) canvas.set("count", { title });
  const { x, y } = canvas.concepts.get("count").props;
  const angle = Date.now() / 500;
  canvas.moveCursor(x + 80 * Math.cos(angle), y + 80 * Math.sin(angle));
};
setInterval(count, 50).unref(); // What keeps the bot alive is its connection.
process.on("SIGINT", () => client.destroy());
console.log("counting");
