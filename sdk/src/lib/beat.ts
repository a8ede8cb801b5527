// SPDX-License-Identifier: Apache-2.0

/**
 * A throttle: the first request after quiet runs at once, later ones share the next beat. `run` says whether it
 * did anything; if not, that was no beat. Idle, it owns no timer.
 */
export class Beat {
  private timer_: ReturnType<typeof setTimeout> | undefined;
  private lastMs_ = -Infinity;

  constructor(
    private intervalMs_: number,
    private readonly run_: () => boolean,
  ) {}

  get intervalMs(): number {
    return this.intervalMs_;
  }

  setInterval(intervalMs: number): void {
    this.intervalMs_ = intervalMs;
  }

  request(): void {
    if (this.timer_ !== undefined) return;
    const sinceMs = Date.now() - this.lastMs_;
    // A clock that was set back must not silence us.
    if (sinceMs >= this.intervalMs_ || sinceMs < 0) {
      this.fire_();
    } else {
      this.timer_ = setTimeout(() => this.fire_(), this.intervalMs_ - sinceMs);
    }
  }

  stop(): void {
    clearTimeout(this.timer_);
    this.timer_ = undefined;
  }

  private fire_(): void {
    this.timer_ = undefined;
    if (this.run_()) this.lastMs_ = Date.now();
  }
}
