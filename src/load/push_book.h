// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/time.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace weft::load {

/// The pushes of one person that no ack has settled, in the order of their numbers: for each its
/// moment in the schedule, from which its content can be made again (C7). Owns no memory before the
/// first push.
class PushBook {
 public:
  /// Further pushes are held back: a server that answers nothing must not fill our memory.
  static constexpr std::size_t kUnsettledMax = 256;

  /// `n`: the highest number that is used up already.
  void begin_after(std::uint64_t n) { first_ = next_ = n + 1; }

  [[nodiscard]] bool is_full() const { return unsettled() == kUnsettledMax; }
  [[nodiscard]] std::size_t unsettled() const { return static_cast<std::size_t>(next_ - first_); }
  /// The number that the next push would get.
  [[nodiscard]] std::uint64_t next() const { return next_; }

  /// Requires: !is_full(). Returns the push's number.
  std::uint64_t add(Instant at) {
    if (times_.empty()) times_.resize(kUnsettledMax);
    times_[next_ % kUnsettledMax] = at;
    return next_++;
  }

  /// Requires: is_unsettled(n).
  [[nodiscard]] Instant time_of(std::uint64_t n) const { return times_[n % kUnsettledMax]; }
  [[nodiscard]] bool is_unsettled(std::uint64_t n) const { return n >= first_ && n < next_; }

  /// The moment of push `n`, which is settled now with all before it; nothing when it was settled
  /// or never sent.
  std::optional<Instant> settle(std::uint64_t n) {
    if (!is_unsettled(n)) return std::nullopt;
    first_ = n + 1;
    return time_of(n);
  }

 private:
  std::uint64_t first_ = 1;  // the oldest that is not settled
  std::uint64_t next_ = 1;
  std::vector<Instant> times_;
};

}  // namespace weft::load
