// SPDX-License-Identifier: Apache-2.0
// tldraw sync: a TLSocketRoom for each room over ws, with the default schema and so its validation of every record.
// Rooms begin with a rectangle for each person. In memory; with TLDRAW_DATA in SQLite through tldraw's own storage, with
// the settings that promise what Weft promises: WAL and synchronous=FULL.
import { createServer } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { InMemorySyncStorage, NodeSqliteWrapper, SQLiteSyncStorage, TLSocketRoom } from "@tldraw/sync-core";
import { createTLSchema } from "@tldraw/tlschema";
import { getIndices } from "@tldraw/utils";
import { WebSocketServer } from "ws";
import { ready } from "./ready.mjs";

const kPeopleMax = 64;
const schema = createTLSchema();

const rectangle = (place, index) => ({
  id: `shape:p${place}`,
  typeName: "shape",
  type: "geo",
  parentId: "page:page",
  index,
  x: 0,
  y: 0,
  rotation: 0,
  isLocked: false,
  opacity: 1,
  meta: {},
  props: {
    geo: "rectangle",
    w: 120,
    h: 80,
    dash: "draw",
    url: "",
    growY: 0,
    scale: 1,
    flipX: false,
    flipY: false,
    labelColor: "black",
    color: "black",
    fill: "none",
    size: "m",
    font: "draw",
    align: "middle",
    verticalAlign: "middle",
    richText: { type: "doc", content: [{ type: "paragraph" }] },
  },
});

const records = [
  { id: "document:document", typeName: "document", gridSize: 10, name: "", meta: {} },
  { id: "page:page", typeName: "page", name: "Page 1", index: "a1", meta: {} },
  ...getIndices(kPeopleMax).map((index, place) => rectangle(place, index)),
];
const snapshot = {
  clock: 0,
  documentClock: 0,
  tombstones: {},
  schema: schema.serialize(),
  documents: records.map((state) => ({ state, lastChangedClock: 0 })),
};

function storage(name) {
  if (process.env.TLDRAW_DATA === undefined) return new InMemorySyncStorage({ snapshot });
  const database = new DatabaseSync(join(process.env.TLDRAW_DATA, `${name}.db`));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  return new SQLiteSyncStorage({ sql: new NodeSqliteWrapper(database), snapshot });
}

const rooms = new Map();
function room(name) {
  if (!rooms.has(name)) rooms.set(name, new TLSocketRoom({ schema, storage: storage(name) }));
  return rooms.get(name);
}

const http = createServer();
const sockets = new WebSocketServer({ server: http });
sockets.on("connection", (socket, request) => {
  const url = new URL(request.url, "http://127.0.0.1");
  room(url.pathname.slice(1)).handleSocketConnect({ sessionId: url.searchParams.get("session"), socket });
});
http.listen(0, "127.0.0.1", () => ready(http.address().port, JSON.stringify(schema.serialize())));
