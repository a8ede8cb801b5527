// SPDX-License-Identifier: Apache-2.0

/** A token, with the time it ends (ms since 1970) if the application wants it renewed in time. */
export type TokenAnswer = string | { readonly token: string; readonly expiresAt: number };
/** Asked once per attempt to connect and before a token ends. */
export type TokenProvider = () => Promise<TokenAnswer> | TokenAnswer;

/** A token is renewed this long before it ends, or at half of what is left when that is shorter. */
export const kRenewLeadMs = 30_000;
/** The pause after a renewal that failed, and the shortest time between two. */
export const kRenewPauseMs = 5_000;
/** setTimeout cannot wait longer than 2^31 ms. */
const kTimerMaxMs = 2_000_000_000;

/** Gets tokens from the application and, while the session lives, renews them before they end. */
export class TokenKeeper {
  private expiresAtMs_: number | undefined;
  private lifeMs_: number | undefined;
  private timer_: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly provider_: TokenProvider | undefined) {}

  async fetch(): Promise<string | undefined> {
    if (this.provider_ === undefined) return undefined;
    const answer = await this.provider_();
    this.expiresAtMs_ = typeof answer === "string" ? undefined : answer.expiresAt;
    return typeof answer === "string" ? answer : answer.token;
  }

  /**
   * Calls `renew` when the last fetched token should be replaced. Until stop(). `lifeMs` is what the server says
   * that the token has left; it stands in, for later tokens too, when the application does not say when they end.
   */
  watch(renew: () => void, lifeMs = this.lifeMs_): void {
    this.stop();
    this.lifeMs_ = lifeMs;
    const leftMs = this.expiresAtMs_ === undefined ? lifeMs : this.expiresAtMs_ - Date.now();
    if (leftMs === undefined) return;
    const waitMs = Math.max(leftMs - kRenewLeadMs, leftMs / 2, kRenewPauseMs);
    this.timer_ = setTimeout(renew, Math.min(waitMs, kTimerMaxMs));
  }

  /** After a renewal that failed, or brought nothing new. */
  watchAgain(renew: () => void): void {
    this.stop();
    this.timer_ = setTimeout(renew, kRenewPauseMs);
  }

  stop(): void {
    clearTimeout(this.timer_);
    this.timer_ = undefined;
  }
}
