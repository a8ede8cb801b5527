// SPDX-License-Identifier: Apache-2.0

/**
 * Compares what everybody was told with what everybody was promised. Returns sentences, none when all is well.
 *
 * A history is of one canvas, taken when all is calm and everybody is connected:
 *
 * - `pushes`: Map of client -> how many pushes it made, all of them settled;
 * - `makesEntity(n)`: whether push n of a client makes the entity "client.n";
 * - `acks`: [{client, n, seq}], each ack that said where its push stands;
 * - `documents`: [{from, epoch, seq, entities: Map of id -> {type, properties}}], one of each instance;
 * - `witnesses`: [{name, epoch, seq, sum, copy, entries, people, cursors}], one of each client: where it stands and its copy of
 *   the document; `entries` is a Map of seq -> {text, sum, ids}, what it was told, with the ids of entities made; `people` is
 *   [{actor, user, presence}], `cursors` a Map of actor -> [x, y];
 * - `present`: [{actor, user, presence, cursor}], who is connected, and what each said last of itself.
 */
export function complaintsAbout(history) {
  return [...ofOrder(history), ...ofPushes(history), ...ofDocuments(history), ...ofPresence(history)];
}

/** One order everywhere. */
function* ofOrder({ witnesses }) {
  const first = new Map(); // seq -> {name, entry}
  for (const { name, entries } of witnesses) {
    for (const [seq, entry] of entries) {
      const known = first.get(seq);
      if (known === undefined) {
        first.set(seq, { name, entry });
      } else if (known.entry.text !== entry.text || known.entry.sum !== entry.sum) {
        yield `seq ${seq} is ${known.entry.text} (${known.entry.sum}) for ${known.name} and ${entry.text} (${entry.sum}) for ${name}`;
      }
    }
  }
}

/** Every push is in the log once, and in the order in which its client made it. */
function* ofPushes({ pushes, makesEntity, acks, witnesses, documents }) {
  const made = new Map(); // "client.n" -> seq
  for (const { name, entries } of witnesses) {
    for (const [seq, { ids }] of entries) {
      for (const id of ids) {
        if (!isPush(id, pushes)) continue;
        const before = made.get(id);
        if (before !== undefined && before !== seq) yield `push ${id} is there twice, with seq ${before} and, for ${name}, with ${seq}`;
        made.set(id, seq);
      }
    }
  }
  const placed = new Map(); // "client.n" -> seq of its ack
  const taken = new Map(); // seq -> "client.n"
  for (const { client, n, seq } of acks) {
    const id = `${client}.${n}`;
    if (placed.has(id) && placed.get(id) !== seq) yield `push ${id} was acknowledged with seq ${placed.get(id)} and with ${seq}`;
    if (taken.has(seq) && taken.get(seq) !== id) yield `seq ${seq} was acknowledged for ${taken.get(seq)} and for ${id}`;
    placed.set(id, seq);
    taken.set(seq, id);
    if (made.has(id) && made.get(id) !== seq) yield `push ${id} was acknowledged with seq ${seq}, but told with ${made.get(id)}`;
    for (const { name, entries } of witnesses) {
      const told = entries.get(seq);
      if (told && makesEntity(n) && !told.ids.includes(id)) yield `push ${id} was acknowledged with seq ${seq}, where ${name} was told ${told.text}`;
    }
  }
  for (const [client, count] of pushes) {
    let last = 0;
    for (let n = 1; n <= count; ++n) {
      const id = `${client}.${n}`;
      const seq = made.get(id) ?? placed.get(id);
      if (seq !== undefined) {
        if (seq <= last) yield `push ${id} has seq ${seq}, after ${last} of an earlier push`;
        last = seq;
      }
      for (const { from, entities } of documents) {
        if (entities.has(id) !== makesEntity(n)) yield `push ${id} is ${makesEntity(n) ? "missing from" : "there in"} the document of ${from}`;
      }
    }
  }
  const total = [...pushes.values()].reduce((sum, count) => sum + count, 0);
  for (const { from, seq } of documents) {
    if (seq !== total) yield `the document of ${from} has seq ${seq} after ${total} pushes`;
  }
}

function isPush(id, pushes) {
  const [client, n, ...more] = id.split(".");
  return more.length === 0 && n !== undefined && pushes.has(client);
}

/** All documents and all copies are one. */
function* ofDocuments({ documents, witnesses }) {
  const [truth] = documents;
  const whole = textOfEntities(truth.entities);
  for (const { from, epoch, seq, entities } of documents) {
    if (seq !== truth.seq || epoch !== truth.epoch) yield `${from} stands at ${epoch}/${seq}, ${truth.from} at ${truth.epoch}/${truth.seq}`;
    if (textOfEntities(entities) !== whole) yield `the documents of ${from} and ${truth.from} differ: ${difference(entities, truth.entities)}`;
  }
  for (const { name, seq, sum, copy } of witnesses) {
    if (seq !== truth.seq) yield `${name} stands at seq ${seq}, the document at ${truth.seq}`;
    if (sum !== witnesses[0].sum) yield `${name} has the sum ${sum}, ${witnesses[0].name} has ${witnesses[0].sum}`;
    if (textOfEntities(copy) !== whole) yield `the copy of ${name} is not the document: ${difference(copy, truth.entities)}`;
  }
}

/** Everybody knows exactly who is there. */
function* ofPresence({ witnesses, present }) {
  const expected = present.map((person) => `${person.actor} ${person.user} ${stable(person.presence)}`).sort();
  for (const { name, people, cursors } of witnesses) {
    const known = people.map((person) => `${person.actor} ${person.user} ${stable(person.presence)}`).sort();
    for (const person of known) if (!expected.includes(person)) yield `${name} sees ${person}, who is not there like that`;
    for (const person of expected) if (!known.includes(person)) yield `${name} does not see ${person}`;
    if (new Set(people.map(({ user }) => user)).size !== people.length) yield `${name} sees somebody twice: ${known.join(", ")}`;
    for (const { actor, user, cursor } of present) {
      const seen = cursors.get(actor);
      if (user !== name && stable(seen) !== stable(cursor)) yield `${name} sees the cursor of ${user} at ${stable(seen)}, not at ${stable(cursor)}`;
    }
    for (const actor of cursors.keys()) if (!present.some((person) => person.actor === actor)) yield `${name} sees a cursor of actor ${actor}, who is not there`;
  }
}

/** JSON with the keys of maps in one order. */
export function stable(value) {
  return JSON.stringify(value, (_, part) =>
    part && typeof part === "object" && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

function textOfEntities(entities) {
  return stable(Object.fromEntries(entities));
}

function difference(left, right) {
  const words = [];
  for (const id of new Set([...left.keys(), ...right.keys()])) {
    if (stable(left.get(id)) !== stable(right.get(id))) words.push(`${id} is ${stable(left.get(id))} and ${stable(right.get(id))}`);
  }
  return `${words.length} entities, ${words.slice(0, 5).join("; ")}`;
}
