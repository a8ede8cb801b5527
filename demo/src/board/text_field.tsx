// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

interface TextFieldProps {
  readonly value: string;
  readonly label: string;
  readonly placeholder: string;
  readonly charsMax: number;
  /** With what was written; not called when it is given up. */
  readonly onCommit: (text: string) => void;
  /** In any case, last. `isByKey`: the focus is to go back to where it came from. */
  readonly onDone: (isByKey: boolean) => void;
}

/** A title or label as a field, as large as what is written in it. Enter and leaving keep it, Escape gives it up. */
export function TextField({ value, label, placeholder, charsMax, onCommit, onDone }: TextFieldProps): ReactNode {
  const [text, setText] = useState(value);
  const field = useRef<HTMLTextAreaElement>(null);
  const isDone = useRef(false);

  useEffect(() => {
    isDone.current = false;
    let frame = 0;
    // What has just been made is hidden until it has been measured, and what is hidden takes no focus.
    const take = (): void => {
      field.current?.focus({ preventScroll: true });
      if (document.activeElement === field.current) field.current?.select();
      else frame = requestAnimationFrame(take);
    };
    take();
    return () => cancelAnimationFrame(frame);
  }, []);

  const finish = (isKept: boolean, isByKey: boolean): void => {
    if (isDone.current) return;
    isDone.current = true;
    if (isKept) onCommit(text.replace(/\s+/g, " ").trim());
    onDone(isByKey);
  };

  const key = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.nativeEvent.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    finish(event.key === "Enter", true);
  };

  return (
    <span className="text-field nodrag nopan nowheel">
      {/* Gives the field its size. */}
      <span aria-hidden="true">{text || placeholder}</span>
      <textarea
        ref={field}
        rows={1}
        value={text}
        maxLength={charsMax}
        placeholder={placeholder}
        aria-label={label}
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={key}
        onBlur={() => finish(true, false)}
        onPointerDown={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
      />
    </span>
  );
}
