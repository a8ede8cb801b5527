// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/authenticator.h"
#include "connection/rate_limiter.h"
#include "protocol/codes.h"
#include "protocol/limits.h"
#include "util/time.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::connection {

/// Verifying a signature costs up to 0.1 ms, so a session gets few of them.
inline constexpr std::uint32_t kTokensPerSecond = 2;
/// View, ping and whatever else is cheap.
inline constexpr std::uint32_t kOthersPerSecond = 120;

struct SessionTimes {
  std::chrono::milliseconds hello_within = std::chrono::seconds(5);  // C1
  std::chrono::milliseconds join_within = std::chrono::seconds(15);  // O13
  std::chrono::milliseconds ping_after = std::chrono::seconds(25);   // P7
  std::chrono::milliseconds silence_max = std::chrono::seconds(10);  // P7, after the ping
};

/// The life of one connection as the protocol sees it: who it is, whether it may still be, and how
/// fast it may speak. Decides; the router acts on it. Lives on the room's home shard.
class Session {
 public:
  enum class State : std::uint8_t {
    awaiting_hello,  // C1: nothing else is accepted
    joining,         // verified; its room is being opened
    joined,          // welcome has been sent
  };

  /// `times` outlives the session.
  Session(const SessionTimes& times, const protocol::Limits& limits, Instant now);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const Identity& identity() const { return identity_; }

  /// Requires: awaiting_hello.
  void note_verified(Identity identity, Instant now);
  /// Requires: joining.
  void note_joined() { state_ = State::joined; }
  /// A fresh token for the same user has been verified.
  void renew(Identity identity) { identity_ = std::move(identity); }
  /// Any bytes from the peer, pongs included.
  void note_received(Instant now) {
    last_received_ = now;
    pinged_at_.reset();
  }

  /// What time asks for. A ping is asked for once per silence.
  struct Due {
    bool ping = false;
    std::optional<protocol::CloseCode> close;
    std::string_view reason;  // static
  };
  [[nodiscard]] Due advance(Now now);
  /// Until then advance has nothing to say, unless the session is verified, joins or is renewed.
  [[nodiscard]] Instant next_look(Now now) const;

  /// One bucket per kind of traffic (design: rates per session).
  struct Rates {
    explicit Rates(const protocol::Limits& limits);
    RateLimiter cursors;
    RateLimiter pushes;
    RateLimiter events;
    RateLimiter presence;
    RateLimiter tokens;
    RateLimiter others;
  };
  [[nodiscard]] Rates& rates() { return rates_; }

 private:
  const SessionTimes& times_;
  State state_ = State::awaiting_hello;
  Identity identity_;
  Rates rates_;
  Instant opened_at_;
  Instant verified_at_{};
  Instant last_received_;
  std::optional<Instant> pinged_at_;
};

}  // namespace weft::connection
