// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace weft {

/// A point on the monotonic clock. Deciding code gets it as a parameter and never asks for it.
using Instant = std::chrono::steady_clock::time_point;

/// Milliseconds since 1970 by the wall clock: for tokens and for what is kept at rest.
using WallMs = std::int64_t;

/// Both clocks, read together by the shell.
struct Now {
  Instant mono{};
  WallMs wall_ms = 0;
};

}  // namespace weft
