// SPDX-License-Identifier: Apache-2.0

import { isEqual } from "../../src/lib/equal.js";
import { AckOutcome } from "../../src/protocol/codes.js";
import { kDefaultLimits } from "../../src/protocol/limits.js";
import type { ClientMessage, EntityRow, Hello, Limits, Op, Props, ServerMessage, Sum, User } from "../../src/protocol/messages.js";

/** A session as the room sees it: somewhere to send, and a way to end it. */
export interface Seat {
  send(messages: ServerMessage[]): void;
  close(code: number, reason: string): void;
}

interface Member {
  readonly seat: Seat;
  readonly actor: number;
  readonly client: string;
  readonly user: User;
  presence: Props;
  isAway: boolean;
}

interface LogEntry {
  readonly seq: number;
  readonly actor: number;
  readonly user: string;
  readonly effective: Op[];
  readonly sum: Sum;
}

type Outcome = { outcome: number; effective: Op[]; detail: readonly Op[] | readonly [string, string, number] | null };

/** One canvas of the server, as little of it as the SDK and the demo need to be tried without the real one. */
export class FakeRoom {
  limits: Limits = { ...kDefaultLimits };
  role: "view" | "edit" = "edit";
  tickMs = 50;
  tokenLifeMs: number | undefined;
  /** Who somebody is. */
  userOf = (hello: Hello): User => ({ id: hello.client, name: hello.name ?? "nobody" });
  epoch = 1;
  /** Whether a returning client may resume. */
  canResume = true;
  /** Pushes of the log that resume can no longer reach. */
  floor = 0;
  /** Answers the next pushes with this error instead of taking them. */
  refuseNext: { count: number; code: "unavailable" | "rate_limited" } = { count: 0, code: "unavailable" };

  readonly document = new Map<string, EntityRow>();
  log: LogEntry[] = [];
  readonly highest = new Map<string, number>();
  readonly members = new Set<Member>();
  private actors_ = 0;

  get seq(): number {
    return this.log.at(-1)?.seq ?? this.floor;
  }

  get sum(): Sum {
    return this.log.at(-1)?.sum ?? new Uint8Array(8);
  }

  receive(seat: Seat, message: ClientMessage): void {
    if (message[0] === 0) return this.hello_(seat, message[1]);
    const member = this.memberOf_(seat);
    if (member === undefined) return this.goodbye(seat, 4001, "hello comes first");
    switch (message[0]) {
      case 1:
        return this.others_(member, [1, Date.now() % 2 ** 32, [message[2] === undefined ? [member.actor] : [member.actor, message[1]!, message[2]]]]);
      case 2: {
        const { away, ...patch } = message[1];
        if (typeof away === "boolean" && away !== member.isAway) this.others_(member, [2, { activity: [[member.actor, away ? "away" : "active"]] }]);
        member.isAway = typeof away === "boolean" ? away : member.isAway;
        member.presence = withPatch(member.presence, patch);
        if (Object.keys(patch).length > 0) this.others_(member, [2, { update: [[member.actor, patch]] }]);
        return;
      }
      case 3:
        return this.push_(member, message[1], message[2]);
      case 4:
        return this.others_(member, [4, member.actor, message[1], message[2]]);
      case 5:
      case 6:
        return;
      case 7:
        return seat.send([[7, message[1], Date.now() % 2 ** 32]]);
    }
  }

  leave(seat: Seat): void {
    const member = this.memberOf_(seat);
    if (member === undefined) return;
    this.members.delete(member);
    this.others_(member, [2, { leave: [[member.actor, "left"]] }]);
  }

  goodbye(seat: Seat, code: number, reason: string, after?: readonly [number, number]): void {
    seat.send([[8, code, reason, { retry: code >= 4100, token: code >= 4100 && code < 4200, ...(after && { after }) }]]);
    this.leave(seat);
    seat.close(code, reason);
  }

  /** Somebody else's push. */
  pushFromElsewhere(ops: Op[], actor = 900, user = "somebody"): void {
    const { effective } = evaluate(this.document, ops);
    const entry = this.append_(actor, user, effective);
    for (const member of this.members) member.seat.send([opsMessage(entry)]);
  }

  private hello_(seat: Seat, hello: Hello): void {
    for (const member of [...this.members]) if (member.client === hello.client) this.goodbye(member.seat, 4006, "a newer session took over");
    const actor = ++this.actors_;
    const user = this.userOf(hello);
    const member: Member = { seat, actor, client: hello.client, user, presence: hello.presence ?? {}, isAway: false };
    this.members.add(member);
    const since = hello.since;
    const isResumed = this.canResume && since !== undefined && since[0] === this.epoch && since[1] >= this.floor && since[1] <= this.seq;
    seat.send([
      [
        0,
        {
          actor,
          user,
          role: this.role,
          epoch: this.epoch,
          seq: this.seq,
          sum: this.sum,
          n: this.highest.get(hello.client) ?? 0,
          resumed: isResumed,
          tick: this.tickMs,
          ...(this.tokenLifeMs !== undefined && { token_expires_in: this.tokenLifeMs }),
          limits: this.limits,
          server: "fake",
        },
      ],
      [2, { join: [...this.members].map((one) => [one.actor, one.user, one.presence, one.isAway ? "away" : "active"] as const) }],
      ...(isResumed ? this.log.filter(({ seq }) => seq > since[1]).map(opsMessage) : this.snapshot_()),
    ]);
    this.others_(member, [2, { join: [[actor, user, member.presence, "active"]] }]);
  }

  /** In two parts when there are two entities, so that parts are always tried. */
  private snapshot_(): ServerMessage[] {
    const rows = [...this.document.values()];
    if (rows.length < 2) return [[5, this.seq, true, rows, this.sum]];
    return [
      [5, this.seq, false, rows.slice(0, 1)],
      [5, this.seq, true, rows.slice(1), this.sum],
    ];
  }

  private push_(member: Member, n: number, ops: readonly Op[]): void {
    const highest = this.highest.get(member.client) ?? 0;
    const answer = (outcome: number, detail: Outcome["detail"]): void => member.seat.send([[6, n, this.seq, outcome, detail, this.sum]]);
    if (this.refuseNext.count > 0) {
      --this.refuseNext.count;
      return member.seat.send([[9, this.refuseNext.code, "not now", n, 3]]);
    }
    if (this.role === "view") return answer(AckOutcome.rejected, ["not_allowed", "the role may not edit", 0]);
    if (n <= highest) return answer(AckOutcome.duplicate, null);
    if (n > highest + 1) return answer(AckOutcome.rejected, ["out_of_order", `expected ${highest + 1}`, 0]);
    this.highest.set(member.client, n);
    const { outcome, effective, detail } = evaluate(this.document, ops);
    const entry = this.append_(member.actor, member.user.id, effective);
    answer(outcome, detail);
    this.others_(member, opsMessage(entry));
  }

  private append_(actor: number, user: string, effective: Op[]): LogEntry {
    const seq = this.seq + 1;
    const entry = { seq, actor, user, effective, sum: new Uint8Array(8).fill(seq % 256) };
    this.log.push(entry);
    return entry;
  }

  private memberOf_(seat: Seat): Member | undefined {
    return [...this.members].find((member) => member.seat === seat);
  }

  private others_(member: Member, message: ServerMessage): void {
    for (const other of this.members) if (other !== member) other.seat.send([message]);
  }
}

function opsMessage({ seq, actor, user, effective, sum }: LogEntry): ServerMessage {
  return [3, seq, actor, user, effective, sum];
}

/** Applies a push whole or not at all, by the K rules. */
export function evaluate(document: Map<string, EntityRow>, ops: readonly Op[]): Outcome {
  const draft = new Map(document);
  const effective: Op[] = [];
  for (const [i, op] of ops.entries()) {
    const [kind, id] = op;
    const row = draft.get(id);
    if (kind === 2) {
      for (const gone of doomed(draft, id)) {
        draft.delete(gone);
        effective.push([2, gone]);
      }
      continue;
    }
    const type = kind === 0 ? op[2] : row?.[1];
    if (type === undefined) continue;
    if (row !== undefined && row[1] !== type) return rejected("type_conflict", `${id} is a ${row[1]}`, i);
    const props = { ...(kind === 0 ? op[3] : op[2]) };
    for (const end of ["from", "to"]) {
      if (type !== "link" && end in props) return rejected("bad_op", `${id} is no link`, i);
      const isNeeded = kind === 0 && type === "link" && row === undefined;
      if ((end in props || isNeeded) && !isNode(draft, props[end])) return rejected("bad_reference", `${id} joins what is not there`, i);
    }
    if (Array.isArray(props["parent"])) {
      const [parent, index] = props["parent"] as [string | null, string];
      if (type === "link") return rejected("bad_op", `${id} is a link`, i);
      if (parent === id) return rejected("cycle", `${id} in itself`, i);
      if (parent !== null && (!isNode(draft, parent) || isBelow(draft, parent, id))) props["parent"] = [null, index];
    }
    const isNew = row === undefined;
    const told = isNew ? withPatch({}, props) : props;
    draft.set(id, [id, type, withPatch(row?.[2] ?? {}, props)]);
    effective.push(isNew ? [0, id, type, told] : [1, id, told]);
  }
  document.clear();
  for (const [id, row] of draft) document.set(id, row);
  if (effective.length === 0) return { outcome: AckOutcome.no_effect, effective, detail: null };
  const isAsAsked = isEqual(effective, ops);
  return { outcome: isAsAsked ? AckOutcome.commit : AckOutcome.rebased, effective, detail: isAsAsked ? null : effective };
}

function rejected(code: string, message: string, opIndex: number): Outcome {
  return { outcome: AckOutcome.rejected, effective: [], detail: [code, message, opIndex] };
}

function isNode(document: Map<string, EntityRow>, id: unknown): boolean {
  const row = document.get(id as string);
  return row !== undefined && row[1] !== "link";
}

function parentOf(document: Map<string, EntityRow>, id: string): string | null {
  const parent = document.get(id)?.[2]["parent"];
  return Array.isArray(parent) ? (parent[0] as string | null) : null;
}

/** Whether `id` lies in `above`, or in what lies in it. */
function isBelow(document: Map<string, EntityRow>, id: string, above: string): boolean {
  for (let at: string | null = id; at !== null; at = parentOf(document, at)) if (at === above) return true;
  return false;
}

/** What goes with `id`, in the order in which it is told (K7). */
function doomed(document: Map<string, EntityRow>, id: string): string[] {
  if (!document.has(id)) return [];
  const depths = new Map([[id, 0]]);
  for (const [one, depth] of depths) {
    for (const [other] of document.values()) if (other !== one && parentOf(document, other) === one) depths.set(other, depth + 1);
  }
  const isGone = (end: unknown): boolean => depths.has(end as string);
  const links = [...document.values()].filter(([other, type, props]) => type === "link" && other !== id && (isGone(props["from"]) || isGone(props["to"])));
  const nodes = [...depths.keys()].sort((x, y) => depths.get(y)! - depths.get(x)! || (x < y ? -1 : 1));
  return [...links.map(([link]) => link).sort(), ...nodes];
}

function withPatch(props: Props, patch: Props): Props {
  return Object.fromEntries(Object.entries({ ...props, ...patch }).filter(([, value]) => value !== null));
}
