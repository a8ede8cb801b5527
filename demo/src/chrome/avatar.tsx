// SPDX-License-Identifier: Apache-2.0

import type { Activity } from "@weft/client";
import type { CSSProperties, ReactNode } from "react";

import { initialsOf } from "../session.js";

export function Avatar({ name, color, activity }: { readonly name: string; readonly color: string; readonly activity: Activity }): ReactNode {
  return (
    <span className={`avatar is-${activity}`} style={{ "--person": color } as CSSProperties} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}

export const kActivityWords: { readonly [Name in Activity]: string } = { active: "active", idle: "has not moved for a while", away: "looks elsewhere" };
