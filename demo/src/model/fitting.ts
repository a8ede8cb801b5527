// SPDX-License-Identifier: Apache-2.0

/** The text, or what of it fits into this width with an ellipsis, as `pen` writes it now. */
export function fitting(pen: Pick<CanvasRenderingContext2D, "measureText">, text: string, width: number): string {
  if (pen.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 0 && pen.measureText(`${text.slice(0, end)}…`).width > width) --end;
  return `${text.slice(0, end)}…`;
}
