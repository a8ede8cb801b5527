// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/messages.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace weft::load {

/// When a move was to be sent: microseconds since the run's origin.
using Stamp = std::uint64_t;

/// A stamp travels as a position: x is its low 24 bits, y the rest. Integers up to 2^24 come out of
/// a server unchanged (float32, docs/protocol.md kind 1), so 48 bits do: over eight years. The
/// bytes are those of an ordinary position: x takes 5, y 1 for the first half hour, together as
/// many as two numbers between 256 and 65,535. No two moves of one person are equal, so each is a
/// change.
inline constexpr unsigned kStampLowBits = 24;
inline constexpr std::uint64_t kStampLowMask = (std::uint64_t{1} << kStampLowBits) - 1;

[[nodiscard]] inline protocol::Cursor to_cursor(Stamp stamp) {
  return {.hidden = false,
          .x = static_cast<float>(stamp & kStampLowMask),
          .y = static_cast<float>(stamp >> kStampLowBits & kStampLowMask)};
}

/// Nothing for a position that no stamp has: somebody else is on the canvas.
[[nodiscard]] inline std::optional<Stamp> to_stamp(const protocol::Cursor& cursor) {
  constexpr auto kLimit = static_cast<float>(kStampLowMask);
  if (cursor.hidden || !(cursor.x >= 0 && cursor.x <= kLimit)) return std::nullopt;
  if (!(cursor.y >= 0 && cursor.y <= kLimit)) return std::nullopt;
  return static_cast<Stamp>(cursor.y) << kStampLowBits | static_cast<Stamp>(cursor.x);
}

}  // namespace weft::load
