// SPDX-License-Identifier: Apache-2.0
// The server of y-websocket, as its own server.js sets it up, without persistence.
import { createServer } from "node:http";
import { setupWSConnection } from "@y/websocket-server/utils";
import { WebSocketServer } from "ws";
import { ready } from "./ready.mjs";

const http = createServer();
const sockets = new WebSocketServer({ noServer: true });
sockets.on("connection", setupWSConnection);
http.on("upgrade", (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit("connection", webSocket, request));
});
http.listen(0, "127.0.0.1", () => ready(http.address().port));
