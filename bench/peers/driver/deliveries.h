// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "latency_histogram.h"
#include "person.h"

#include <cstdint>

namespace weft::peers {

/// A stamp is the time of sending in microseconds, modulo this: every peer carries integers of so
/// many bits unchanged, also in a float32. Delays over 16 s are seen as shorter ones.
inline constexpr std::uint32_t kStampModulus = 1U << 24;

/// Deeds that reached somebody else, and how long they took.
class Deliveries {
 public:
  /// Counting begins with the measured window and ends with it.
  void set_counting(bool is_counting) { is_counting_ = is_counting; }
  /// The stamp of the present, for what is counted next.
  void set_now(std::uint32_t stamp) { now_ = stamp; }

  /// A deed has arrived. One's own, sent back by some servers, is no delivery.
  void add(const Person& receiver, std::uint32_t mark, std::uint32_t stamp) {
    if (!is_counting_ || place_of(mark) == receiver.place) return;
    ++count_;
    latency_.add((now_ - stamp) & (kStampModulus - 1));
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const LatencyHistogram& latency() const { return latency_; }

 private:
  bool is_counting_ = false;
  std::uint32_t now_ = 0;
  std::uint64_t count_ = 0;
  LatencyHistogram latency_;
};

}  // namespace weft::peers
