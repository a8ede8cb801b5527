// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/time.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace weft::connection {

/// A token bucket that holds one second's worth: bursts up to the rate pass, the rate holds over
/// time. Kept as the moment from which on the bucket is full (the generic cell rate algorithm,
/// ITU-T I.371), since every session has several.
class RateLimiter {
 public:
  explicit RateLimiter(std::uint32_t per_second) : per_second_(per_second) {}

  /// Whether one more may pass now.
  [[nodiscard]] bool take(Instant now) {
    if (per_second_ == 0) return false;
    const std::chrono::nanoseconds one = kCapacity / per_second_;
    const Instant full_at = std::max(full_at_, now) + one;
    if (full_at - now > kCapacity) return false;
    full_at_ = full_at;
    return true;
  }

 private:
  static constexpr std::chrono::nanoseconds kCapacity = std::chrono::seconds(1);

  Instant full_at_{};
  std::uint32_t per_second_;
};

}  // namespace weft::connection
