// SPDX-License-Identifier: Apache-2.0

import { useCallback, type CSSProperties, type ReactNode } from "react";

import { useFollow } from "../live/use_follow.js";
import { personColor } from "../model/colors.js";
import { useOthers, type MapPerson } from "../model/map.js";
import { nameOf } from "../session.js";
import { ui } from "../ui.js";

/** Around the page while it shows what somebody else looks at. */
export function FollowFrame(): ReactNode {
  useFollow();
  const actor = ui.use(({ following }) => following);
  const select = useCallback(
    (others: readonly MapPerson[]) => {
      const person = others.find((other) => other.actor === actor);
      return person && { name: nameOf(person), color: personColor(person) };
    },
    [actor],
  );
  const person = useOthers(select);
  if (person === undefined) return null;
  return (
    <div className="follow-frame" style={{ "--person": person.color } as CSSProperties} data-testid="following" data-name={person.name}>
      <button type="button" className="follow-tag" onClick={() => ui.set({ following: undefined })}>
        Following {person.name} · <kbd>Esc</kbd> to stop
      </button>
    </div>
  );
}
