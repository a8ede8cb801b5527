// SPDX-License-Identifier: Apache-2.0

import type { Edits } from "../board/edits.js";
import { toast } from "../chrome/toasts.js";
import type { MapCanvas } from "../model/map.js";
import { FileError, kFileBytesMax, parseFile, toFile } from "../model/map_file.js";
import { count } from "../model/words.js";
import { drawMap } from "./picture.js";

/** The browser has taken the file by then. */
const kRevokeAfterMs = 10_000;

export function exportJson(canvas: MapCanvas): void {
  const file = toFile(canvas.concepts.all, canvas.links.all);
  const text = `${JSON.stringify(file, undefined, 2)}\n`;
  download(new Blob([text], { type: "application/json" }), `${canvas.id}.json`);
  // Other applications, or many people, may have made what this page does not import.
  try {
    parseFile(text);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    toast(`The file has all of the map, but this page could not import it again. ${error.message}`, { tone: "bad" });
  }
}

export async function importJson(edits: Edits, file: File): Promise<void> {
  try {
    if (file.size > kFileBytesMax) throw new FileError(`The file has ${(file.size / 1_000_000).toFixed(1)} MB; ${kFileBytesMax / 1_000_000} MB are the most.`);
    const map = parseFile(await file.text());
    if (!edits.insertFile(map)) return;
    toast(`Added ${count(map.concepts.length, "concept")} and ${count(map.links.length, "link")}.`, { action: { label: "Undo", run: () => edits.undo() } });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    toast(`“${file.name}” was not imported. ${error.message}`, { tone: "bad" });
  }
}

export async function exportPng(edits: Edits): Promise<void> {
  if (edits.canvas.concepts.size === 0) {
    toast("There is nothing on the map to make a picture of.");
    return;
  }
  await document.fonts.ready;
  const picture = drawMap(edits);
  const blob = await new Promise<Blob | null>((resolve) => picture.toBlob(resolve, "image/png"));
  if (blob === null) toast("This browser could not make a picture this large.", { tone: "bad" });
  else download(blob, `${edits.canvas.id}.png`);
}

function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  // A colon is for no file system.
  link.download = name.replaceAll(":", "-");
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), kRevokeAfterMs);
}
