// SPDX-License-Identifier: Apache-2.0

import { createClient } from "@weft/client";

const { VITE_WEFT_URL: url = "ws://localhost:8080" } = import.meta.env;
const element = (id) => document.getElementById(id);

/** Called for every attempt to connect, and again before the token ends. What it throws is shown as the reason. */
async function token() {
  const response = await fetch("/api/weft-token");
  if (!response.ok) throw new Error(await response.text());
  return response.text();
}

const canvas = createClient({ url, token }).open("examples", { isConnected: false });

function show() {
  const { name, reason } = canvas.status;
  const who = canvas.me === undefined ? "" : ` as ${canvas.me.user.name}, who may ${canvas.role}`;
  element("status").textContent = name === "live" ? `live${who}` : `${name} ${reason ?? ""}`;
  element("add").disabled = !canvas.canEdit;
}
canvas.on("status", show);
canvas.on("people", show);
canvas.on("role", show);
canvas.concepts.subscribe(() => {
  element("notes").replaceChildren(
    ...canvas.concepts.all.map(({ props }) => Object.assign(document.createElement("li"), { textContent: props.title })),
  );
});
element("add").onclick = () => canvas.create("note", { title: "A note", x: 40, y: 80 });

document.forms[0].onsubmit = async (event) => {
  event.preventDefault();
  const name = new FormData(event.target).get("name");
  const response = await fetch(`/api/login?name=${encodeURIComponent(name)}`, { method: "POST" });
  if (response.ok) canvas.connect();
  else element("status").textContent = await response.text();
};
