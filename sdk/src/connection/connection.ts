// SPDX-License-Identifier: Apache-2.0

import type { Random } from "../lib/backoff.js";
import { StateMachine } from "../lib/state_machine.js";
import { decodeFrame, encodeMessage } from "../protocol/codec.js";
import { ClientKind, ServerKind, type Hello, type ServerMessage } from "../protocol/messages.js";
import { connectionMachine, type Effect, type Ending, type Event, type State } from "./machine.js";
import type { Page } from "./page.js";
import { TokenKeeper, type TokenProvider } from "./token_keeper.js";
import { Transport, type SocketConstructor } from "./transport.js";

export interface ConnectionOptions {
  readonly url: string;
  readonly Socket: SocketConstructor;
  readonly token: TokenProvider | undefined;
  readonly page: Page;
  readonly random: Random;
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
}

/** Carries out what the machine decides: sockets, tokens, pings. One per open canvas. */
export class Connection {
  private readonly machine_: StateMachine<State, Event, Effect>;
  private readonly tokens_: TokenKeeper;
  private readonly unlisten_: () => void;
  private transport_: Transport | undefined;
  private pings_ = 0;

  constructor(
    private readonly options_: ConnectionOptions,
    private readonly listener_: ConnectionListener,
  ) {
    const { page, random } = options_;
    this.tokens_ = new TokenKeeper(options_.token);
    this.machine_ = new StateMachine(
      connectionMachine({ random, isVisible: () => page.isVisible(), nowMs: () => Date.now() }),
      (effect) => this.perform_(effect),
      (state) => {
        if (state.at !== "live") this.tokens_.stop();
        listener_.stateChanged(state);
      },
    );
    this.unlisten_ = page.listen({
      online: () => this.machine_.dispatch({ type: "online" }),
      visible: () => {
        this.machine_.dispatch({ type: "visible" });
        listener_.visibilityChanged(true);
      },
      hidden: () => {
        this.machine_.dispatch({ type: "hidden" });
        listener_.visibilityChanged(false);
      },
    });
  }

  get state(): State {
    return this.machine_.state;
  }

  start(): void {
    this.machine_.dispatch({ type: "start" });
  }

  /** Messages back to back. Goes nowhere unless live. */
  send(frame: Uint8Array): void {
    if (this.state.at === "live") this.transport_?.send(frame);
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
        this.transport_?.send(encodeMessage([ClientKind.hello, { ...this.listener_.hello(), ...(token !== undefined && { token }) }]));
        return;
      }
      case "send_ping":
        this.transport_?.send(encodeMessage([ClientKind.ping, ++this.pings_]));
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

  private openSocket_(attempt: number): void {
    this.transport_ = new Transport(this.options_.Socket, this.options_.url, {
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
        return;
      case ServerKind.welcome:
        this.machine_.dispatch({ type: "welcomed", attempt });
        if (this.options_.token !== undefined) this.tokens_.watch(() => this.renewToken(), message[1].token_expires_in);
        break;
      default:
        break;
    }
    if (this.state.at === "live") this.listener_.received(message);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
