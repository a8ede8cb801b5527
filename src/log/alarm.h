// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/time.h"

#include <chrono>
#include <optional>

namespace weft::log {

/// A moment some time after it was set. Who sets it need not know the time: it begins to run at the
/// next advance.
class Alarm {
 public:
  void set(std::chrono::milliseconds delay) {
    delay_ = delay;
    at_.reset();
  }
  void set_if_unset(std::chrono::milliseconds delay) {
    if (!is_set()) set(delay);
  }
  void clear() {
    delay_.reset();
    at_.reset();
  }
  [[nodiscard]] bool is_set() const { return delay_ || at_; }

  /// Begins to run, if it was set since the last call.
  void start(Instant now) {
    if (!delay_) return;
    at_ = now + *delay_;
    delay_.reset();
  }
  /// Whether it is due; then it is unset.
  [[nodiscard]] bool take_due(Instant now) {
    start(now);
    if (!at_ || *at_ > now) return false;
    at_.reset();
    return true;
  }
  /// When it is due; `now` when it does not run yet, so that it is started.
  [[nodiscard]] std::optional<Instant> due(Instant now) const {
    if (delay_) return now;
    return at_;
  }

 private:
  std::optional<std::chrono::milliseconds> delay_;
  std::optional<Instant> at_;
};

/// The earlier of two moments, either of which may be none.
[[nodiscard]] inline std::optional<Instant> earlier(std::optional<Instant> one,
                                                    std::optional<Instant> other) {
  if (!one || (other && *other < *one)) return other;
  return one;
}

}  // namespace weft::log
