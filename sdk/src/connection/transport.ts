// SPDX-License-Identifier: Apache-2.0

/** The part of WebSocket that is used; the browser's own and the `ws` package both have it. */
export interface SocketLike {
  binaryType: string;
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

export const kSubprotocol = "weft.v1";
const kOpen = 1;

export interface SocketListener {
  opened(): void;
  received(frame: Uint8Array): void;
  /** The socket carried something that is not a binary frame. */
  receivedText(): void;
  closed(code: number, reason: string): void;
}

/** One WebSocket. After close() nothing of it reaches the listener any more, however late it comes. */
export class Transport {
  private readonly socket_: SocketLike;

  constructor(Socket: SocketConstructor, url: string, listener: SocketListener) {
    const socket = new Socket(url, [kSubprotocol]);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => listener.opened();
    socket.onmessage = (event: { data: unknown }) => {
      if (event.data instanceof ArrayBuffer) listener.received(new Uint8Array(event.data));
      else listener.receivedText();
    };
    socket.onclose = (event: { code: number; reason: string }) => listener.closed(event.code, event.reason);
    // A close event always follows; it says all there is to know.
    socket.onerror = () => {};
    this.socket_ = socket;
  }

  get isOpen(): boolean {
    return this.socket_.readyState === kOpen;
  }

  send(frame: Uint8Array): void {
    if (this.isOpen) this.socket_.send(frame);
  }

  close(code: number, reason: string): void {
    this.socket_.onopen = null;
    this.socket_.onmessage = null;
    this.socket_.onclose = null;
    this.socket_.close(code, reason);
  }
}
