// SPDX-License-Identifier: Apache-2.0

import { Emitter, type Unsubscribe } from "../lib/emitter.js";
import { isEqual } from "../lib/equal.js";
import type { Activity, Props, User } from "../protocol/messages.js";
import type { Person } from "./people.js";

/** A user with all their sessions here, such as several tabs. */
export interface UserGroup<Presence = Props> {
  /** Who, by the token. */
  readonly user: User;
  /** By actor: the one that has been here longest first. */
  readonly sessions: readonly Person<Presence>[];
  /** The liveliest of them. */
  readonly activity: Activity;
}

/** Everybody but this session. */
export interface Others<Presence = Props> {
  /** By actor; the same array until something of it changes. */
  readonly all: readonly Person<Presence>[];
  /**
   * The same by user; the same array until something of it changes. One's own other tabs are among the sessions of
   * oneself, who is not in it.
   */
  readonly users: readonly UserGroup<Presence>[];
  /** Told with every change of somebody else. */
  subscribe(listener: (others: readonly Person<Presence>[]) => void): Unsubscribe;
  /** Told when what `select` makes of them is another value, compared deeply. */
  subscribeTo<Selected>(
    select: (others: readonly Person<Presence>[]) => Selected,
    listener: (selected: Selected) => void,
  ): Unsubscribe;
}

const kLiveliness: readonly Activity[] = ["away", "idle", "active"];

export class LiveOthers implements Others {
  private all_: readonly Person[] = [];
  private users_: readonly UserGroup[] | undefined;
  private me_: Person | undefined;
  private readonly emitter_ = new Emitter<{ change: readonly Person[] }>();

  get all(): readonly Person[] {
    return this.all_;
  }

  get users(): readonly UserGroup[] {
    return (this.users_ ??= grouped(this.all_.filter(({ user }) => user.id !== this.me_?.user.id)));
  }

  subscribe(listener: (others: readonly Person[]) => void): Unsubscribe {
    return this.emitter_.on("change", listener);
  }

  subscribeTo<Selected>(select: (others: readonly Person[]) => Selected, listener: (selected: Selected) => void): Unsubscribe {
    let before = select(this.all_);
    return this.subscribe((all) => {
      const now = select(all);
      if (isEqual(now, before)) return;
      before = now;
      listener(now);
    });
  }

  /** For the canvas: after each change of people. */
  update(people: ReadonlyMap<number, Person>): void {
    const all = [...people.values()].filter(({ isMe }) => !isMe).sort((a, b) => a.actor - b.actor);
    const me = [...people.values()].find(({ isMe }) => isMe);
    // People are replaced, never changed.
    const isSame = all.length === this.all_.length && all.every((person, i) => person === this.all_[i]);
    if (isSame && me?.user.id === this.me_?.user.id) return;
    this.all_ = all;
    this.me_ = me;
    this.users_ = undefined;
    this.emitter_.emit("change", all);
  }

  unsubscribeAll(): void {
    this.emitter_.clear();
  }
}

/** People by their user, in the order of their first session. */
export function grouped<Presence>(people: readonly Person<Presence>[]): readonly UserGroup<Presence>[] {
  const groups = new Map<string, Person<Presence>[]>();
  for (const person of people) {
    const sessions = groups.get(person.user.id);
    if (sessions === undefined) groups.set(person.user.id, [person]);
    else sessions.push(person);
  }
  return [...groups.values()].map((sessions) => ({
    user: sessions.at(-1)!.user,
    sessions,
    activity: kLiveliness[Math.max(...sessions.map(({ activity }) => kLiveliness.indexOf(activity)))]!,
  }));
}
