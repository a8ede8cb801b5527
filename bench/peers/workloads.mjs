// SPDX-License-Identifier: Apache-2.0
// What everybody is put through. `deed` is what people do, `for` which peers take part: those that list it in `deeds`.

const kCursorRate = 20; // updates a second and person
const kRoomSizes = [10, 30, 100, 300, 500, 1000, 2000];

const cursors = (rooms, people, more = {}) => ({
  name: `cursors-${rooms}x${people}`,
  title: rooms === 1 ? `1 room × ${people}` : `${rooms} rooms × ${people}`,
  deed: "cursors",
  for: "cursors",
  rooms,
  people,
  rate: kCursorRate,
  ...more,
});

const edits = (rooms, people, rate) => ({
  name: `edits-${rooms}x${people}`,
  title: `${rooms === 1 ? "1 room" : `${rooms} rooms`} × ${people}, ${rate} edits/s each`,
  deed: "edits",
  for: "edits",
  rooms,
  people,
  rate,
});

export const workloads = [
  // `isCurve`: one room that grows; a peer that could not deliver is spared the bigger ones.
  ...kRoomSizes.map((people) => cursors(1, people, { isCurve: true })),
  cursors(100, 10),
  edits(1, 30, 20),
  edits(20, 10, 10),
  { ...cursors(40, 10), name: "shared-40x10", title: "40 rooms × 10 over two instances", for: "shared" },
  // Rooms of ten, everyone silent; once is enough.
  { name: "idle", title: "5,000 connections", deed: "idle", for: "idle", rooms: 500, people: 10, rate: 1, isOnce: true },
];

/** Quick ones for the smoke test: every deed, and nothing that says anything about speed. */
export const smokeWorkloads = [
  { ...cursors(2, 3), name: "smoke-cursors" },
  { ...edits(2, 3, 10), name: "smoke-edits" },
  { ...cursors(2, 3), name: "smoke-shared", for: "shared" },
  { name: "smoke-idle", title: "6 connections", deed: "idle", for: "idle", rooms: 2, people: 3, rate: 1, isOnce: true },
];
