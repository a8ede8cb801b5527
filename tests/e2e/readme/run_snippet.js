// SPDX-License-Identifier: Apache-2.0

// Runs a module to its end and leaves, although its connection is still open. Node has a WebSocket of its own from
// version 22 on; before, everyone brings theirs.
import { pathToFileURL } from "node:url";

import { WebSocket } from "ws";

globalThis.WebSocket ??= WebSocket;
await import(pathToFileURL(process.argv[2]).href);
process.exit(0);
