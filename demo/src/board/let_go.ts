// SPDX-License-Identifier: Apache-2.0

import type { ChangeOrigin } from "@weft/client";

import { toast } from "../chrome/toasts.js";
import { sayGone } from "../model/words.js";
import { select, ui } from "../ui.js";

/**
 * After a change of the document: what is gone is not selected, written on or linked from any more, and does not
 * become so again when its deletion is undone. Said, when somebody else deleted what this page was at. `titleBefore`
 * is as it was.
 */
export function letGo(origin: ChangeOrigin | undefined, isHere: (id: string) => boolean, titleBefore: (id: string) => string): void {
  const { selection, renaming, noteOf, linkingFrom } = ui.get();
  const here = selection.filter(isHere);
  if (here.length < selection.length) select(here);
  const isGone = (id: string | undefined): id is string => id !== undefined && !isHere(id);
  const gone = [renaming, noteOf, linkingFrom].find(isGone);
  if (gone === undefined) return;
  ui.set({
    ...(isGone(renaming) && { renaming: undefined }),
    ...(isGone(noteOf) && { noteOf: undefined }),
    ...(isGone(linkingFrom) && { linkingFrom: undefined }),
  });
  if (origin === "remote" || origin === "snapshot") toast(sayGone(titleBefore(gone)), { tone: "bad" });
}
