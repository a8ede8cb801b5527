// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/time.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace weft::connection {

/// A token bucket that holds one second's worth: bursts up to the rate pass, the rate holds over
/// time.
class RateLimiter {
 public:
  explicit RateLimiter(std::uint32_t per_second) : per_second_(per_second), tokens_(per_second) {}

  /// Whether one more may pass now.
  [[nodiscard]] bool take(Instant now) {
    if (now > refilled_) {
      const std::chrono::duration<double> elapsed = now - refilled_;
      tokens_ = std::min<double>(per_second_, tokens_ + elapsed.count() * per_second_);
      refilled_ = now;
    }
    if (tokens_ < 1.0) return false;
    tokens_ -= 1.0;
    return true;
  }

 private:
  double per_second_;
  double tokens_;
  Instant refilled_{};
};

}  // namespace weft::connection
