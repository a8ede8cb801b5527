// SPDX-License-Identifier: Apache-2.0

// Runs a module, whose connection then keeps the process alive. Node has a WebSocket of its own from version 22 on; before,
// everyone brings theirs.
import { pathToFileURL } from "node:url";

import { WebSocket } from "ws";

globalThis.WebSocket ??= WebSocket;
await import(pathToFileURL(process.argv[2]).href);
