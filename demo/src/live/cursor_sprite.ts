// SPDX-License-Identifier: Apache-2.0

/** A cursor with its name, drawn once; frames only copy it. In CSS pixels, times the screen's density. */
export interface CursorSprite {
  readonly name: string;
  readonly color: string;
  readonly image: HTMLCanvasElement;
  /** The pointer alone is this wide; the name stands to the right of it. */
  readonly pointerWidth: number;
  readonly width: number;
  readonly height: number;
}

const kFont = '600 12px "Geist Variable", system-ui, sans-serif';
const kNameWidthMax = 150;
const kPointer = new Path2D("M2 2 L2 17.5 L6.3 13.6 L12.6 13.2 Z");
const kPointerPx = 18;
const kPillX = 13;
const kPillY = 17;
const kPillHeight = 22;
const kPadding = 8;

export function drawSprite(name: string, color: string, density: number): CursorSprite {
  const image = document.createElement("canvas");
  const pen = image.getContext("2d")!;
  pen.font = kFont;
  const text = fitting(pen, name);
  const pillWidth = Math.ceil(pen.measureText(text).width) + 2 * kPadding;
  const width = kPillX + pillWidth + 3;
  const height = kPillY + kPillHeight + 3;
  image.width = Math.ceil(width * density);
  image.height = Math.ceil(height * density);
  pen.scale(density, density);

  pen.lineJoin = "round";
  pen.lineWidth = 2.5;
  pen.strokeStyle = "#fff";
  pen.fillStyle = color;
  pen.shadowColor = "#0000004d";
  pen.shadowBlur = 3 * density;
  pen.shadowOffsetY = density;
  pen.stroke(kPointer);
  pen.shadowColor = "transparent";
  pen.fill(kPointer);

  pen.beginPath();
  pen.roundRect(kPillX, kPillY, pillWidth, kPillHeight, [4, 11, 11, 11]);
  pen.fill();
  pen.font = kFont;
  pen.fillStyle = "#fff";
  pen.textBaseline = "middle";
  pen.fillText(text, kPillX + kPadding, kPillY + kPillHeight / 2 + 0.5);
  return { name, color, image, pointerWidth: kPointerPx, width, height };
}

function fitting(pen: CanvasRenderingContext2D, name: string): string {
  if (pen.measureText(name).width <= kNameWidthMax) return name;
  let end = name.length;
  while (end > 1 && pen.measureText(`${name.slice(0, end)}…`).width > kNameWidthMax) --end;
  return `${name.slice(0, end)}…`;
}
