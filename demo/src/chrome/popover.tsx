// SPDX-License-Identifier: Apache-2.0

import { useEffect, useId, useRef, useState, type ReactNode } from "react";

interface PopoverProps {
  readonly label: string;
  readonly className?: string;
  readonly buttonClass: string;
  readonly button: ReactNode;
  readonly title?: string;
  readonly testId?: string;
  /** Where it opens from the button. */
  readonly side: "below" | "above";
  readonly isDisabled?: boolean;
  readonly children: (close: () => void) => ReactNode;
}

/** A button that shows something beside it. Escape, a press elsewhere and leaving it close it. */
export function Popover({ label, className = "", buttonClass, button, title = label, testId, side, isDisabled = false, children }: PopoverProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    if (!isOpen) return;
    const press = (event: PointerEvent): void => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      setOpen(false);
      opener.current?.focus();
    };
    // Before anything on the map takes it for itself.
    addEventListener("pointerdown", press, true);
    addEventListener("keydown", key, true);
    root.current?.querySelector<HTMLElement>(".popover :is(input, button:not(:disabled))")?.focus();
    return () => {
      removeEventListener("pointerdown", press, true);
      removeEventListener("keydown", key, true);
    };
  }, [isOpen]);

  const close = (): void => {
    setOpen(false);
    opener.current?.focus();
  };
  return (
    <div
      ref={root}
      className="popover-root"
      onBlur={({ relatedTarget }) => {
        if (relatedTarget !== null && !root.current?.contains(relatedTarget)) setOpen(false);
      }}
    >
      <button
        ref={opener}
        type="button"
        className={buttonClass}
        aria-label={label}
        title={title}
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        disabled={isDisabled}
        data-testid={testId}
        onClick={() => setOpen(!isOpen)}
      >
        {button}
      </button>
      {isOpen && (
        <div id={id} className={`popover popover-${side} ${className}`} role="group" aria-label={label}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
