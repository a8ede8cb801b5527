// SPDX-License-Identifier: Apache-2.0

/**
 * What one can say without words. Drawn from paths in a box of 24, so that they look the same everywhere; an emoji
 * would need a font that is not on every machine. The position is the key that sends it.
 */
export const kReactions = [
  { kind: "heart", name: "Love", color: "#e5484d", path: "M12 20.6 3.9 12.5a5.2 5.2 0 0 1 7.4-7.4l.7.7.7-.7a5.2 5.2 0 0 1 7.4 7.4z" },
  {
    kind: "thumb",
    name: "Agree",
    color: "#3b82f6",
    path: "M2.5 10.5h3.6v10H2.5zM7.6 10.4l4-7.9c1.6 0 2.7 1.2 2.7 2.8l-.5 3.6h5.4c1.4 0 2.4 1.3 2.1 2.7l-1.5 7c-.2 1.1-1.1 1.9-2.2 1.9H9.9c-.9 0-1.7-.3-2.3-.8z",
  },
  {
    kind: "star",
    name: "Great",
    color: "#f5a524",
    path: "m12 2.4 2.9 6.1 6.7.9-4.9 4.6 1.2 6.7-5.9-3.3-5.9 3.3 1.2-6.7-4.9-4.6 6.7-.9z",
  },
  {
    kind: "idea",
    name: "Idea",
    color: "#eab308",
    path: "M12 2a7 7 0 0 0-4.2 12.6c.8.6 1.2 1.4 1.2 2.2v.4h6v-.4c0-.8.4-1.6 1.2-2.2A7 7 0 0 0 12 2zM9.2 18.6h5.6v1.2c0 1.2-1 2.2-2.2 2.2h-1.2c-1.2 0-2.2-1-2.2-2.2z",
  },
  {
    kind: "question",
    name: "Question",
    color: "#8b5cf6",
    path: "M12 2.2c-3.2 0-5.4 2-5.6 4.9h3.4c.1-1.2.9-2 2.2-2 1.2 0 2 .7 2 1.7 0 1-.5 1.5-1.7 2.3-1.5 1-2.2 2-2.1 3.9v.8h3.3v-.6c0-1.1.4-1.6 1.8-2.5 1.5-1 2.4-2.2 2.4-4 0-2.7-2.3-4.5-5.7-4.5zM10 16.9h3.7v3.9H10z",
  },
  {
    kind: "party",
    name: "Celebrate",
    color: "#ec4899",
    path: "M3 21 8 8l8 8zM13.2 9.4c1.3-1.2 1.6-3 .8-4.9l1.7-.8c1.2 2.7.8 5.3-1.2 7zM15 11.5c1.7-1.9 4-2.3 6.5-1.3l-.7 1.8c-1.9-.8-3.4-.5-4.5.8zM10 3.2h2V5h-2zM19 4h2.1v2.1H19zM19.4 15.3h2v2h-2z",
  },
] as const;

export type ReactionKind = (typeof kReactions)[number]["kind"];

export function reactionOf(kind: unknown): (typeof kReactions)[number] | undefined {
  return kReactions.find((reaction) => reaction.kind === kind);
}
