// SPDX-License-Identifier: Apache-2.0

const kFirst = ["Amara", "Bela", "Chidi", "Dana", "Emre", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kofi", "Leila", "Mateo", "Nia", "Oskar", "Priya", "Quim", "Rosa", "Samir", "Tova", "Ugo", "Vera", "Wanda", "Yara", "Zeno"];
const kLast = ["Abel", "Brandt", "Costa", "Dahl"];

/** 100 different ones. */
export function crowdName(i: number): string {
  return `${kFirst[i % kFirst.length]!} ${kLast[Math.floor(i / kFirst.length) % kLast.length]!}`;
}
