// SPDX-License-Identifier: Apache-2.0

import { kLinkType, type Entity } from "./features/concepts/evaluate.js";
import { WeftError } from "./protocol/errors.js";
import type { CanvasTypes } from "./types.js";

/** The part of Standard Schema (standardschema.dev, version 1) that is used: zod, valibot, arktype and others have it. */
export interface StandardSchema<Input = unknown, Output = unknown> {
  /** What every library of the standard has under this name. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type SchemaResult = { readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/** What a schema finds wrong with a value. */
export interface SchemaIssue {
  /** A sentence for people. */
  readonly message: string;
  /** Where in the value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * Checks at the edge. What an application gives is refused when it does not fit; what arrives and does not fit is
 * not shown, and told as `invalid`. Values are checked, not changed: what a schema would convert stays as it is.
 */
export interface Schemas {
  /** Of a session's whole presence. */
  readonly presence?: StandardSchema;
  /** Of the properties of nodes, by their type. */
  readonly concepts?: { readonly [type: string]: StandardSchema };
  /** Of the properties of links, besides `from` and `to`. */
  readonly link?: StandardSchema;
  /** Of payloads, by the event's name. */
  readonly events?: { readonly [name: string]: StandardSchema };
}

type InputOf<S> = S extends StandardSchema<infer Input, unknown> ? Input : never;
type InputsOf<S> = { [Key in keyof S]: InputOf<S[Key]> };

/** The types that schemas describe, so that they need not be written twice. */
export type TypesOf<S extends Schemas> = {
  [Key in keyof S & keyof CanvasTypes]: Key extends "concepts" | "events" ? InputsOf<S[Key]> : InputOf<S[Key]>;
} extends infer Types extends CanvasTypes
  ? Types
  : never;

/** Something that arrived and does not fit its schema. Nobody sees it here. */
export interface Invalid {
  /** What kind of thing it is. */
  readonly what: "entity" | "presence" | "event";
  /** The entity's id, the actor, or the event's name. */
  readonly of: string | number;
  /** What is wrong with it. */
  readonly message: string;
}

/** A sentence about what is wrong with the value; undefined when nothing is. */
function complaint(schema: StandardSchema | undefined, value: unknown): string | undefined {
  if (schema === undefined) return undefined;
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) throw new WeftError("unsupported", "a schema that answers later cannot be used here");
  return result.issues?.map(({ message, path }) => [pathOf(path), message].filter(Boolean).join(": ")).join("; ");
}

function pathOf(path: SchemaIssue["path"]): string {
  return (path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".");
}

export class Checker {
  constructor(private readonly schemas_: Schemas = {}) {}

  entity({ type, props }: Entity): string | undefined {
    const schema = type === kLinkType ? this.schemas_.link : own(this.schemas_.concepts, type);
    if (schema === undefined) return undefined;
    // What Weft itself reserves is its own to check, and strict schemas do not know it.
    const reserved = type === kLinkType ? ["from", "to"] : ["parent"];
    return complaint(schema, Object.fromEntries(Object.entries(props).filter(([key]) => !reserved.includes(key))));
  }

  presence(presence: unknown): string | undefined {
    return complaint(this.schemas_.presence, presence);
  }

  event(name: string, payload: unknown): string | undefined {
    return complaint(own(this.schemas_.events, name), payload);
  }
}

/** For what the application itself gives. */
export function refuse(complaint: string | undefined): void {
  if (complaint !== undefined) throw new WeftError("invalid", complaint);
}

function own<V>(map: { readonly [key: string]: V } | undefined, key: string): V | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}
