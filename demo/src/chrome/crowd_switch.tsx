// SPDX-License-Identifier: Apache-2.0

import { useReactFlow } from "@xyflow/react";
import type { ReactNode } from "react";

import { useBoard } from "../board/board_context.js";
import { callCrowd, crowd, sendCrowdHome, spotsOn } from "../crowd/crowd.js";
import { kCrowdSize } from "../crowd/messages.js";
import { hasToken } from "../session.js";

/** Adds 100 simulated people, who are as real to the server as anybody. A token is for one person, so not with one. */
export function CrowdSwitch(): ReactNode {
  const { edits } = useBoard();
  const { screenToFlowPosition } = useReactFlow();
  const isCalled = crowd.use(({ isCalled }) => isCalled);
  const here = crowd.use(({ here }) => here);
  const spots = () => spotsOn(edits.tree, screenToFlowPosition({ x: innerWidth / 2, y: innerHeight / 2 }));
  return (
    <button
      type="button"
      role="switch"
      className="switch"
      aria-checked={isCalled}
      data-testid="crowd"
      data-here={here}
      disabled={hasToken}
      title={hasToken ? "Your link is for you alone: a crowd would have to be you." : `${kCrowdSize} simulated people, each with a connection of their own`}
      onClick={() => (isCalled ? sendCrowdHome() : callCrowd(spots))}
    >
      <span className="switch-track" aria-hidden="true" />
      Crowd of {kCrowdSize}
    </button>
  );
}
