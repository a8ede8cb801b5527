// SPDX-License-Identifier: Apache-2.0

"use client";

import { createClient, historyOf, type Canvas, type CanvasOptions, type CanvasTypes, type Client, type ClientOptions } from "@weft/client";
import { createContext, useEffect, useState, type ReactNode } from "react";

interface Common<T extends CanvasTypes> {
  /** The canvas's id. Another one is another canvas. */
  readonly canvas: string;
  /** What counts is what they are when the canvas is made. */
  readonly options?: CanvasOptions<T>;
  readonly children?: ReactNode;
}

/** A client that the application made, or what is needed to make one. */
export type WeftProviderProps<T extends CanvasTypes = {}> = Common<T> &
  ({ readonly client: Client<T> } | ({ readonly client?: undefined } & Pick<ClientOptions, "url"> & Partial<ClientOptions>));

export const CanvasContext = createContext<Canvas | undefined>(undefined);

/**
 * Opens a canvas for what is inside and closes it when it goes away. A <Suspense> whose content waits for the canvas
 * belongs inside. Nothing connects while a page is rendered on a server.
 */
export function WeftProvider<T extends CanvasTypes = {}>(props: WeftProviderProps<T>): ReactNode {
  const client = useClient(props as WeftProviderProps);
  const { canvas: canvasId, options, children } = props;
  const [made, setMade] = useState(() => ({ client, canvasId, canvas: canvasOf(client, canvasId, options as CanvasOptions) }));
  let current = made;
  if (made.client !== client || made.canvasId !== canvasId) {
    current = { client, canvasId, canvas: canvasOf(client, canvasId, options as CanvasOptions) };
    setMade(current);
  }
  const { canvas } = current;
  useEffect(() => held(client, canvas), [client, canvas]);
  return <CanvasContext.Provider value={canvas}>{children}</CanvasContext.Provider>;
}

/** Made once, unless the server's address changes. */
function useClient(props: WeftProviderProps): Client {
  const address = props.client === undefined ? String(props.url) : undefined;
  const make = () => ({ address, client: props.client ?? createClient(props as ClientOptions) });
  const [made, setMade] = useState(make);
  if (props.client !== undefined) return props.client;
  if (made.address === address) return made.client;
  const next = make();
  setMade(next);
  return next.client;
}

/** Rendering may happen twice or for nothing, so this has no effect outside; connect() comes with the effect. */
function canvasOf(client: Client, canvasId: string, options: CanvasOptions | undefined): Canvas {
  const canvas = client.open(canvasId, { ...options, isConnected: false });
  // Undo knows what was done from here on.
  historyOf(canvas);
  return canvas;
}

/** Canvases that are let go of, and will be closed unless somebody takes them up again at once. */
const leaving = new WeakMap<Client, Map<string, { readonly canvas: Canvas; readonly timer: ReturnType<typeof setTimeout> }>>();

/**
 * StrictMode takes every effect back once and does it again: the canvas must survive that. And one that is remounted
 * must not find its own predecessor still open.
 */
function held(client: Client, canvas: Canvas): () => void {
  const left = leaving.get(client) ?? new Map<string, { readonly canvas: Canvas; readonly timer: ReturnType<typeof setTimeout> }>();
  leaving.set(client, left);
  const before = left.get(canvas.id);
  if (before !== undefined) {
    clearTimeout(before.timer);
    left.delete(canvas.id);
    if (before.canvas !== canvas) before.canvas.close();
  }
  canvas.connect();
  return () => {
    const timer = setTimeout(() => {
      left.delete(canvas.id);
      canvas.close();
    }, 0);
    left.set(canvas.id, { canvas, timer });
  };
}
