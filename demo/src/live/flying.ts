// SPDX-License-Identifier: Apache-2.0

import { smoothCursor, type SmoothCursor } from "@weft/client";

import { personColor } from "../model/colors.js";
import type { Point } from "../model/geometry.js";
import type { MapCanvas, MapPerson } from "../model/map.js";
import { nameOf } from "../session.js";
import { drawSprite, kTipPx, type CursorSprite } from "./cursor_sprite.js";

/** With more cursors than this, names of the simulated ones would cover the map: they show near one's own pointer. */
const kNamesMax = 14;
/** In CSS pixels: within the first their names are there, beyond the second they are gone. */
const kNear: readonly [number, number] = [70, 150];

interface Flying {
  readonly smooth: SmoothCursor;
  sprite: CursorSprite | undefined;
  isSimulated: boolean;
}

interface View extends Point {
  readonly zoom: number;
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
      const flying = this.cursors_.get(actor) ?? { smooth: smoothCursor(), sprite: undefined, isSimulated: false };
      flying.smooth.put(cursor);
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

  /** Draws all of them; false when nothing will move until the next update. `pointer` is one's own, on the map. */
  draw(pen: CanvasRenderingContext2D, view: View, nowMs: number, density: number, pointer: Point | undefined): boolean {
    const { width, height } = pen.canvas;
    const isCrowded = this.cursors_.size > kNamesMax;
    let isMoving = false;
    for (const [actor, flying] of this.cursors_) {
      const at = flying.smooth.at(nowMs);
      if (at === undefined) continue;
      if (!flying.smooth.isAtRest(nowMs)) isMoving = true;
      const x = (at.x * view.zoom + view.x - kTipPx) * density;
      const y = (at.y * view.zoom + view.y - kTipPx) * density;
      const sprite = this.spriteOf_(actor, flying, density);
      if (sprite === undefined || x > width || y > height || x < -sprite.whole.width || y < -sprite.whole.height) continue;
      const nameAlpha = isCrowded && flying.isSimulated ? nearness(at, pointer, view.zoom) : 1;
      if (nameAlpha < 1) pen.drawImage(sprite.pointer, x, y);
      if (nameAlpha === 0) continue;
      pen.globalAlpha = nameAlpha;
      pen.drawImage(sprite.whole, x, y);
      pen.globalAlpha = 1;
    }
    return isMoving;
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
    flying.isSimulated = person.presence.isSimulated === true;
    return (flying.sprite = drawSprite(nameOf(person), personColor(person), density));
  }
}

/** 1 beside the pointer, 0 far from it. */
function nearness(at: Point, pointer: Point | undefined, zoom: number): number {
  if (pointer === undefined) return 0;
  const far = Math.hypot(at.x - pointer.x, at.y - pointer.y) * zoom;
  return Math.max(0, Math.min(1, (kNear[1] - far) / (kNear[1] - kNear[0])));
}
