// SPDX-License-Identifier: Apache-2.0

import type { Random } from "../lib/backoff.js";
import { Meter } from "../lib/meter.js";
import { StateMachine } from "../lib/state_machine.js";
import { decodeFrame, encodeMessage } from "../protocol/codec.js";
import { ClientKind, ServerKind, type Hello, type ServerMessage } from "../protocol/messages.js";
import { connectionMachine, type Effect, type Ending, type Event, type State } from "./machine.js";
import type { Page } from "./page.js";
import { TokenKeeper, type TokenProvider } from "./token_keeper.js";
import { Transport, type SocketConstructor } from "./transport.js";

export interface ConnectionOptions {
  /** One after the other is tried. At least one. */
  readonly urls: readonly string[];
  readonly Socket: SocketConstructor | undefined;
  readonly token: TokenProvider | undefined;
  readonly page: Page;
  readonly random: Random;
  readonly sleepAfterMs: number;
}

/** Whom a connection serves. */
export interface ConnectionListener {
  /** Everything of hello but the token. Asked at each attempt. */
  hello(): Hello;
  /** Welcome included, once the state is live. Not called for a socket that has been given up. */
  received(message: ServerMessage): void;
  stateChanged(state: State): void;
  ended(ending: Ending): void;
  visibilityChanged(isVisible: boolean): void;
  /** A fresh token was sent within the session. */
  renewed(token: string): void;
  /** Nothing would be lost or late if the link were given up. */
  mayLeave(): boolean;
}

/** Carries out what the machine decides: sockets, tokens, pings. One per open canvas. */
export class Connection {
  private readonly machine_: StateMachine<State, Event, Effect>;
  private readonly tokens_: TokenKeeper;
  private unlisten_: () => void = () => {};
  private transport_: Transport | undefined;
  private pings_ = 0;
  private pingedMs_: number | undefined;
  private roundTripMs_: number | undefined;
  private urlAt_ = 0;
  readonly meter = new Meter();

  constructor(
    private readonly options_: ConnectionOptions,
    private readonly listener_: ConnectionListener,
  ) {
    const { page, random } = options_;
    this.tokens_ = new TokenKeeper(options_.token);
    this.machine_ = new StateMachine(
      connectionMachine({
        random,
        sleepAfterMs: options_.sleepAfterMs,
        isVisible: () => page.isVisible(),
        mayLeave: () => listener_.mayLeave(),
        nowMs: () => Date.now(),
      }),
      (effect) => this.perform_(effect),
      (state) => {
        if (state.at !== "live") this.tokens_.stop();
        listener_.stateChanged(state);
      },
    );
  }

  get state(): State {
    return this.machine_.state;
  }

  /** Where the latest attempt went. */
  get url(): string {
    return this.options_.urls[this.urlAt_ % this.options_.urls.length]!;
  }

  /** The latest that is known; pings come every 15 s while the page is visible. */
  get roundTripMs(): number | undefined {
    return this.roundTripMs_;
  }

  start(): void {
    if (this.state.at !== "idle") return;
    this.unlisten_ = this.options_.page.listen({
      online: () => this.machine_.dispatch({ type: "online" }),
      visible: () => {
        this.machine_.dispatch({ type: "visible" });
        this.listener_.visibilityChanged(true);
      },
      hidden: () => {
        this.machine_.dispatch({ type: "hidden" });
        this.listener_.visibilityChanged(false);
      },
    });
    this.machine_.dispatch({ type: "start" });
  }

  /** Messages back to back. Goes nowhere unless live. */
  send(frame: Uint8Array): void {
    if (this.state.at === "live") this.transmit_(frame);
  }

  /** Measures the round trip. */
  ping(): void {
    if (this.state.at === "live") this.perform_({ do: "send_ping" });
  }

  /** There is something to send: a connection that sleeps comes back. */
  wake(): void {
    this.machine_.dispatch({ type: "wake" });
  }

  /** Gives this socket up and connects again: what came over it cannot be right. */
  restart(reason: string): void {
    this.machine_.dispatch({ type: "restart", reason });
  }

  /** Tries again after a refusal. */
  retry(): void {
    this.machine_.dispatch({ type: "retry" });
  }

  close(): void {
    this.machine_.dispatch({ type: "close" });
    this.unlisten_();
  }

  /** Asks the application for a token and sends it within the session. */
  renewToken(): void {
    const { attempt } = this.state;
    const isSame = (): boolean => this.state.at === "live" && this.state.attempt === attempt;
    this.tokens_.fetch().then(
      (token) => {
        if (token === undefined || !isSame()) return;
        if (this.state.at === "live" && this.state.token === token) return this.tokens_.watchAgain(() => this.renewToken());
        this.machine_.dispatch({ type: "token_renewed", token });
        this.send(encodeMessage([ClientKind.token, token]));
        this.listener_.renewed(token);
        this.tokens_.watch(() => this.renewToken());
      },
      (error: unknown) => {
        if (!isSame()) return;
        this.listener_.ended({ reason: `no new token: ${messageOf(error)}` });
        this.tokens_.watchAgain(() => this.renewToken());
      },
    );
  }

  private perform_(effect: Effect): void {
    switch (effect.do) {
      case "ask_token":
        return this.askToken_(effect.attempt);
      case "open_socket":
        return this.openSocket_(effect.attempt);
      case "send_hello": {
        const { token } = effect;
        this.pingedMs_ = Date.now();
        this.transmit_(encodeMessage([ClientKind.hello, { ...this.listener_.hello(), ...(token !== undefined && { token }) }]));
        return;
      }
      case "send_ping":
        this.pingedMs_ = Date.now();
        this.transmit_(encodeMessage([ClientKind.ping, ++this.pings_]));
        return;
      case "next_url":
        ++this.urlAt_;
        return;
      case "close_socket":
        this.transport_?.close(effect.code, effect.reason);
        this.transport_ = undefined;
        return;
      case "report":
        return this.listener_.ended(effect.ending);
      default:
        return effect satisfies never;
    }
  }

  private askToken_(attempt: number): void {
    this.tokens_.fetch().then(
      (token) => this.machine_.dispatch({ type: "token_ready", attempt, token }),
      (error: unknown) => this.machine_.dispatch({ type: "token_failed", attempt, message: messageOf(error) }),
    );
  }

  private transmit_(frame: Uint8Array): void {
    this.meter.sent(frame.byteLength);
    this.transport_?.send(frame);
  }

  private openSocket_(attempt: number): void {
    try {
      this.transport_ = this.transportFor_(attempt);
    } catch (error) {
      // A browser may forbid the address; that is said like any other failure.
      this.machine_.dispatch({ type: "socket_closed", attempt, code: kCloseAbnormal, reason: messageOf(error) });
    }
  }

  private transportFor_(attempt: number): Transport {
    return new Transport(this.options_.Socket!, this.url, {
      opened: () => this.machine_.dispatch({ type: "opened", attempt }),
      received: (frame) => this.received_(attempt, frame),
      receivedText: () => {
        if (this.state.attempt === attempt) this.restart("the server sent a text frame");
      },
      closed: (code, reason) => this.machine_.dispatch({ type: "socket_closed", attempt, code, reason }),
    });
  }

  private received_(attempt: number, frame: Uint8Array): void {
    if (this.state.attempt !== attempt) return;
    this.meter.received(frame.byteLength);
    this.machine_.dispatch({ type: "traffic", attempt });
    let messages: ServerMessage[];
    try {
      messages = decodeFrame(frame);
    } catch (error) {
      return this.restart(messageOf(error));
    }
    for (const message of messages) {
      // A message may have ended the session that the rest of the frame belongs to.
      if (this.state.attempt !== attempt) return;
      this.dispatch_(attempt, message);
    }
  }

  private dispatch_(attempt: number, message: ServerMessage): void {
    switch (message[0]) {
      case ServerKind.goodbye: {
        const [, code, reason, advice] = message;
        this.machine_.dispatch({ type: "goodbye", attempt, code, reason, advice: advice ?? {} });
        return;
      }
      case ServerKind.pong:
        if (message[1] === this.pings_) this.arrived_();
        return;
      case ServerKind.welcome:
        this.arrived_();
        this.machine_.dispatch({ type: "welcomed", attempt });
        if (this.options_.token !== undefined) this.tokens_.watch(() => this.renewToken(), message[1].token_expires_in);
        break;
      default:
        break;
    }
    if (this.state.at === "live") this.listener_.received(message);
  }

  private arrived_(): void {
    if (this.pingedMs_ !== undefined) this.roundTripMs_ = Date.now() - this.pingedMs_;
    this.pingedMs_ = undefined;
  }
}

/** RFC 6455: a close without a close frame. */
const kCloseAbnormal = 1006;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
