// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace weft::router {

/// How much of its core a shard spends.
enum class Load : std::uint8_t { calm, busy };

/// The load of a shard that has spent `busy_share` of its core in the last second (1: all of it).
/// The gap between the two bounds is wider than what slower ticks save, so that it does not flap.
[[nodiscard]] inline Load load_after(Load before, double busy_share) {
  constexpr double kBusyFrom = 0.4;
  constexpr double kCalmBelow = 0.2;
  if (busy_share >= kBusyFrom) return Load::busy;
  return busy_share < kCalmBelow ? Load::calm : before;
}

/// The tick of a room with so many sessions (S11). A tick costs one write per session, so that a
/// big room beats slower and its cost grows with its people, not with their square; and small rooms
/// do when there are so many that their writes fill the shard.
[[nodiscard]] inline std::chrono::milliseconds tick_for(std::size_t sessions, Load load) {
  using std::chrono::milliseconds;
  if (sessions <= 200) return milliseconds(load == Load::calm ? 16 : 24);
  if (sessions <= 500) return milliseconds(33);
  if (sessions <= 2'000) return milliseconds(50);
  return milliseconds(100);
}

}  // namespace weft::router
