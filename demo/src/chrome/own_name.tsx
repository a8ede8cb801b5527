// SPDX-License-Identifier: Apache-2.0

import type { Activity } from "@weft/client";
import type { ReactNode } from "react";

import { useCanvas } from "../model/map.js";
import { changeName, hasToken, kNameCharsMax } from "../session.js";
import { Avatar } from "./avatar.js";
import { Popover } from "./popover.js";

/** Oneself, and a form for another name. With a token, the token names people. */
export function OwnName({ name, color }: { readonly name: string; readonly color: string; readonly activity: Activity }): ReactNode {
  const canvas = useCanvas();
  return (
    <Popover label={`You are ${name}. Change your name`} title={`${name} (you)`} side="below" className="name-form" buttonClass="avatar-button is-me" testId="me" button={<Avatar name={name} color={color} activity="active" />}>
      {(close) =>
        hasToken ? (
          <p>
            You are <strong>{name}</strong>. Your name came with the link that let you in.
          </p>
        ) : (
          <form
            data-testid="me-form"
            onSubmit={(event) => {
              event.preventDefault();
              const next = String(new FormData(event.currentTarget).get("name") ?? "").trim();
              if (next !== "") changeName(canvas, next);
              close();
            }}
          >
            <label htmlFor="me-name">Your name</label>
            <div className="name-row">
              <input id="me-name" name="name" defaultValue={name} maxLength={kNameCharsMax} autoComplete="nickname" spellCheck={false} data-testid="me-name" onFocus={(event) => event.target.select()} />
              <button type="submit" className="primary">
                Done
              </button>
            </div>
          </form>
        )
      }
    </Popover>
  );
}
