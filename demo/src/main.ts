// SPDX-License-Identifier: Apache-2.0

import { takeColor } from "./colors.js";
import { byId, isTyping } from "./dom.js";
import { RemoteCursors } from "./cursors.js";
import { Linker } from "./linker.js";
import { Links } from "./links.js";
import { Nodes } from "./nodes.js";
import { setUpNameForm, showPeople } from "./people.js";
import { othersSelections, Selection } from "./selection.js";
import { openCanvas, trustTokenNames } from "./session.js";
import { StatusPill } from "./status.js";
import { toast } from "./toast.js";
import { Tools } from "./tools.js";
import { Viewport } from "./viewport.js";

const { canvas, canvasId, hasToken } = openCanvas();
if (hasToken) trustTokenNames();

const stage = byId("stage");
const viewport = new Viewport();
const selection = new Selection(canvas);
const nodes = new Nodes(
  canvas,
  viewport,
  selection,
  (ids) => links.follow(ids),
  (id, event) => linker.start(id, event),
);
const links: Links = new Links(canvas, selection, (id) => nodes.box(id));
const linker: Linker = new Linker(canvas, viewport, selection, (id) => nodes.box(id));
const cursors = new RemoteCursors(canvas, viewport);
const tools = new Tools(canvas, viewport, selection, nodes);
const pill = new StatusPill(canvas);
setUpNameForm(canvas);
byId("canvas-name").textContent = canvasId;
document.title = `${canvasId} · Weft`;

// What the canvas tells.

let isFirstSnapshot = true;

canvas.on("change", ({ origin, ids }) => {
  nodes.update(ids, origin);
  links.update(ids);
  selection.prune();
  byId("empty").hidden = canvas.concepts.size > 0;
  if (origin === "snapshot" && isFirstSnapshot) {
    isFirstSnapshot = false;
    tools.fit();
  }
  tools.update();
  pill.update();
});

canvas.on("people", () => {
  takeColor(canvas);
  showPeople(canvas, viewport, hasToken);
  cursors.refresh();
  const holders = othersSelections(canvas);
  nodes.showHolders(holders);
  links.showHolders(holders);
});

canvas.on("cursors", (actors) => cursors.update(actors));

canvas.on("status", () => {
  pill.update();
  tools.update();
});

canvas.on("rejected", ({ message }) => toast(`Your edit was taken back: ${message}`));

canvas.on("error", (error) => {
  if (canvas.status.name === "live") toast(error.message);
});

// Confirmations change no entity, only the count of what is not saved.
setInterval(() => pill.update(), 500);

// What the person does.

stage.addEventListener("pointermove", (event) => {
  const { x, y } = viewport.toWorld({ x: event.clientX, y: event.clientY });
  canvas.moveCursor(x, y);
});
stage.addEventListener("pointerleave", () => canvas.hideCursor());
viewport.onChange(() => canvas.setView(viewport.rect));

stage.addEventListener("pointerdown", (event) => {
  if (event.target !== stage) return;
  selection.set([]);
  stage.focus({ preventScroll: true });
});
stage.addEventListener("dblclick", (event) => {
  if (event.target === stage) tools.add(viewport.toWorld({ x: event.clientX, y: event.clientY }));
});

const kArrows: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

addEventListener("keydown", (event) => {
  if (isTyping() || event.ctrlKey || event.metaKey || event.altKey) return;
  const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>(".node")?.dataset["id"];
  const [selected] = selection.ids;
  const arrow = kArrows[event.key];
  if (event.key === "Delete" || event.key === "Backspace") tools.removeSelected();
  else if (event.key === "Escape") linker.isLinking ? linker.cancel() : selection.set([]);
  else if (event.key === "Enter" && focused !== undefined) linker.isLinking ? linker.finish(focused) : nodes.rename(focused);
  else if (event.key.toLowerCase() === "l" && selected !== undefined && canvas.concepts.has(selected)) linker.start(selected);
  else if (arrow !== undefined && selection.ids.size > 0) tools.nudge(arrow[0] * (event.shiftKey ? 40 : 10), arrow[1] * (event.shiftKey ? 40 : 10));
  else return;
  event.preventDefault();
});

pill.update();
tools.update();
