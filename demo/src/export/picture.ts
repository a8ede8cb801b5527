// SPDX-License-Identifier: Apache-2.0

import type { Edits } from "../board/edits.js";
import { pathBetween } from "../board/link_edge.js";
import { fitting } from "../model/fitting.js";
import { boxAround, facingSides, type Box, type Side } from "../model/geometry.js";
import { colorOf, textOf } from "../model/read.js";
import { absolute, inDrawingOrder } from "../model/tree.js";

const kMargin = 48;
/** Dots of the picture per unit of the map, where that is not too many. */
const kDensity = 2;
/** Browsers make no canvas larger than about this. */
const kSideMax = 8_192;
const kFamily = '"Geist Variable", system-ui, sans-serif';
const kAngles: { readonly [side in Side]: number } = { left: 0, right: Math.PI, top: Math.PI / 2, bottom: -Math.PI / 2 };

/** The whole map as a picture, in the colours that the page has now. */
export function drawMap(edits: Edits): HTMLCanvasElement {
  const { canvas, tree } = edits;
  const boxes = new Map([...tree.keys()].map((id) => [id, absolute(tree, id)!]));
  const around = boxAround([...boxes.values()])!;
  const [width, height] = [around.width + 2 * kMargin, around.height + 2 * kMargin];
  const density = Math.min(kDensity, kSideMax / Math.max(width, height));
  const picture = document.createElement("canvas");
  picture.width = Math.ceil(width * density);
  picture.height = Math.ceil(height * density);
  const pen = picture.getContext("2d")!;
  const style = getComputedStyle(document.documentElement);
  const look = (name: string): string => style.getPropertyValue(name).trim();

  pen.fillStyle = look("--paper");
  pen.fillRect(0, 0, picture.width, picture.height);
  pen.scale(density, density);
  pen.translate(kMargin - around.x, kMargin - around.y);

  const placed = inDrawingOrder(tree);
  for (const { id } of placed.filter(({ isGroup }) => isGroup)) {
    const color = colorOf(canvas.concepts.get(id));
    const box = boxes.get(id)!;
    pen.globalAlpha = 0.55;
    drawBox(pen, box, 18, look(`--${color}-fill`), look(`--${color}-edge`));
    pen.globalAlpha = 1;
    pen.font = `600 13px ${kFamily}`;
    pen.fillStyle = look(`--${color}-ink`);
    pen.fillText(fitting(pen, textOf(canvas.concepts.get(id), "title"), box.width - 32), box.x + 16, box.y + 26);
  }
  for (const link of canvas.links.all) {
    const [from, to] = [boxes.get(link.props.from), boxes.get(link.props.to)];
    if (from === undefined || to === undefined) continue;
    drawLink(pen, from, to, textOf(link, "label"), look);
  }
  for (const { id } of placed.filter(({ isGroup }) => !isGroup)) {
    const concept = canvas.concepts.get(id);
    const color = colorOf(concept);
    const box = boxes.get(id)!;
    drawBox(pen, box, 12, look(`--${color}-fill`), look(`--${color}-edge`));
    drawText(pen, box, textOf(concept, "title") || "Untitled", textOf(concept, "note"), look(`--${color}-ink`), look(`--${color}-soft`));
  }
  return picture;
}

function drawBox(pen: CanvasRenderingContext2D, { x, y, width, height }: Box, radius: number, fill: string, edge: string): void {
  pen.beginPath();
  pen.roundRect(x, y, width, height, radius);
  pen.fillStyle = fill;
  pen.fill();
  pen.strokeStyle = edge;
  pen.lineWidth = 1;
  pen.stroke();
}

function drawLink(pen: CanvasRenderingContext2D, from: Box, to: Box, label: string, look: (name: string) => string): void {
  const [path, x, y] = pathBetween(from, to);
  const end = facingSides(from, to).to;
  pen.strokeStyle = pen.fillStyle = look("--link");
  pen.lineWidth = 1.75;
  pen.stroke(new Path2D(path));
  pen.save();
  pen.translate(end.x, end.y);
  pen.rotate(kAngles[end.side]);
  pen.fill(new Path2D("M-2 0L-9 4V-4z"));
  pen.restore();
  if (label === "") return;
  pen.font = `500 12px ${kFamily}`;
  const width = pen.measureText(label).width;
  pen.fillStyle = look("--paper");
  pen.beginPath();
  pen.roundRect(x - width / 2 - 6, y - 10, width + 12, 20, 6);
  pen.fill();
  pen.fillStyle = look("--ink-2");
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(label, x, y + 0.5);
  pen.textAlign = "start";
  pen.textBaseline = "alphabetic";
}

/** As styles/map.css sets it: the title, wrapped, and two lines of the note. Without one the title is in the middle. */
function drawText(pen: CanvasRenderingContext2D, box: Box, title: string, note: string, ink: string, soft: string): void {
  const room = box.width - 32;
  pen.textBaseline = "middle";
  pen.font = `600 15px ${kFamily}`;
  pen.fillStyle = ink;
  const lines = wrapped(pen, title, room);
  const height = lines.length * 20 + (note === "" ? 0 : 4 + 2 * 18);
  let y = note === "" ? box.y + (box.height - height) / 2 + 10 : box.y + 12 + 10;
  pen.textAlign = note === "" ? "center" : "start";
  for (const line of lines) {
    pen.fillText(line, note === "" ? box.x + box.width / 2 : box.x + 16, y);
    y += 20;
  }
  pen.textAlign = "start";
  if (note !== "") {
    pen.font = `400 13px ${kFamily}`;
    pen.fillStyle = soft;
    const [first = "", ...rest] = wrapped(pen, note, room);
    pen.fillText(first, box.x + 16, y + 3);
    if (rest.length > 0) pen.fillText(fitting(pen, rest.join(" "), room), box.x + 16, y + 21);
  }
  pen.textBaseline = "alphabetic";
}

function wrapped(pen: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && pen.measureText(longer).width > width + 1) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}
