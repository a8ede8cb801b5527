// SPDX-License-Identifier: Apache-2.0

import { ClientKind, type ClientMessage, type Props, type Rect } from "../protocol/messages.js";
import { patched } from "./people.js";

/**
 * What this session shows of itself, and what of it the server has not been told: of presence the keys that changed, of cursor
 * and view the latest.
 */
export class Myself {
  private presence_: Props;
  private unsaid_: Props = {};
  private cursor_: readonly [x: number, y: number] | null = null;
  private isCursorUnsaid_ = false;
  private view_: Rect | null = null;
  private isViewUnsaid_ = false;

  constructor(presence: Props) {
    this.presence_ = patched({}, presence);
  }

  get presence(): Props {
    return this.presence_;
  }

  /** `next` is the presence as the patch leaves it. */
  show(next: Props, patch: Props): void {
    this.presence_ = next;
    this.unsaid_ = { ...this.unsaid_, ...patch };
  }

  point(cursor: readonly [x: number, y: number] | null): void {
    this.cursor_ = cursor;
    this.isCursorUnsaid_ = true;
  }

  look(view: Rect | null): void {
    this.view_ = view;
    this.isViewUnsaid_ = true;
  }

  /** The whole presence goes with hello. What was removed must still be said: the server may have kept it. */
  greeting(): Props {
    this.unsaid_ = Object.fromEntries(Object.entries(this.unsaid_).filter(([, value]) => value === null));
    return this.presence_;
  }

  /** A new session knows neither cursor nor view. */
  welcomed(): void {
    this.isCursorUnsaid_ = this.cursor_ !== null;
    this.isViewUnsaid_ = this.view_ !== null;
  }

  /** Of an onlooker nothing was heard. */
  mayPresent(): void {
    this.unsaid_ = this.presence_;
    this.isCursorUnsaid_ = this.cursor_ !== null;
  }

  /** View and cursor, as far as they are to be said. An onlooker's cursor is not. */
  take(canPresent: boolean): ClientMessage[] {
    const messages: ClientMessage[] = [];
    if (this.isViewUnsaid_) messages.push([ClientKind.view, this.view_]);
    if (this.isCursorUnsaid_ && canPresent) messages.push(this.cursor_ === null ? [ClientKind.cursor, null] : [ClientKind.cursor, ...this.cursor_]);
    this.isViewUnsaid_ = false;
    this.isCursorUnsaid_ = false;
    return messages;
  }

  /** What of presence is to be said; undefined when nothing is. */
  takePresence(): ClientMessage | undefined {
    const patch = this.unsaid_;
    this.unsaid_ = {};
    return Object.keys(patch).length === 0 ? undefined : [ClientKind.presence, patch];
  }
}
