// SPDX-License-Identifier: Apache-2.0

import { fitting } from "../model/fitting.js";

/** A cursor, drawn once; frames only copy it. */
export interface CursorSprite {
  readonly name: string;
  readonly color: string;
  readonly pointer: HTMLCanvasElement;
  /** Pointer and name. */
  readonly whole: HTMLCanvasElement;
}

/** In CSS pixels: where the tip is from the left upper corner. */
export const kTipPx = 2;

const kFont = '600 12px "Geist Variable", system-ui, sans-serif';
const kNameWidthMax = 150;
const kPointer = new Path2D("M2 2 L2 17.5 L6.3 13.6 L12.6 13.2 Z");
const kPointerSize = { width: 18, height: 23 };
const kPillX = 13;
const kPillY = 17;
const kPillHeight = 22;
const kPadding = 8;

/** `density`: dots per CSS pixel. */
export function drawSprite(name: string, color: string, density: number): CursorSprite {
  const pointer = sheet(kPointerSize.width, kPointerSize.height, density);
  drawPointer(pointer, color, density);

  const text = fitting(pointer, name, kNameWidthMax);
  const pillWidth = Math.ceil(pointer.measureText(text).width) + 2 * kPadding;
  const whole = sheet(kPillX + pillWidth + 3, kPillY + kPillHeight + 3, density);
  drawPointer(whole, color, density);
  whole.beginPath();
  whole.roundRect(kPillX, kPillY, pillWidth, kPillHeight, [4, 11, 11, 11]);
  whole.fill();
  whole.fillStyle = "#fff";
  whole.textBaseline = "middle";
  whole.fillText(text, kPillX + kPadding, kPillY + kPillHeight / 2 + 0.5);
  return { name, color, pointer: pointer.canvas, whole: whole.canvas };
}

function sheet(width: number, height: number, density: number): CanvasRenderingContext2D {
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * density);
  canvas.height = Math.ceil(height * density);
  const pen = canvas.getContext("2d")!;
  pen.scale(density, density);
  pen.font = kFont;
  return pen;
}

function drawPointer(pen: CanvasRenderingContext2D, color: string, density: number): void {
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
}
