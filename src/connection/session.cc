// SPDX-License-Identifier: Apache-2.0
#include "connection/session.h"

#include <algorithm>
#include <utility>

namespace weft::connection {
namespace {

// The wall's clock may be set, so tokens are looked at so often however long they last.
constexpr std::chrono::minutes kLookAtTokens{1};

}  // namespace

Session::Rates::Rates(const protocol::Limits& limits)
    : cursors(limits.cursors_per_second),
      pushes(limits.pushes_per_second),
      events(limits.events_per_second),
      presence(limits.presence_per_second),
      tokens(kTokensPerSecond),
      others(kOthersPerSecond) {}

Session::Session(const SessionTimes& times, const protocol::Limits& limits, Instant now)
    : times_(times), rates_(limits), opened_at_(now), last_received_(now) {}

void Session::note_verified(Identity identity, Instant now) {
  verified_at_ = now;
  identity_ = std::move(identity);
  state_ = State::joining;
}

Session::Due Session::advance(Now now) {
  Due due;
  if (state_ == State::awaiting_hello) {
    if (now.mono - opened_at_ >= times_.hello_within) {
      due.close = protocol::CloseCode::hello_expected;
      due.reason = "no hello came in time";
    }
    return due;
  }
  if (identity_.expires_ms && now.wall_ms >= *identity_.expires_ms) {
    due.close = protocol::CloseCode::token_expired;
    due.reason = "the token's time is over and no fresh one has come";
    return due;
  }
  if (state_ == State::joining) {  // its input waits, so silence says nothing
    if (now.mono - verified_at_ >= times_.join_within) {
      due.close = protocol::CloseCode::overloaded;
      due.reason = "the canvas's log cannot be reached now";
    }
    return due;
  }
  if (pinged_at_) {
    if (now.mono - *pinged_at_ >= times_.silence_max) {
      due.close = protocol::CloseCode::idle_link;
      due.reason = "nothing came back to the heartbeat";
    }
  } else if (now.mono - last_received_ >= times_.ping_after) {
    pinged_at_ = now.mono;
    due.ping = true;
  }
  return due;
}

Instant Session::next_look(Now now) const {
  if (state_ == State::awaiting_hello) return opened_at_ + times_.hello_within;
  Instant look = last_received_ + times_.ping_after;
  if (pinged_at_) look = *pinged_at_ + times_.silence_max;
  if (state_ == State::joining) look = verified_at_ + times_.join_within;
  if (identity_.expires_ms) {
    const std::chrono::milliseconds left(*identity_.expires_ms - now.wall_ms);
    look = std::min(look, now.mono + std::min<std::chrono::milliseconds>(left, kLookAtTokens));
  }
  return look;
}

}  // namespace weft::connection
