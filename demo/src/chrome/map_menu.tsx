// SPDX-License-Identifier: Apache-2.0

import { useRef, type ReactNode } from "react";

import { useBoard } from "../board/board_context.js";
import { useCanEdit } from "../board/use_can_edit.js";
import { exportJson, exportPng, importJson } from "../export/transfer.js";
import { setTheme, ui, type Theme } from "../ui.js";
import { CrowdSwitch } from "./crowd_switch.js";
import { Icon, type IconName } from "./icons.js";
import { Popover } from "./popover.js";

const kThemes: readonly { readonly theme: Theme; readonly label: string; readonly icon: IconName }[] = [
  { theme: "system", label: "Like the system", icon: "screen" },
  { theme: "light", label: "Light", icon: "sun" },
  { theme: "dark", label: "Dark", icon: "moon" },
];

/** What is done to the map as a whole, and how the page looks. */
export function MapMenu(): ReactNode {
  const { edits } = useBoard();
  const canEdit = useCanEdit();
  const theme = ui.use(({ theme }) => theme);
  const file = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={file}
        type="file"
        accept="application/json,.json"
        hidden
        data-testid="import-file"
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          event.target.value = "";
          if (chosen !== undefined) void importJson(edits, chosen);
        }}
      />
      <Popover label="Map menu" side="below" className="menu" buttonClass="icon-button" button={<Icon name="menu" />} testId="menu">
        {(close) => {
          const item = (icon: IconName, label: string, run: () => void, testId: string, isDisabled = false): ReactNode => (
            <button
              type="button"
              className="menu-item"
              disabled={isDisabled}
              data-testid={testId}
              onClick={() => {
                close();
                run();
              }}
            >
              <Icon name={icon} />
              {label}
            </button>
          );
          return (
            <>
              {item("download", "Export as JSON", () => exportJson(edits.canvas), "export-json")}
              {item("image", "Export as PNG", () => void exportPng(edits), "export-png")}
              {item("upload", "Import JSON…", () => file.current?.click(), "import", !canEdit)}
              <hr />
              <div className="menu-row">
                <span id="theme-label">Look</span>
                <div className="segments" role="group" aria-labelledby="theme-label">
                  {kThemes.map((one) => (
                    <button
                      key={one.theme}
                      type="button"
                      aria-pressed={theme === one.theme}
                      aria-label={one.label}
                      title={one.label}
                      data-testid={`theme-${one.theme}`}
                      onClick={() => setTheme(one.theme)}
                    >
                      <Icon name={one.icon} size={16} />
                    </button>
                  ))}
                </div>
              </div>
              <div className="menu-row only-narrow">
                <CrowdSwitch />
              </div>
              <hr />
              {item("help", "Keyboard shortcuts", () => ui.set({ isHelpOpen: true }), "help")}
            </>
          );
        }}
      </Popover>
    </>
  );
}
