// SPDX-License-Identifier: Apache-2.0

import type { Activity, LeaveReason, PresenceBatch, Props, User, Welcome } from "../protocol/messages.js";

/** Somebody on the canvas, oneself included. Replaced, never changed, when anything of it changes. */
export interface Person<Presence = Props> {
  /** The number of this session on the canvas. */
  readonly actor: number;
  /** Who, by the token. Several sessions may be one user. */
  readonly user: User;
  /** Whoever has just come may not have said everything yet. */
  readonly presence: Partial<Presence>;
  /** As the server tells it. */
  readonly activity: Activity;
  /** This very session. */
  readonly isMe: boolean;
}

/** What a presence message changed. */
export interface PeopleChange<Presence = Props> {
  /** Who has come. */
  readonly joined: readonly Person<Presence>[];
  /** Who shows something else or is busier or less busy, as they are now. */
  readonly updated: readonly Person<Presence>[];
  /** Who has gone, as they were, and why. */
  readonly left: readonly { readonly person: Person<Presence>; readonly reason: LeaveReason }[];
}

/** Who is here, as the server tells it. The people of the last session stay until the next one's are known. */
export class People {
  private readonly people_ = new Map<number, Person>();
  private me_: number | undefined;
  private isFirst_ = false;

  /** `fits_` says whether somebody's presence may be shown. */
  constructor(private readonly fits_: (actor: number, presence: Props) => boolean = () => true) {}

  get all(): ReadonlyMap<number, Person> {
    return this.people_;
  }

  get me(): Person | undefined {
    return this.me_ === undefined ? undefined : this.people_.get(this.me_);
  }

  /** A session begins; the next presence message names everyone. */
  welcome(welcome: Welcome, presence: Props): void {
    if (this.me_ !== undefined && this.me_ !== welcome.actor) this.people_.delete(this.me_);
    this.me_ = welcome.actor;
    this.people_.set(welcome.actor, { actor: welcome.actor, user: welcome.user, presence, activity: "active", isMe: true });
    this.isFirst_ = true;
  }

  apply(batch: PresenceBatch): PeopleChange {
    const joined: Person[] = [];
    const updated = new Map<number, Person>();
    const left: PeopleChange["left"][number][] = [];

    if (this.isFirst_) {
      this.isFirst_ = false;
      const here = new Set((batch.join ?? []).map(([actor]) => actor));
      for (const person of [...this.people_.values()]) {
        if (here.has(person.actor) || person.isMe) continue;
        this.people_.delete(person.actor);
        left.push({ person, reason: "left" });
      }
    }
    for (const [actor, user, presence, activity] of batch.join ?? []) {
      const isMe = actor === this.me_;
      const shown = isMe ? (this.me?.presence ?? presence) : this.fits_(actor, presence) ? presence : {};
      const person: Person = { actor, user, presence: shown, activity, isMe };
      if (this.people_.has(actor)) updated.set(actor, person);
      else joined.push(person);
      this.people_.set(actor, person);
    }
    for (const [actor, patch] of batch.update ?? []) {
      this.change_(actor, updated, (person) => {
        const presence = patched(person.presence as Props, patch);
        return person.isMe || this.fits_(actor, presence) ? { ...person, presence } : person;
      });
    }
    for (const [actor, activity] of batch.activity ?? []) {
      this.change_(actor, updated, (person) => ({ ...person, activity }));
    }
    for (const [actor, reason] of batch.leave ?? []) {
      const person = this.people_.get(actor);
      if (person === undefined || person.isMe) continue;
      this.people_.delete(actor);
      left.push({ person, reason });
    }
    return { joined, updated: [...updated.values()], left };
  }

  /** What one shows is known before the server tells it back. */
  setMine(presence: Props): void {
    const { me } = this;
    if (me !== undefined) this.people_.set(me.actor, { ...me, presence });
  }

  private change_(actor: number, updated: Map<number, Person>, change: (person: Person) => Person): void {
    const person = this.people_.get(actor);
    // One's own presence is the truth here; the server's echo of it may be older.
    if (person === undefined) return;
    const next = change(person);
    const kept = person.isMe ? { ...next, presence: person.presence } : next;
    this.people_.set(actor, kept);
    updated.set(actor, kept);
  }
}

/** The map after a patch, in which null removes a key. */
export function patched(props: Props, patch: Props): Props {
  const result = { ...props, ...patch };
  for (const key of Object.keys(patch)) {
    if (result[key] === null || result[key] === undefined) delete (result as Record<string, unknown>)[key];
  }
  return result;
}
