// SPDX-License-Identifier: Apache-2.0

import { Canvas, type CanvasOptions } from "./canvas.js";
import { addressOf } from "./connection/address.js";
import { claimClientId, givenClientId } from "./connection/client_id.js";
import { kSleepAfterMs } from "./connection/machine.js";
import { browserPage, type Page } from "./connection/page.js";
import type { TokenProvider } from "./connection/token_keeper.js";
import type { SocketConstructor } from "./connection/transport.js";
import type { Offline } from "./offline/keeper.js";
import { WeftError } from "./protocol/errors.js";
import type { Schemas, TypesOf } from "./schema.js";
import type { CanvasTypes } from "./types.js";

/** Where the server is, who one is there, and what else differs from the defaults. */
export interface ClientOptions {
  /**
   * Where the server is: "ws://localhost:8080". http and https are understood too, and in a page what is relative to
   * it. Of several the next one is tried when one is not reached or has no room.
   */
  readonly url: string | readonly string[];
  /** Asked for a token per attempt to connect, and before one ends. Not needed in development mode. */
  readonly token?: TokenProvider;
  /** Which installation this is; only one session per canvas can have it. By default one per tab. */
  readonly clientId?: string;
  /** A page hidden for this long, with nothing to send, disconnects until it is looked at. 5 minutes; Infinity: never. */
  readonly sleepAfterMs?: number;
  /** The WebSocket class, where there is no global one. */
  readonly WebSocket?: unknown;
  /** Keeps canvases for when there is no network, made by keepOffline(). Nothing is kept by default. */
  readonly offline?: Offline;
  /** Checks of what goes out and comes in, with any Standard Schema library. */
  readonly schemas?: Schemas;
  /** For tests. */
  readonly page?: Page;
  /** Between 0 and 1, as Math.random. For tests. */
  readonly random?: () => number;
}

/** One server, or several that share canvases. Made by createClient(). */
export interface Client<T extends CanvasTypes = {}> {
  /** Connects to a canvas. It stays connected, through all losses, until closed. */
  open(canvasId: string, options?: CanvasOptions<T>): Canvas<T>;
  /** Closes every canvas. */
  destroy(): void;
}

const kCanvasId = /^[A-Za-z0-9._~:-]{1,128}$/;

/** The types come from the schemas. */
export function createClient<const S extends Schemas>(options: ClientOptions & { readonly schemas: S }): Client<TypesOf<S>>;
/** The types are given: `createClient<Board>({ url })`. */
export function createClient<T extends CanvasTypes = {}>(options: ClientOptions): Client<T>;
// The overloads say what the types are; here they are nobody's.
export function createClient(options: ClientOptions): unknown {
  const Socket = (options.WebSocket ?? globalThis.WebSocket) as SocketConstructor | undefined;
  const addresses = [options.url].flat().map(addressOf);
  if (addresses.length === 0) throw new WeftError("bad_url", "there is no address of a server");
  const clientId = options.clientId === undefined ? claimClientId(options.offline?.user) : givenClientId(options.clientId);
  const open = new Map<string, Canvas<never>>();

  return {
    open(canvasId: string, canvasOptions: CanvasOptions = {}) {
      if (!kCanvasId.test(canvasId)) throw new WeftError("bad_id", `"${canvasId}" cannot be the id of a canvas`);
      const context = {
        urls: addresses.map((address) => `${address}/v1/canvases/${canvasId}`),
        clientId,
        Socket,
        token: options.token,
        page: options.page ?? browserPage,
        random: options.random ?? Math.random,
        schemas: options.schemas,
        offline: options.offline,
        sleepAfterMs: options.sleepAfterMs ?? kSleepAfterMs,
        opened: (canvas: Canvas<never>) => {
          if (Socket === undefined) throw new WeftError("unsupported", "there is no WebSocket here; pass one as options.WebSocket");
          if (open.has(canvasId)) throw new WeftError("already_joined", `the canvas ${canvasId} is open already`);
          open.set(canvasId, canvas);
        },
        closed: (canvas: Canvas<never>) => {
          if (open.get(canvasId) === canvas) open.delete(canvasId);
        },
      };
      return new Canvas(canvasId, context, canvasOptions);
    },

    destroy() {
      for (const canvas of [...open.values()]) canvas.close();
    },
  };
}
