// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

namespace weft::router {

/// The tick of a room with so many sessions. A tick costs one write per session, so that a big room
/// beats slower and its cost grows with its people, not with their square.
[[nodiscard]] inline std::chrono::milliseconds tick_for(std::size_t sessions) {
  using std::chrono::milliseconds;
  if (sessions <= 200) return milliseconds(16);
  if (sessions <= 500) return milliseconds(33);
  if (sessions <= 2'000) return milliseconds(50);
  return milliseconds(100);
}

}  // namespace weft::router
