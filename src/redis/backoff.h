// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace weft::redis {

/// How long to wait before the next attempt: at random from zero to a bound that doubles with each
/// attempt, so that many clients of a Redis that comes back do not come back at once.
class Backoff {
 public:
  /// Requires: 0 < `min` <= `max`.
  Backoff(std::chrono::milliseconds min, std::chrono::milliseconds max)
      : min_(min), max_(max), bound_(min) {}

  std::chrono::milliseconds next(std::mt19937_64& random) {
    std::uniform_int_distribution<std::chrono::milliseconds::rep> choice(0, bound_.count());
    bound_ = std::min(bound_ * 2, max_);
    return std::chrono::milliseconds(choice(random));
  }
  void reset() { bound_ = min_; }

 private:
  std::chrono::milliseconds min_;
  std::chrono::milliseconds max_;
  std::chrono::milliseconds bound_;
};

}  // namespace weft::redis
