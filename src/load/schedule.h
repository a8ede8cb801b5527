// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/time.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace weft::load {

/// When something is to be done, decided beforehand: every `1 / rate` seconds from `begin` on,
/// whatever became of what was done before (an open loop). What comes late is measured from its
/// moment in the schedule, so that a server that stalls is not asked less and cannot look better.
class Schedule {
 public:
  /// `rate`: deeds a second; 0 is none. With `step`, deeds are moved together to the step's begin.
  Schedule(Instant begin, double rate, std::chrono::nanoseconds step = {})
      : begin_(begin), rate_(rate), step_(step) {}

  struct Slot {
    std::uint64_t number = 0;  // 0, 1, 2 …
    Instant at;
  };

  /// The next slot that is not after `now`; taken slots do not come again.
  [[nodiscard]] std::optional<Slot> take(Instant now);
  /// When the next slot is; nothing when there is none.
  [[nodiscard]] std::optional<Instant> next() const;

 private:
  [[nodiscard]] Instant time_of(std::uint64_t number) const;

  Instant begin_;
  double rate_;
  std::chrono::nanoseconds step_;
  std::uint64_t next_ = 0;
};

}  // namespace weft::load
