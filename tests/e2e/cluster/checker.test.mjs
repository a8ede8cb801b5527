// SPDX-License-Identifier: Apache-2.0
// The checker is shown histories with one thing wrong, and has to say so.

import assert from "node:assert/strict";
import { it } from "node:test";

import { complaintsAbout, stable } from "./support/checker.mjs";

const kEntities = () => new Map(["ada.1", "ada.2", "bo.1"].map((id) => [id, { type: "concept", properties: { by: id } }]));

/** Ada pushes twice and a third time what is rejected, Bo once; Cleo watches. */
function trueHistory() {
  const entries = () =>
    new Map([
      [1, { text: "ada.1", sum: "s1", ids: ["ada.1"] }],
      [2, { text: "bo.1", sum: "s2", ids: ["bo.1"] }],
      [3, { text: "ada.2", sum: "s3", ids: ["ada.2"] }],
    ]);
  const people = () => [
    { actor: 1, user: "ada", presence: { last: 1 } },
    { actor: 2, user: "bo", presence: { last: 2 } },
    { actor: 3, user: "cleo", presence: { last: 3 } },
  ];
  const cursors = () => new Map([[1, [1, 1]], [2, [2, 2]], [3, [3, 3]]]);
  const witness = (name) => ({ name, epoch: 7, seq: 4, sum: "s4", copy: kEntities(), entries: entries(), people: people(), cursors: cursors() });
  return {
    pushes: new Map([["ada", 3], ["bo", 1]]),
    makesEntity: (n) => n !== 3,
    acks: [
      { client: "ada", n: 1, seq: 1 },
      { client: "bo", n: 1, seq: 2 },
      { client: "ada", n: 2, seq: 3 },
      { client: "ada", n: 3, seq: 4 },
    ],
    documents: ["instance 0", "instance 1"].map((from) => ({ from, epoch: 7, seq: 4, entities: kEntities() })),
    witnesses: ["ada", "bo", "cleo"].map(witness),
    present: people().map((person) => ({ ...person, cursor: [person.actor, person.actor] })),
  };
}

it("a true history gives no reason to complain", () => {
  assert.deepEqual(complaintsAbout(trueHistory()), []);
});

it("maps are compared whatever the order of their keys", () => {
  assert.equal(stable({ a: 1, b: { c: 2, d: [1] } }), stable({ b: { d: [1], c: 2 }, a: 1 }));
});

const falsehoods = {
  "an acknowledged push that is in no document": [/push ada\.2 is missing/, (history) => {
    for (const { entities } of history.documents) entities.delete("ada.2");
    for (const { copy } of history.witnesses) copy.delete("ada.2");
  }],
  "an acknowledged push that only one instance has": [/documents of instance 1 and instance 0 differ/, (history) => history.documents[1].entities.delete("bo.1")],
  "a push that is there twice": [/push bo\.1 is there twice/, (history) => {
    history.witnesses[2].entries.set(5, { text: "bo.1", sum: "s5", ids: ["bo.1"] });
  }],
  "a seq without a push": [/has seq 5 after 4 pushes/, (history) => {
    for (const document of history.documents) document.seq = 5;
  }],
  "a push acknowledged with two seqs": [/acknowledged with seq 2 and with 9/, (history) => history.acks.push({ client: "bo", n: 1, seq: 9 })],
  "a seq acknowledged for two pushes": [/seq 2 was acknowledged for bo\.1 and for ada\.4/, (history) => history.acks.push({ client: "ada", n: 4, seq: 2 })],
  "an ack that stands elsewhere than the push": [/acknowledged with seq 3, but told with 4|acknowledged with seq 3, where/, (history) => {
    for (const { entries } of history.witnesses) {
      entries.set(4, entries.get(3));
      entries.set(3, { text: "nothing", sum: "s", ids: [] });
    }
  }],
  "pushes of a client in another order": [/push ada\.2 has seq 1, after 3/, (history) => {
    history.acks = [];
    for (const { entries } of history.witnesses) {
      const [first, third] = [entries.get(1), entries.get(3)];
      entries.set(1, third).set(3, first);
    }
  }],
  "two orders": [/seq 2 is bo\.1 \(s2\) for ada and ada\.2 \(s3\) for cleo/, (history) => {
    const { entries } = history.witnesses[2];
    const [second, third] = [entries.get(2), entries.get(3)];
    entries.set(2, third).set(3, second);
  }],
  "other bytes under the same seq": [/seq 1 is/, (history) => (history.witnesses[1].entries.get(1).sum = "other")],
  "a copy that is not the document": [/the copy of bo is not the document: 1 entities, ada\.1/, (history) => (history.witnesses[1].copy.get("ada.1").properties = {})],
  "somebody who has missed the end": [/cleo stands at seq 3/, (history) => (history.witnesses[2].seq = 3)],
  "two sums": [/bo has the sum other/, (history) => (history.witnesses[1].sum = "other")],
  "another epoch": [/instance 1 stands at 8\/4/, (history) => (history.documents[1].epoch = 8)],
  "a rejected push that is there": [/push ada\.3 is there/, (history) => {
    for (const { entities } of history.documents) entities.set("ada.3", {});
    for (const { copy } of history.witnesses) copy.set("ada.3", {});
  }],
  "a ghost": [/bo sees 9 dan \{\}, who is not there/, (history) => history.witnesses[1].people.push({ actor: 9, user: "dan", presence: {} })],
  "somebody who is not seen": [/bo does not see 3 cleo/, (history) => history.witnesses[1].people.pop()],
  "somebody who is seen twice": [/bo sees somebody twice/, (history) => history.witnesses[1].people.push({ actor: 9, user: "cleo", presence: {} })],
  "an old presence": [/bo does not see 3 cleo \{"last":3\}/, (history) => (history.witnesses[1].people[2].presence = { last: 2 })],
  "an old cursor": [/bo sees the cursor of cleo at \[0,0\]/, (history) => history.witnesses[1].cursors.set(3, [0, 0])],
  "a cursor of nobody": [/bo sees a cursor of actor 9/, (history) => history.witnesses[1].cursors.set(9, [0, 0])],
};

for (const [what, [complaint, falsify]] of Object.entries(falsehoods)) {
  it(`${what} is complained about`, () => {
    const history = trueHistory();
    falsify(history);
    const complaints = complaintsAbout(history);
    assert.ok(complaints.some((sentence) => complaint.test(sentence)), `It said: ${complaints.join("\n") || "nothing"}`);
  });
}
