// SPDX-License-Identifier: Apache-2.0

import type { Entity, LinkEnds } from "./features/concepts/evaluate.js";
import type { EventMap } from "./features/events.js";
import type { Props, Value } from "./protocol/messages.js";

/**
 * What an application's canvases are made of, for the compiler. Everything may be left out, and is then any value:
 *
 *     interface Board {
 *       presence: { tool: "pen" | "hand"; selection?: string[] };
 *       concepts: { note: { title: string; x: number; y: number }; frame: { name: string } };
 *       link: { label?: string };
 *       events: { wave: { hand: "left" | "right" } };
 *     }
 *     const client = createClient<Board>({ url });
 */
export interface CanvasTypes {
  /** What a session shows of itself. */
  readonly presence?: object;
  /** The properties of nodes by their type. */
  readonly concepts?: object;
  /** The properties of links, besides `from` and `to`. */
  readonly link?: object;
  /** Payloads of events by their name. */
  readonly events?: object;
}

/** What a session of these canvases shows of itself. */
export type PresenceOf<T> = T extends { readonly presence: infer P extends object } ? Readonly<P> : Props;
/** Payloads of these canvases' events by their name. */
export type EventsOf<T> = T extends { readonly events: infer E extends object } ? E : EventMap;

type ConceptMap<T> = T extends { readonly concepts: infer C extends object } ? C : { readonly [type: string]: Props };

/** Where a node lies: in which node (null: at the root), and its fractional index among its siblings. */
export type Parent = readonly [parent: string | null, index: string];

type Placed<P> = string extends keyof P ? P : Readonly<P> & { readonly parent?: Parent };
type Joined<P> = string extends keyof P ? P : Readonly<P> & LinkEnds;

/** A node of any of the application's types: the type tells the properties. */
export type ConceptOf<T> = {
  [Type in keyof ConceptMap<T> & string]: Entity<Type, Placed<ConceptMap<T>[Type]>>;
}[keyof ConceptMap<T> & string];

/** A link between two nodes. */
export type LinkOf<T> = Entity<"link", Joined<T extends { readonly link: infer L extends object } ? L : Props>>;

/** A node or a link. */
export type EntityOf<T> = ConceptOf<T> | LinkOf<T>;

/** The types that create() knows. */
export type TypeName<T> = (keyof ConceptMap<T> & string) | "link";

/** What create() wants to know of a new entity of this type. */
export type NewProps<T, Type extends string> = Type extends "link"
  ? LinkOf<T>["props"]
  : Type extends keyof ConceptMap<T>
    ? Placed<ConceptMap<T>[Type]>
    : Props;

/** Some of the properties; null removes one that may be missing. */
export type Patch<P> = string extends keyof P
  ? { readonly [key: string]: Value | undefined }
  : { readonly [Key in keyof P]?: undefined extends P[Key] ? P[Key] | null : P[Key] };

type PatchEach<P> = P extends unknown ? Patch<P> : never;
/** What set() takes: some properties of any of the types. */
export type EntityPatch<T> = PatchEach<EntityOf<T>["props"]>;

/** The arguments of create() after the type: properties may be left out when none is needed. */
export type CreateArguments<P> = {} extends P ? [props?: P, id?: string] : [props: P, id?: string];
