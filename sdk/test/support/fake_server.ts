// SPDX-License-Identifier: Apache-2.0

import { decodeMulti, encode } from "@msgpack/msgpack";

import type { ClientMessage, Hello, Props, ServerMessage } from "../../src/protocol/messages.js";
import type { SocketLike } from "../../src/connection/transport.js";
import { FakeRoom, type Seat } from "./fake_room.js";

/**
 * A server without a network: frames lie in queues until settle() carries them. What it does wrong on purpose
 * is switched on by name.
 */
export class FakeServer {
  readonly room = new FakeRoom();
  readonly sockets: FakeSocket[] = [];
  /** Every message of every client, in the order the server saw them. */
  readonly seen: ClientMessage[] = [];
  /** Decides about each hello; a code refuses it. */
  onHello: (hello: Hello) => { code: number; reason: string; after?: [number, number] } | undefined = () => undefined;
  private isDown_ = false;
  private isSilent_ = false;

  /** The WebSocket class that leads here. */
  get Socket(): new (url: string, protocols: string[]) => FakeSocket {
    const server = this;
    return class extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super(server, url, protocols);
      }
    };
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  // Behaviours.

  refusesConnections(isDown = true): void {
    this.isDown_ = isDown;
  }

  /** Takes what comes and says nothing more, like a host that was unplugged. */
  goesSilent(isSilent = true): void {
    this.isSilent_ = isSilent;
  }

  refusesHello(code: number, reason: string, after?: [number, number]): void {
    this.onHello = () => ({ code, reason, ...(after && { after }) });
  }

  acceptsHello(): void {
    this.onHello = () => undefined;
  }

  /** Cuts every link; what is in the queues is lost. */
  dropsAll(): void {
    for (const socket of this.sockets) socket.cut();
  }

  saysGoodbye(code: number, reason = "because", after?: readonly [number, number]): void {
    this.room.goodbye(this.socket.seat, code, reason, after);
  }

  // The network.

  /** Carries everything that is under way, both ways, until nothing moves. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      await Promise.resolve();
      await Promise.resolve();
      quiet = this.carry() ? 0 : quiet + 1;
    }
  }

  /** One round: true if something moved. */
  carry(): boolean {
    let moved = false;
    for (const socket of [...this.sockets]) moved = this.carryOne_(socket) || moved;
    return moved;
  }

  private carryOne_(socket: FakeSocket): boolean {
    if (socket.readyState === 0) {
      if (this.isDown_) socket.cut();
      else socket.open();
      return true;
    }
    const up = socket.up.splice(0);
    for (const frame of up) for (const message of decodeMulti(frame)) this.receive_(socket, message as ClientMessage);
    return socket.deliver() || up.length > 0;
  }

  private receive_(socket: FakeSocket, message: ClientMessage): void {
    this.seen.push(message);
    if (this.isSilent_) return;
    const refusal = message[0] === 0 ? this.onHello(message[1]) : undefined;
    if (refusal !== undefined) return this.room.goodbye(socket.seat, refusal.code, refusal.reason, refusal.after);
    this.room.receive(socket.seat, message);
  }

  // What was seen.

  /** Presence patches, without what they say about the page's being hidden. */
  get presencePatches(): Props[] {
    return this.ofKind(2).flatMap(([, { away: _, ...patch }]) => (Object.keys(patch).length > 0 ? [patch] : []));
  }

  ofKind<Kind extends ClientMessage[0]>(kind: Kind): Extract<ClientMessage, readonly [Kind, ...unknown[]]>[] {
    return this.seen.filter((message) => message[0] === kind) as never;
  }
}

export class FakeSocket implements SocketLike {
  binaryType = "blob";
  readyState = 0;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  /** Frames on their way to the server. */
  readonly up: Uint8Array[] = [];
  /** Frames on their way to the client; a number is a close with that code. */
  readonly down: (Uint8Array | { code: number; reason: string })[] = [];
  closedWith: number | undefined;
  readonly seat: Seat;

  constructor(
    private readonly server_: FakeServer,
    readonly url: string,
    readonly protocols: string[],
  ) {
    server_.sockets.push(this);
    this.seat = {
      send: (messages: ServerMessage[]) => {
        if (this.readyState === 1) this.down.push(joined(messages));
      },
      close: (code, reason) => this.down.push({ code, reason }),
    };
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.({} as never);
  }

  send(data: Uint8Array): void {
    if (this.readyState === 1) this.up.push(data);
  }

  /** The client closes. */
  close(code?: number): void {
    if (this.readyState >= 2) return;
    this.closedWith = code;
    this.server_.room.leave(this.seat);
    this.finish_();
  }

  /** The link breaks. */
  cut(): void {
    if (this.readyState === 3) return;
    this.server_.room.leave(this.seat);
    this.finish_();
    this.onclose?.({ code: 1006, reason: "" } as never);
  }

  /** Hands the client what lies in the queue. */
  deliver(): boolean {
    const down = this.down.splice(0);
    for (const item of down) {
      if (this.readyState !== 1) break;
      if (item instanceof Uint8Array) {
        this.onmessage?.({ data: item.buffer.slice(item.byteOffset, item.byteOffset + item.byteLength) } as never);
      } else {
        this.finish_();
        this.onclose?.(item as never);
      }
    }
    return down.length > 0;
  }

  private finish_(): void {
    this.readyState = 3;
    this.up.length = 0;
    this.down.length = 0;
  }
}

function joined(messages: ServerMessage[]): Uint8Array {
  return Uint8Array.from(messages.flatMap((message) => [...encode(message)]));
}
