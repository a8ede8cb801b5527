// SPDX-License-Identifier: Apache-2.0

import { smoothCursor, type SmoothCursor } from "@weft/client";

import { personColor } from "../model/colors.js";
import type { Point } from "../model/geometry.js";
import type { MapCanvas, MapPerson } from "../model/map.js";
import { nameOf } from "../session.js";
import { drawSprite, type CursorSprite } from "./cursor_sprite.js";

/** A cursor that stands still this long loses its name where many are, so that names do not cover the map. */
const kNameForMs = 2_500;
const kNamesMax = 14;
const kNameFadeMs = 400;

interface Flying {
  readonly smooth: SmoothCursor;
  sprite: CursorSprite | undefined;
  movedAtMs: number;
}

/** Where a cursor is drawn now, on the map. */
export interface Drawn extends Point {
  readonly actor: number;
  readonly name: string;
}

/** Everybody else's cursor, on its way. Knows of no page but the pen it is given. */
export class FlyingCursors {
  private readonly cursors_ = new Map<number, Flying>();

  constructor(private readonly canvas_: MapCanvas) {
    this.update([...canvas_.cursors.keys()]);
  }

  update(actors: readonly number[]): void {
    for (const actor of actors) {
      const cursor = this.canvas_.cursors.get(actor);
      if (cursor === undefined) {
        this.cursors_.delete(actor);
        continue;
      }
      const flying = this.cursors_.get(actor) ?? { smooth: smoothCursor(), sprite: undefined, movedAtMs: 0 };
      flying.smooth.put(cursor);
      flying.movedAtMs = cursor.atMs;
      this.cursors_.set(actor, flying);
    }
  }

  /** These may have another name or colour now. */
  refresh(people: readonly MapPerson[]): void {
    for (const person of people) {
      const flying = this.cursors_.get(person.actor);
      if (flying?.sprite === undefined) continue;
      if (flying.sprite.name !== nameOf(person) || flying.sprite.color !== personColor(person)) flying.sprite = undefined;
    }
  }

  /** The screen or the font is another now. */
  forgetSprites(): void {
    for (const flying of this.cursors_.values()) flying.sprite = undefined;
  }

  /** Draws all of them; false when nothing will move until the next update. */
  draw(pen: CanvasRenderingContext2D, view: { readonly x: number; readonly y: number; readonly zoom: number }, nowMs: number, density: number): boolean {
    const { width, height } = pen.canvas;
    const isCrowded = this.cursors_.size > kNamesMax;
    let isMoving = false;
    for (const [actor, flying] of this.cursors_) {
      const at = flying.smooth.at(nowMs);
      if (at === undefined) continue;
      const nameAlpha = isCrowded ? Math.max(0, Math.min(1, (kNameForMs - (nowMs - flying.movedAtMs)) / kNameFadeMs)) : 1;
      if (!flying.smooth.isAtRest(nowMs) || (isCrowded && nameAlpha > 0)) isMoving = true;
      const x = (at.x * view.zoom + view.x) * density;
      const y = (at.y * view.zoom + view.y) * density;
      const sprite = this.spriteOf_(actor, flying, density);
      if (sprite === undefined || x > width || y > height || x < -sprite.image.width || y < -sprite.image.height) continue;
      const { image } = sprite;
      if (nameAlpha < 1) {
        // The pointer alone; the name as far as it is still there.
        const part = Math.round(sprite.pointerWidth * density);
        pen.drawImage(image, 0, 0, part, part, x - 2 * density, y - 2 * density, part, part);
        if (nameAlpha === 0) continue;
        pen.globalAlpha = nameAlpha;
      }
      pen.drawImage(image, x - 2 * density, y - 2 * density);
      pen.globalAlpha = 1;
    }
    return isMoving;
  }

  at(actor: number, nowMs: number): Point | undefined {
    return this.cursors_.get(actor)?.smooth.at(nowMs);
  }

  drawn(nowMs: number): Drawn[] {
    return [...this.cursors_].flatMap(([actor, { smooth }]) => {
      const at = smooth.at(nowMs);
      const person = this.canvas_.people.get(actor);
      return at === undefined || person === undefined ? [] : [{ actor, name: nameOf(person), ...at }];
    });
  }

  private spriteOf_(actor: number, flying: Flying, density: number): CursorSprite | undefined {
    if (flying.sprite !== undefined) return flying.sprite;
    const person = this.canvas_.people.get(actor);
    // A cursor may come before its person.
    if (person === undefined) return undefined;
    return (flying.sprite = drawSprite(nameOf(person), personColor(person), density));
  }
}
