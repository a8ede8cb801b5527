// SPDX-License-Identifier: Apache-2.0

import type { ClientId } from "./connection/client_id.js";
import { Connection } from "./connection/connection.js";
import type { Ending, State } from "./connection/machine.js";
import type { Page } from "./connection/page.js";
import { roleOf } from "./connection/grant.js";
import { statusOf, type Status } from "./connection/status.js";
import type { TokenProvider } from "./connection/token_keeper.js";
import type { SocketConstructor } from "./connection/transport.js";
import { ConceptSync, type Change, type Historian, type Rejected } from "./features/concepts/concept_sync.js";
import type { Collection } from "./features/concepts/collection.js";
import { kLinkType } from "./features/concepts/evaluate.js";
import { resendDelayMs } from "./features/concepts/resend.js";
import { Cursors, type Cursor } from "./features/cursors.js";
import { RoomEvents, type RoomEvent } from "./features/events.js";
import { kViewKey } from "./features/follow.js";
import { Myself } from "./features/myself.js";
import { LiveOthers, type Others } from "./features/others.js";
import { patched, People, type PeopleChange, type Person } from "./features/people.js";
import type { Random } from "./lib/backoff.js";
import { Beat } from "./lib/beat.js";
import { Emitter, type Unsubscribe } from "./lib/emitter.js";
import { isEqual } from "./lib/equal.js";
import { randomId } from "./lib/random_id.js";
import type { CanvasKeeper, Offline } from "./offline/keeper.js";
import { encodedBytes, encodeMessage } from "./protocol/codec.js";
import { CloseCode, closeCodeName } from "./protocol/codes.js";
import { checkValue, overLimit, WeftError } from "./protocol/errors.js";
import { kDefaultLimits, kEventDepthMax, kPresenceDepthMax, withAnnounced } from "./protocol/limits.js";
import {
  ClientKind,
  ServerKind,
  type ClientMessage,
  type ErrorMessage,
  type Hello,
  type Limits,
  type Props,
  type Rect,
  type Role,
  type ServerMessage,
  type Value,
  type Welcome,
} from "./protocol/messages.js";
import { packFrames } from "./protocol/pack.js";
import { Checker, refuse, type Invalid, type Schemas } from "./schema.js";
import type {
  CanvasTypes,
  ConceptOf,
  CreateArguments,
  EntityOf,
  EntityPatch,
  EventsOf,
  LinkOf,
  NewProps,
  Patch,
  PresenceOf,
  TypeName,
} from "./types.js";

/** The beat until welcome names one. */
const kDefaultTickMs = 50;
/** Presence is sent at most this often: the server takes 60 changes a second. */
const kPresenceEveryMs = 50;
/** docs/protocol.md, limits that are not announced. A longer name would end the session. */
const kEventNameBytesMax = 64;

const kSdkName = "weft-js/0.1.0";

/** How this session begins. */
export interface CanvasOptions<T extends CanvasTypes = {}> {
  /** Shown to others in development mode; with tokens, the token names you. */
  readonly name?: string;
  /** What others see of you from the start; setPresence changes it. */
  readonly presence?: Partial<PresenceOf<T>>;
  /** false: it stays by itself until connect(), and does not count as open until then. */
  readonly isConnected?: boolean;
}

/** How far what is here and what the server has agree. */
export interface SyncStatus {
  /** Live, up to date, and every own edit confirmed. */
  readonly isSynced: boolean;
  /** Own edits that the server has not confirmed. */
  readonly pendingCount: number;
}

/** What `on()` tells, by name. */
export interface CanvasEvents<T extends CanvasTypes = {}> {
  /** The link is another one than before: also refused and closed. */
  readonly status: Status;
  /** Something is confirmed, or waits for it. */
  readonly sync: SyncStatus;
  /** What one may do here has changed, or is known now. */
  readonly role: Role;
  /** The document is different, whoever did it. */
  readonly change: Change;
  /** Somebody came, went, or shows something else; oneself included. */
  readonly people: PeopleChange<PresenceOf<T>>;
  /** The actors whose cursor moved or went. */
  readonly cursors: readonly number[];
  /** Somebody sent an event. `canvas.events` has them by name. */
  readonly event: RoomEvent;
  /** An own edit was refused, and what it showed is taken back. */
  readonly rejected: Rejected;
  /** Something arrived that does not fit the schemas, and is not shown. */
  readonly invalid: Invalid;
  /** Something else went wrong: a session ended, storage failed. Nothing to do; it goes on. */
  readonly error: WeftError;
}

/** What a canvas needs from its client. */
export interface CanvasContext {
  readonly urls: readonly string[];
  readonly sleepAfterMs: number;
  readonly clientId: ClientId;
  readonly Socket: SocketConstructor | undefined;
  readonly token: TokenProvider | undefined;
  readonly page: Page;
  readonly random: Random;
  readonly schemas: Schemas | undefined;
  readonly offline: Offline | undefined;
  /** The canvas connects now. Throws when that cannot be. */
  readonly opened: (canvas: Canvas<never>) => void;
  readonly closed: (canvas: Canvas<never>) => void;
}

/** One canvas: who is here, where they point, and what is on it. Made by client.open(). */
export class Canvas<T extends CanvasTypes = {}> {
  /** Events of others by their name. */
  readonly events = new RoomEvents<EventsOf<T>>();
  /** Who notes edits to take them back: historyOf(). @internal */
  historian_: Historian | undefined;

  private readonly emitter_ = new Emitter<CanvasEvents<T>>();
  /** For inspect(). @internal */
  readonly connection_: Connection;
  private readonly people_: People;
  private readonly others_ = new LiveOthers();
  private readonly checker_: Checker;
  private readonly cursors_ = new Cursors();
  /** For inspect(). @internal */
  readonly sync_: ConceptSync;
  private readonly beat_ = new Beat(kDefaultTickMs, () => this.flush_());
  private readonly presenceBeat_ = new Beat(kPresenceEveryMs, () => this.flushPresence_());
  /** For inspect(). @internal */
  keeper_: CanvasKeeper | undefined;
  private hasConnected_ = false;
  private status_: Status = { name: "connecting" };
  private syncStatus_: SyncStatus = { isSynced: false, pendingCount: 0 };
  /** For inspect(). @internal */
  limits_: Limits = kDefaultLimits;
  private role_: Role | undefined;
  private resend_: ReturnType<typeof setTimeout> | undefined;

  private readonly myself_: Myself;
  /** For inspect(). @internal */
  clientId_: string;
  private wasWelcome_ = false;
  private isIdGivenUp_ = false;
  private waiting_: { resolve: () => void; reject: (error: WeftError) => void }[] = [];

  constructor(
    /** Its id, as it was given to open(). */
    readonly id: string,
    private readonly context_: CanvasContext,
    private readonly options_: CanvasOptions<T> = {},
  ) {
    this.checker_ = new Checker(context_.schemas);
    this.myself_ = new Myself((options_.presence ?? {}) as Props);
    this.people_ = new People((actor, presence) => this.fits_("presence", actor, this.checker_.presence(presence)));
    this.clientId_ = context_.clientId.id;
    this.sync_ = new ConceptSync({
      changed: (change, before) => {
        this.sync_.concepts.tell(before, ({ type }) => type !== kLinkType, change.origin);
        this.sync_.links.tell(before, ({ type }) => type === kLinkType, change.origin);
        this.emitter_.emit("change", change);
        this.settle_();
      },
      check: (entity) => refuse(this.checker_.entity(entity)),
      fits: (entity) => this.fits_("entity", entity.id, this.checker_.entity(entity)),
      edited: (steps, push, isTransaction) => this.historian_?.edited(steps, push, isTransaction),
      undone: (push) => this.historian_?.undone(push),
      foreign: (ops) => this.historian_?.foreign(ops),
      replaced: (before, after) => this.historian_?.replaced(before, after),
      rejected: (rejected) => this.emitter_.emit("rejected", rejected),
      outgoing: () => {
        this.beat_.request();
        if (this.sync_.pendingCount > 0) this.connection_.wake();
      },
      heldBack: (refusals) => this.resendLater_(refusals),
      lostTrack: (reason) => this.connection_.restart(reason),
      toKeep: () => this.keeper_?.wake(),
    });
    this.connection_ = new Connection(context_, {
      hello: () => this.hello_(),
      received: (message) => this.received_(message),
      stateChanged: (state) => this.stateChanged_(state),
      ended: (ending) => this.emitter_.emit("error", errorOf(ending)),
      visibilityChanged: () => this.tellAway_(),
      renewed: (token) => this.setRole_(roleOf(token, id) ?? this.role_),
      mayLeave: () => this.isSynced,
    });
    if (options_.isConnected !== false) this.connect();
  }

  // What is known.

  /** How the link is. The same object until it changes. */
  get status(): Status {
    return this.status_;
  }

  /** Everyone here by actor number, oneself included. */
  get people(): ReadonlyMap<number, Person<PresenceOf<T>>> {
    return this.people_.all as ReadonlyMap<number, Person<PresenceOf<T>>>;
  }

  /** Oneself as others see it; undefined until the first welcome. */
  get me(): Person<PresenceOf<T>> | undefined {
    return this.people_.me as Person<PresenceOf<T>> | undefined;
  }

  /** Everybody but this session, to be listened to and selected from. */
  get others(): Others<PresenceOf<T>> {
    return this.others_ as Others as unknown as Others<PresenceOf<T>>;
  }

  /** Undefined until the first welcome. */
  get role(): Role | undefined {
    return this.role_;
  }

  /** Whether the role allows edits. True until a role is known, so that one can begin without a network. */
  get canEdit(): boolean {
    return this.role_ === undefined || this.role_ === "edit" || this.role_ === "admin";
  }

  /** Without this, one only looks on: cursor, presence and events are not sent. */
  get canPresent(): boolean {
    return this.role_ !== "view";
  }

  /** Everybody else's latest cursor by actor number. */
  get cursors(): ReadonlyMap<number, Cursor> {
    return this.cursors_.all;
  }

  /** The same; the same array until one moves. */
  get cursorList(): readonly Cursor[] {
    return this.cursors_.list;
  }

  /** Whether there is something to show: what the server sent, or what was kept. */
  get hasDocument(): boolean {
    return this.sync_.place !== undefined;
  }

  /** The nodes, one's own unanswered edits included. */
  get concepts(): Collection<ConceptOf<T>> {
    return this.sync_.concepts as Collection<unknown> as Collection<ConceptOf<T>>;
  }

  /** The links between nodes, one's own unanswered edits included. */
  get links(): Collection<LinkOf<T>> {
    return this.sync_.links as Collection<unknown> as Collection<LinkOf<T>>;
  }

  /** Whatever has this id, node or link. */
  get(id: string): EntityOf<T> | undefined {
    return this.sync_.get(id) as EntityOf<T> | undefined;
  }

  /** Own edits that the server has not confirmed. */
  get pendingCount(): number {
    return this.sync_.pendingCount;
  }

  /** Own edits that the server has not confirmed. */
  get hasUnsyncedChanges(): boolean {
    return this.sync_.pendingCount > 0;
  }

  /** Nothing would be lost if the page were closed now: what is not confirmed is kept, or there is nothing. */
  get isSafeToLeave(): boolean {
    return !this.hasUnsyncedChanges || this.keeper_?.isDone === true;
  }

  /** The same object until something of it changes; `sync` tells. */
  get syncStatus(): SyncStatus {
    return this.syncStatus_;
  }

  /** Live, up to date, and every own edit confirmed. */
  get isSynced(): boolean {
    return this.status_.name === "live" && this.sync_.isSynced;
  }

  /** The server's beat, and so the rate at which cursors are sent. */
  get tickMs(): number {
    return this.beat_.intervalMs;
  }

  /** Only after open() with `isConnected: false`; otherwise it has been done, and again it does nothing. */
  connect(): void {
    if (this.hasConnected_ || this.status_.name === "closed") return;
    this.context_.opened(this as unknown as Canvas<never>);
    this.hasConnected_ = true;
    this.keeper_ = this.context_.offline?.open_({
      canvasId: this.id,
      options: this.context_,
      clientId: this.context_.clientId,
      hello: this.whoAmI_(),
      sync: this.sync_,
      use: (client) => (this.clientId_ = client),
      change: (client) => {
        this.clientId_ = client;
        this.sync_.abandon();
        this.connection_.restart("another page has taken over");
      },
      rejected: (rejected) => this.emitter_.emit("rejected", rejected),
      failed: (error) => this.emitter_.emit("error", error),
    });
    if (this.keeper_ === undefined) this.connection_.start();
    else void this.keeper_.ready.then(() => this.connection_.start());
  }

  /** Listens until the function that it returns is called. A listener that throws keeps nobody else from hearing. */
  on<Name extends keyof CanvasEvents<T>>(name: Name, listener: (payload: CanvasEvents<T>[Name]) => void): Unsubscribe {
    return this.emitter_.on(name, listener);
  }

  /** Resolves once isSynced; fails when that can no longer happen. */
  waitUntilSynced(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting_.push({ resolve, reject });
      this.settle_();
    });
  }

  // Concepts.

  /** Shows the new entity at once and returns its id. */
  create<Type extends TypeName<T>>(type: Type, ...[props, id = randomId()]: CreateArguments<NewProps<T, Type>>): string {
    this.requireEdit_();
    this.sync_.create(id, type, defined(props as Props | undefined));
    return id;
  }

  /** null removes a property. Rapid sets of one entity share a push. */
  set(id: string, props: EntityPatch<T>): void {
    this.requireEdit_();
    this.sync_.set(id, defined(props as Props));
  }

  /** Links and descendants go with it. */
  delete(id: string): void {
    this.requireEdit_();
    this.sync_.delete(id);
  }

  /** All edits made inside become one push: all of them or none. */
  transact<Result>(edits: () => Result): Result {
    return this.sync_.transact(edits);
  }

  // Presence, cursor, events.

  /** A patch: null removes a key. `away` is reserved. */
  setPresence(change: Patch<Partial<PresenceOf<T>>>): void {
    this.patchPresence_(defined(change as Props));
  }

  private patchPresence_(patch: Props): void {
    if ("away" in patch) throw new WeftError("bad_op", "the presence key away is reserved");
    checkValue(patch, kPresenceDepthMax);
    const { presence } = this.myself_;
    const next = patched(presence, patch);
    const bytes = encodedBytes(next);
    if (bytes > this.limits_.presence_bytes_max) throw overLimit("too_large", "bytes of presence", bytes, this.limits_, "presence_bytes_max");
    if (isEqual(next, presence)) return;
    refuse(this.checker_.presence(next));
    this.myself_.show(next, patch);
    this.people_.setMine(next);
    this.presenceBeat_.request();
    if (this.me !== undefined) this.peopleChanged_({ joined: [], updated: [this.people_.me!], left: [] });
  }

  /** Where one points, in coordinates of the canvas. As often as the pointer moves: it is sent at the beat. */
  moveCursor(x: number, y: number): void {
    if (isOnCanvas(x) && isOnCanvas(y)) this.putCursor_([x, y]);
  }

  /** One points nowhere any more. */
  hideCursor(): void {
    this.putCursor_(null);
  }

  /**
   * The part of the canvas that is on screen: cursors outside it may come more slowly. null: all of it. With
   * `isShared` others see it too, in the presence key `view`, and may follow().
   */
  setView(rect: Rect | null, { isShared = false } = {}): void {
    if (rect !== null && !rect.every(isOnCanvas)) return;
    if (isShared || kViewKey in this.myself_.presence) this.patchPresence_({ [kViewKey]: isShared ? rect : null });
    this.myself_.look(rect);
    this.beat_.request();
  }

  /** To everyone here now, and only while live. */
  send<Name extends keyof EventsOf<T> & string>(name: Name, payload: EventsOf<T>[Name]): void {
    if (!this.canPresent) throw new WeftError("not_allowed", `the role ${this.role_} may not send events`);
    const nameBytes = new TextEncoder().encode(name).byteLength;
    if (nameBytes === 0 || nameBytes > kEventNameBytesMax) {
      throw new WeftError("bad_id", `an event's name has 1 to ${kEventNameBytesMax} bytes, not ${nameBytes}`);
    }
    checkValue(payload, kEventDepthMax);
    const bytes = encodedBytes(payload);
    if (bytes > this.limits_.event_bytes_max) throw overLimit("too_large", "bytes of an event", bytes, this.limits_, "event_bytes_max");
    refuse(this.checker_.event(name, payload));
    this.sendNow_([ClientKind.event, name, payload as Value]);
  }

  /** Measures the round trip anew, for inspect(). */
  ping(): void {
    this.connection_.ping();
  }

  /** Asks for a token now and sends it within the session, for example when a person's role has changed. */
  renewToken(): void {
    this.connection_.renewToken();
  }

  /** Tries again after a refusal, for example of a full canvas. */
  retry(): void {
    this.connection_.retry();
  }

  /** Leaves for good. What is not confirmed by then is lost, unless it is kept: isSafeToLeave. */
  close(): void {
    if (this.status_.name === "closed") return;
    this.flush_();
    this.connection_.close();
    this.beat_.stop();
    this.presenceBeat_.stop();
    clearTimeout(this.resend_);
    this.keeper_?.close();
    this.context_.closed(this as unknown as Canvas<never>);
    this.emitter_.clear();
    this.events.clear();
    this.others_.unsubscribeAll();
    this.historian_?.closed();
    this.sync_.concepts.unsubscribeAll();
    this.sync_.links.unsubscribeAll();
  }

  // Sending.

  private hello_(): Hello {
    const since = this.sync_.since;
    return {
      client: this.clientId_,
      ...this.whoAmI_(),
      presence: this.myself_.greeting(),
      ...(since !== undefined && { since }),
    };
  }

  private whoAmI_(): { sdk: string; name?: string } {
    const { name } = this.options_;
    return { sdk: kSdkName, ...(name !== undefined && { name }) };
  }

  /** Everything that waits, in one frame if it fits. */
  private flush_(): boolean {
    if (this.status_.name !== "live") return false;
    const pushes = this.sync_.takeUnsent().map(([n, ops]) => [ClientKind.push, n, ops] as const);
    const messages = [...this.myself_.take(this.canPresent), ...pushes];
    for (const frame of packFrames(messages, this.limits_.frame_bytes_max)) this.connection_.send(frame);
    return messages.length > 0;
  }

  private flushPresence_(): boolean {
    if (this.status_.name !== "live" || !this.canPresent) return false;
    const message = this.myself_.takePresence();
    if (message !== undefined) this.sendNow_(message);
    return message !== undefined;
  }

  private sendNow_(message: ClientMessage): void {
    this.connection_.send(encodeMessage(message));
  }

  private tellAway_(): void {
    if (this.canPresent) this.sendNow_([ClientKind.presence, { away: !this.context_.page.isVisible() }]);
  }

  private putCursor_(cursor: readonly [number, number] | null): void {
    this.myself_.point(cursor);
    this.beat_.request();
  }

  private resendLater_(refusals: number): void {
    clearTimeout(this.resend_);
    this.resend_ = setTimeout(() => this.sync_.release(), resendDelayMs(refusals, this.context_.random));
  }

  private requireEdit_(): void {
    if (!this.canEdit) throw new WeftError("not_allowed", `the role ${this.role_} may not edit`);
  }

  // Receiving.

  private received_(message: ServerMessage): void {
    switch (message[0]) {
      case ServerKind.welcome:
        this.welcomed_(message[1]);
        break;
      case ServerKind.cursors: {
        const actors = this.cursors_.apply(message, this.me?.actor, Date.now());
        if (actors.length > 0) this.emitter_.emit("cursors", actors);
        break;
      }
      case ServerKind.presence:
        this.peopleChanged_(this.people_.apply(message[1]));
        break;
      case ServerKind.ops:
        this.sync_.ops(message);
        this.settle_();
        break;
      case ServerKind.event: {
        const [, actor, name, payload] = message;
        if (!this.fits_("event", name, this.checker_.event(name, payload))) break;
        const event: RoomEvent<Value> = { actor, name, payload };
        this.emitter_.emit("event", event);
        this.events.deliver(event);
        break;
      }
      case ServerKind.snapshot:
        this.sync_.snapshot(message);
        this.settle_();
        break;
      case ServerKind.ack:
        this.sync_.ack(message);
        this.settle_();
        break;
      case ServerKind.error:
        this.failed_(message);
        break;
      case ServerKind.pace:
        this.beat_.setInterval(message[1]);
        break;
      case ServerKind.pong:
      case ServerKind.goodbye:
        break;
      default:
        message satisfies never;
    }
  }

  private welcomed_(welcome: Welcome): void {
    this.wasWelcome_ = true;
    this.setRole_(welcome.role);
    this.limits_ = withAnnounced(welcome.limits);
    this.beat_.setInterval(welcome.tick);
    this.people_.welcome(welcome, this.myself_.presence);
    const gone = [...this.cursors_.all.keys()];
    this.cursors_.clear();
    if (gone.length > 0) this.emitter_.emit("cursors", gone);
    this.myself_.welcomed();
    // The server may remember an earlier session of this client, and what that said (R14).
    this.tellAway_();
    this.presenceBeat_.request();
    this.sync_.welcome(welcome, this.limits_);
    this.statusChanged_();
  }

  private setRole_(role: Role | undefined): void {
    if (role === this.role_ || role === undefined) return;
    const couldPresent = this.canPresent;
    this.role_ = role;
    // What was not heard from an onlooker.
    if (!couldPresent && this.canPresent) {
      this.myself_.mayPresent();
      this.tellAway_();
      this.presenceBeat_.request();
      this.beat_.request();
    }
    this.emitter_.emit("role", role);
  }

  private peopleChanged_(change: PeopleChange): void {
    const gone = change.left.map(({ person }) => person.actor).filter((actor) => this.cursors_.remove(actor));
    this.others_.update(this.people_.all);
    this.emitter_.emit("people", change as PeopleChange<PresenceOf<T>>);
    if (gone.length > 0) this.emitter_.emit("cursors", gone);
  }

  private failed_(message: ErrorMessage): void {
    if (this.sync_.error(message)) return;
    const [, code, text] = message;
    if (code.startsWith("token_")) this.connection_.renewToken();
    this.emitter_.emit("error", new WeftError(code, text));
  }

  private stateChanged_(state: State): void {
    const status = statusOf(state);
    if (isEqual(status, this.status_)) return;
    if (this.isOfAnotherUser_(status)) {
      this.isIdGivenUp_ = true;
      this.clientId_ = this.context_.clientId.renew();
      this.connection_.retry();
      return;
    }
    if (this.status_.name === "live") {
      this.sync_.disconnected();
      clearTimeout(this.resend_);
    }
    this.status_ = status;
    // Live is told once the welcome that made it so has been taken in: role, limits and oneself are known then.
    if (status.name !== "live") this.statusChanged_();
  }

  private statusChanged_(): void {
    this.keeper_?.live(this.status_.name === "live");
    this.emitter_.emit("status", this.status_);
    this.settle_();
  }

  /** C9: the id that this tab had kept may belong to who was logged in before. It is given up once. */
  private isOfAnotherUser_(status: Status): boolean {
    const isKept = this.keeper_ === undefined && this.context_.clientId.isInherited && !this.isIdGivenUp_;
    return isKept && !this.wasWelcome_ && status.name === "refused" && status.code === CloseCode.not_allowed;
  }

  /** Whether it may be shown; what may not is told. */
  private fits_(what: Invalid["what"], of: string | number, complaint: string | undefined): boolean {
    if (complaint !== undefined) this.emitter_.emit("invalid", { what, of, message: complaint });
    return complaint === undefined;
  }

  // waitUntilSynced.

  private settle_(): void {
    const sync = { isSynced: this.isSynced, pendingCount: this.sync_.pendingCount };
    if (!isEqual(sync, this.syncStatus_)) {
      this.syncStatus_ = sync;
      this.emitter_.emit("sync", sync);
    }
    if (this.waiting_.length === 0) return;
    const { status_: status } = this;
    const isOver = status.name === "refused" || status.name === "closed";
    if (!isOver && !this.isSynced) return;
    const waiting = this.waiting_;
    this.waiting_ = [];
    for (const { resolve, reject } of waiting) {
      if (isOver) reject(new WeftError("not_synced", `the canvas is ${status.name}`));
      else resolve();
    }
  }
}

/** What is undefined is left as it is. */
function defined(props: Props = {}): Props {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined));
}

/** The server takes finite numbers within float32, and ends the session for any other. */
function isOnCanvas(coordinate: number): boolean {
  return Number.isFinite(Math.fround(coordinate));
}

function errorOf({ code, reason }: Ending): WeftError {
  return new WeftError(closeCodeName(code), reason);
}
