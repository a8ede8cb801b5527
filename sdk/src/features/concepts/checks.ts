// SPDX-License-Identifier: Apache-2.0

import { encodedBytes } from "../../protocol/codec.js";
import { checkValue, overLimit, WeftError } from "../../protocol/errors.js";
import { kPropsDepthMax } from "../../protocol/limits.js";
import { OpKind, type Limits, type Op } from "../../protocol/messages.js";
import type { Entity } from "./evaluate.js";

/** Throws when the server would refuse the op for its size or shape, before anything is shown or sent. */
export function checkOp(op: Op, limits: Limits, isNew: boolean, entityCount: number): void {
  const names = op[0] === OpKind.create ? [op[1], op[2], ...Object.keys(op[3])] : [op[1]];
  if (op[0] === OpKind.set) names.push(...Object.keys(op[2]));
  for (const name of names) {
    if (name.length === 0) throw new WeftError("bad_id", "an id, a type or a property key is empty");
    if (characters(name) > limits.id_chars_max) {
      throw overLimit("bad_id", "characters of an id, a type or a property key", characters(name), limits, "id_chars_max");
    }
  }
  checkValue(op[0] === OpKind.create ? op[3] : op[0] === OpKind.set ? op[2] : {}, kPropsDepthMax);
  if (op[0] === OpKind.create && isNew && entityCount + 1 > limits.entities_max) {
    throw overLimit("too_many", "entities on the canvas", entityCount + 1, limits, "entities_max");
  }
}

/** The entity as the op would leave it. */
export function checkEntity(entity: Entity | undefined, limits: Limits): void {
  if (entity === undefined) return;
  const bytes = encodedBytes([entity.id, entity.type, entity.props]);
  if (bytes > limits.entity_bytes_max) throw overLimit("too_large", "bytes of an entity", bytes, limits, "entity_bytes_max");
}

export function checkOpCount(count: number, limits: Limits): void {
  if (count > limits.push_ops_max) throw overLimit("too_many", "ops of a push", count, limits, "push_ops_max");
}

/** Room for the kind, the number and the array's head around the ops. */
const kPushHeadBytes = 16;

export function pushBytes(ops: readonly Op[]): number {
  return encodedBytes(ops) + kPushHeadBytes;
}

export function checkPushBytes(ops: readonly Op[], limits: Limits): void {
  const bytes = pushBytes(ops);
  if (bytes > limits.frame_bytes_max) throw overLimit("too_large", "bytes of a push", bytes, limits, "frame_bytes_max");
}

function characters(name: string): number {
  return [...name].length;
}
