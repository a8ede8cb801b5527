// SPDX-License-Identifier: Apache-2.0

import { OpKind, type Op, type Props, type Value } from "../../protocol/messages.js";
import { patched } from "../people.js";

/** One thing on the canvas. Replaced, never changed, when anything of it changes. */
export interface Entity<Type extends string = string, P = Props> {
  /** Unique on its canvas. */
  readonly id: string;
  /** Never changes. */
  readonly type: Type;
  /** By key. Values are replaced whole. */
  readonly props: P;
}

/** What every link says: the ids of the two nodes that it joins. */
export interface LinkEnds {
  /** Where it begins. */
  readonly from: string;
  /** Where it ends. */
  readonly to: string;
}

export const kLinkType = "link";

/** What an op makes of the entity with its id. */
export function evaluate(entity: Entity | undefined, op: Op): Entity | undefined {
  switch (op[0]) {
    case OpKind.create: {
      const [, id, type, props] = op;
      if (entity === undefined) return { id, type, props: patched({}, props) };
      // Another type is a conflict, which the server will say.
      return entity.type === type ? { ...entity, props: patched(entity.props, props) } : entity;
    }
    case OpKind.set:
      return entity && { ...entity, props: patched(entity.props, op[2]) };
    case OpKind.delete:
      return undefined;
    default:
      // An op from a newer server: what it does is not known here.
      return entity;
  }
}

/** The entities that `entity` cannot outlive: the ends of a link, the parent of a node. */
export function dependsOn(entity: Entity): string[] {
  const ends = entity.type === kLinkType ? [entity.props["from"], entity.props["to"]] : [parentIn(entity.props["parent"])];
  return ends.filter((id) => typeof id === "string");
}

/** The node that a parent property names; null for none. */
export function parentIn(parent: Value | undefined): Value {
  return Array.isArray(parent) ? ((parent as readonly Value[])[0] ?? null) : null;
}

/** Whether `id` may lie in `parent`: a node that is there and does not itself lie in `id`. */
export function isPossibleParent(get: (id: string) => Entity | undefined, id: string, parent: Value): boolean {
  const seen = new Set<Value>([id]);
  for (let at = parent; at !== null; ) {
    const entity = typeof at === "string" && !seen.has(at) ? get(at) : undefined;
    if (entity === undefined || entity.type === kLinkType) return false;
    seen.add(at);
    at = parentIn(entity.props["parent"]);
  }
  return true;
}
