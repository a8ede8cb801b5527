// SPDX-License-Identifier: Apache-2.0
// Hocuspocus as it starts out: documents in memory, no extension, no hook.
import { Server } from "@hocuspocus/server";
import { ready } from "./ready.mjs";

const server = new Server({ address: "127.0.0.1", port: 0, quiet: true });
await server.listen();
ready(server.address.port);
