// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/rate_limiter.h"
#include "connection/role.h"
#include "cursor/cursor_field.h"
#include "presence/presence_room.h"
#include "protocol/frame.h"
#include "protocol/messages.h"
#include "util/bytes.h"
#include "util/ids.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace weft::router {

/// A session that asks to be let into a room: what its hello and its token said, owned.
struct Arrival {
  SessionId session;
  ClientId client;
  presence::User user;
  connection::Role role = connection::Role::view;
  std::optional<protocol::Since> since;
  Bytes presence;  // raw map; empty: none
  std::optional<std::uint32_t> token_expires_in_ms;
};

/// Honest clients stay far below it.
inline constexpr std::uint32_t kComplaintsPerSecond = 100;
/// A client may have many pushes on its way when the log cannot take them.
inline constexpr std::uint32_t kPushComplaintsPerSecond = 1'000;

/// A session inside a room. The room owns it; the router's session borrows it.
struct Member {
  SessionId session;
  ActorId actor;
  ClientId client;
  UserId user;
  connection::Role role = connection::Role::view;
  cursor::CursorField::Slot cursor = 0;
  std::optional<protocol::Rect> view;
  /// Its arrival, until the flush that welcomes it.
  std::unique_ptr<Arrival> arriving;
  /// It fell behind, or looks elsewhere: the next flush tells it every position.
  bool needs_positions = false;
  /// Its cursor has not been published yet.
  bool has_moved = false;
  /// The outgoing batch holds something that is not for everyone, or not for this one.
  bool owns_items = false;
  /// A push that was not taken (unavailable, rate_limited); those after it are answered alike until
  /// it comes again, so that none overtakes it.
  struct Held {
    std::uint64_t n = 0;
    protocol::ErrorCode code = protocol::ErrorCode::unavailable;
    bool is_told = false;  // in this tick
  };
  std::optional<Held> held;
  /// Errors and refusals that it is told; more are left unsaid, so that nonsense is not answered
  /// with more bytes than it cost.
  connection::RateLimiter complaints{kComplaintsPerSecond};
  connection::RateLimiter push_complaints{kPushComplaintsPerSecond};
};

}  // namespace weft::router
