// SPDX-License-Identifier: Apache-2.0

import { useRef, type ReactNode } from "react";

import { useBoard } from "../board/board_context.js";
import { useCanEdit } from "../board/use_can_edit.js";
import { useCanvas, useStatus, useSyncStatus } from "../model/map.js";
import { sayKept, sayOffline } from "../model/words.js";
import { ui } from "../ui.js";
import { Icon, type IconName } from "./icons.js";

/** One thing about this page that one should know while it lasts: the weightiest of them. */
export function Banner(): ReactNode {
  const canvas = useCanvas();
  const { edits } = useBoard();
  const status = useStatus();
  const { pendingCount } = useSyncStatus();
  const canEdit = useCanEdit();
  const isKeeping = ui.use(({ isKeeping }) => isKeeping);
  const linkingFrom = ui.use(({ linkingFrom }) => linkingFrom);
  // While it tries again the reason is that of the last attempt.
  const code = useRef<number | undefined>(undefined);
  if (status.name === "live") code.current = undefined;
  else if (status.name === "offline") code.current = status.code ?? code.current;

  if (status.name === "offline") {
    return (
      <Notice icon="offline" tone="wait" testId="offline-banner">
        {sayOffline(code.current, status.isAsleep === true)} {sayKept(pendingCount, isKeeping)}
      </Notice>
    );
  }
  if (linkingFrom !== undefined) {
    return (
      <Notice icon="arrow" tone="plain" testId="linking-banner">
        Linking from “{edits.titleOf(linkingFrom)}”: choose another concept. <kbd>Esc</kbd> gives up.
      </Notice>
    );
  }
  if (status.name === "live" && !canEdit) {
    return (
      <Notice icon="eye" tone="plain" testId="read-only-banner">
        {canvas.canPresent ? "You can look and point, but not change this map." : "You are looking on: others do not see you, and you cannot change this map."}
      </Notice>
    );
  }
  return null;
}

function Notice({ icon, tone, testId, children }: { readonly icon: IconName; readonly tone: "wait" | "plain"; readonly testId: string; readonly children: ReactNode }): ReactNode {
  return (
    <p className={`banner banner-${tone}`} role="status" data-testid={testId}>
      <Icon name={icon} />
      <span>{children}</span>
    </p>
  );
}
