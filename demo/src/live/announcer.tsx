// SPDX-License-Identifier: Apache-2.0

import { useEffect, type ReactNode } from "react";

import { useCanvas } from "../model/map.js";
import { listed } from "../model/words.js";
import { nameOf } from "../session.js";
import { createStore } from "../store.js";

/** Joins and leaves within this are told together. */
const kGatherMs = 1_200;

const said = createStore<{ readonly text: string; readonly turn: number }>({ text: "", turn: 0 });

/** For those who listen instead of looking. */
export function announce(text: string): void {
  said.set({ text, turn: said.get().turn + 1 });
}

/** A live region, and who comes and goes. */
export function Announcer(): ReactNode {
  const { text, turn } = said.use((value) => value);
  useJoinsAndLeaves();
  return (
    <div className="only-heard" role="status" aria-live="polite" data-testid="announcer">
      {/* A new element each time: the same sentence twice is two events. */}
      <span key={turn}>{text}</span>
    </div>
  );
}

function useJoinsAndLeaves(): void {
  const canvas = useCanvas();
  useEffect(() => {
    let joined: string[] = [];
    let left: string[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = (): void => {
      const sentences = [joined.length > 0 && `${listed(joined)} joined.`, left.length > 0 && `${listed(left)} left.`];
      announce(sentences.filter(Boolean).join(" "));
      joined = [];
      left = [];
      timer = undefined;
    };
    let isFirst = true;
    const stop = canvas.on("people", (change) => {
      // Whoever was here before is nobody who joined.
      if (isFirst) {
        isFirst = change.joined.length === 0;
        return;
      }
      joined.push(...change.joined.filter(({ isMe }) => !isMe).map(nameOf));
      left.push(...change.left.map(({ person }) => nameOf(person)));
      if (joined.length + left.length > 0) timer ??= setTimeout(tell, kGatherMs);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [canvas]);
}
