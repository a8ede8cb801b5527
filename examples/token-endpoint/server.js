// SPDX-License-Identifier: Apache-2.0

// The part of an application's own server that Weft needs: it gives tokens to whoever is logged in.
//
//   node server.js KEY_FILE       KEY_FILE is the one that weft has as --auth-key

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { mintToken } from "./token.js";

const secret = readFileSync(process.argv[2], "utf8").trimEnd();
const kTokenSeconds = Number(process.env.TOKEN_SECONDS ?? 300);

/** Users by the cookie of their session. Here everybody is who they say; your application knows better. */
const sessions = new Map();
const kSessionsMax = 1_000;

const routes = {
  "POST /api/login": (request, response) => {
    const name = new URL(request.url, "http://localhost").searchParams.get("name") ?? "";
    if (!/^\w{1,32}$/.test(name)) return answer(response, 400, "A name has 1 to 32 letters.");
    const session = randomUUID();
    if (sessions.size === kSessionsMax) sessions.delete(sessions.keys().next().value);
    sessions.set(session, { id: name.toLowerCase(), name });
    response.setHeader("Set-Cookie", `session=${session}; HttpOnly; SameSite=Strict; Path=/api`);
    answer(response, 200, name);
  },
  "GET /api/weft-token": (request, response) => {
    const session = /(?:^|; )session=([^;]*)/.exec(request.headers.cookie ?? "")?.[1];
    const user = sessions.get(session);
    if (user === undefined) return answer(response, 401, "Log in first.");
    // Visitors look on, everybody else edits. A role may change while somebody is connected: with the next token.
    const role = user.id === "visitor" ? "view" : "edit";
    answer(response, 200, mintToken(secret, { ...user, canvases: { examples: role }, seconds: kTokenSeconds }));
  },
};

function answer(response, status, text) {
  response.writeHead(status, { "Content-Type": "text/plain", "Cache-Control": "no-store" }).end(text);
}

const server = createServer((request, response) => {
  const route = routes[`${request.method} ${request.url.split("?")[0]}`];
  if (route === undefined) answer(response, 404, "There is nothing here.");
  else route(request, response);
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log(`tokens on http://127.0.0.1:${server.address().port}`));
