// SPDX-License-Identifier: Apache-2.0

import { grouped, type Activity } from "@weft/client";
import type { ReactNode } from "react";

import { personColor } from "../model/colors.js";
import { useMe, useOthers, type MapPerson } from "../model/map.js";
import { count } from "../model/words.js";
import { nameOf } from "../session.js";
import { ui } from "../ui.js";
import { Avatar, kActivityWords } from "./avatar.js";
import { OwnName } from "./own_name.js";
import { Popover } from "./popover.js";
import { ShareButton } from "./share_button.js";

/** Avatars in a row; the others are in the list behind them. */
const kShown = 4;

interface Shown {
  readonly actor: number;
  readonly name: string;
  readonly color: string;
  readonly activity: Activity;
  readonly isSimulated: boolean;
}

/** Everybody here, as far as the bar shows it: several tabs of one user are one. People come before the crowd. */
function shownOf(others: readonly MapPerson[]): readonly Shown[] {
  const shown = grouped(others).map(({ sessions, activity }) => {
    // The one to follow: whoever is at the page now.
    const person = sessions.find((session) => session.activity === activity) ?? sessions[0]!;
    return { actor: person.actor, name: nameOf(person), color: personColor(person), activity, isSimulated: person.presence.isSimulated === true };
  });
  return shown.sort((a, b) => Number(a.isSimulated) - Number(b.isSimulated));
}

export function PeopleBar(): ReactNode {
  const others = useOthers(shownOf);
  const me = useMe((person) => person && { name: nameOf(person), color: personColor(person), activity: person.activity });
  const following = ui.use(({ following }) => following);
  const first = others.slice(0, kShown);
  const rest = others.slice(kShown);
  return (
    <div className="bar people-bar">
      <ul className="people" aria-label="People here" data-testid="people">
        {first.map((person) => (
          <li key={person.actor} data-testid="person" data-name={person.name} data-activity={person.activity}>
            <FollowButton person={person} isFollowed={following === person.actor} className="avatar-button">
              <Avatar {...person} />
            </FollowButton>
          </li>
        ))}
        {rest.length > 0 && (
          <li className="people-rest">
            <Popover label={`${count(rest.length, "more person", "more people")}`} side="below" className="people-list" buttonClass="avatar-button" testId="more-people" button={<span className="avatar more">+{rest.length}</span>}>
              {(close) =>
                rest.map((person) => (
                  <FollowButton key={person.actor} person={person} isFollowed={following === person.actor} className="menu-item" onDone={close}>
                    <Avatar {...person} />
                    {person.name}
                  </FollowButton>
                ))
              }
            </Popover>
          </li>
        )}
        {me !== undefined && (
          <li data-testid="person" data-me="true" data-name={me.name} data-activity={me.activity}>
            <OwnName {...me} />
          </li>
        )}
      </ul>
      <ShareButton />
    </div>
  );
}

interface FollowButtonProps {
  readonly person: Shown;
  readonly isFollowed: boolean;
  readonly className: string;
  readonly onDone?: () => void;
  readonly children: ReactNode;
}

function FollowButton({ person, isFollowed, className, onDone, children }: FollowButtonProps): ReactNode {
  const { actor, name, activity, isSimulated } = person;
  return (
    <button
      type="button"
      className={className}
      aria-pressed={isFollowed}
      aria-label={`Follow ${name}, who ${activity === "active" ? "is active" : kActivityWords[activity]}`}
      title={`${name} · ${isSimulated ? "simulated" : kActivityWords[activity]}\nClick to follow`}
      onClick={() => {
        ui.set({ following: isFollowed ? undefined : actor });
        onDone?.();
      }}
    >
      {children}
    </button>
  );
}
