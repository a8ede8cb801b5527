// SPDX-License-Identifier: Apache-2.0

/** What a transition leads to. Effects are carried out after the state has changed, in order. */
export interface Step<State, Effect> {
  readonly state: State;
  readonly effects?: readonly Effect[];
}

/** A machine as a value: where it begins, what events do, and which states end by themselves. */
export interface Declaration<State, Event, Effect> {
  readonly initial: State;
  /** undefined: the event means nothing in this state. */
  transition(state: State, event: Event): Step<State, Effect> | undefined;
  /** The timed transition of a state. It is cancelled when the state is left. */
  timeout(state: State): Timeout<Event> | undefined;
}

export interface Timeout<Event> {
  readonly afterMs: number;
  /** lateMs says how long after its time the timer really fired: large after a suspended page wakes up. */
  event(lateMs: number): Event;
}

/** Runs a declaration: one event at a time, to completion; events that arise meanwhile wait their turn. */
export class StateMachine<State, Event, Effect> {
  private state_: State;
  private timer_: ReturnType<typeof setTimeout> | undefined;
  private readonly queue_: Event[] = [];
  private running_ = false;

  constructor(
    private readonly declaration_: Declaration<State, Event, Effect>,
    private readonly perform_: (effect: Effect) => void,
    private readonly entered_: (state: State) => void = () => {},
  ) {
    this.state_ = declaration_.initial;
  }

  get state(): State {
    return this.state_;
  }

  dispatch(event: Event): void {
    this.queue_.push(event);
    if (this.running_) return;
    this.running_ = true;
    try {
      for (let next = this.queue_.shift(); next !== undefined; next = this.queue_.shift()) this.step_(next);
    } finally {
      this.running_ = false;
    }
  }

  private step_(event: Event): void {
    const step = this.declaration_.transition(this.state_, event);
    if (step === undefined) return;
    if (step.state !== this.state_) {
      this.state_ = step.state;
      this.arm_();
      this.entered_(step.state);
    }
    for (const effect of step.effects ?? []) this.perform_(effect);
  }

  private arm_(): void {
    clearTimeout(this.timer_);
    const timeout = this.declaration_.timeout(this.state_);
    if (timeout === undefined) return;
    const dueMs = Date.now() + timeout.afterMs;
    this.timer_ = setTimeout(() => this.dispatch(timeout.event(Date.now() - dueMs)), timeout.afterMs);
  }
}
