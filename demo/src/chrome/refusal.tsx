// SPDX-License-Identifier: Apache-2.0

import { useEffect, useRef, type ReactNode } from "react";

import { useBoard } from "../board/board_context.js";
import { exportJson } from "../export/transfer.js";
import { useCanvas, useStatus } from "../model/map.js";
import { sayRefusal } from "../model/words.js";
import { hasToken } from "../session.js";

/** The server said no for good: why, and what to do. What is on the page can still be saved. */
export function Refusal(): ReactNode {
  const canvas = useCanvas();
  const { edits } = useBoard();
  const status = useStatus();
  const again = useRef<HTMLButtonElement>(null);
  const isRefused = status.name === "refused";

  useEffect(() => {
    if (isRefused) again.current?.focus();
  }, [isRefused]);

  if (!isRefused) return null;
  const { title, todo } = sayRefusal(status.code, hasToken);
  return (
    <div className="veil">
      <section className="card" role="alertdialog" aria-modal="true" aria-labelledby="refused-title" aria-describedby="refused-todo" data-testid="refused" data-code={status.code}>
        <h2 id="refused-title">{title}</h2>
        <p id="refused-todo">{todo}</p>
        <p className="reason" data-testid="refused-reason">
          The server says: {status.reason || `code ${status.code}`}
        </p>
        <div className="card-actions">
          {canvas.concepts.size > 0 && (
            <button type="button" className="secondary" onClick={() => exportJson(edits.canvas)}>
              Save a copy
            </button>
          )}
          <button ref={again} type="button" className="primary" data-testid="retry" onClick={() => canvas.retry()}>
            Try again
          </button>
        </div>
      </section>
    </div>
  );
}
