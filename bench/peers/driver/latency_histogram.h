// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace weft::peers {

/// Counts microseconds below 2^24 in buckets at most 1/32 of their value wide, 5 KiB in all.
class LatencyHistogram {
 public:
  void add(std::uint32_t microseconds) {
    ++counts_[bucket_of(microseconds)];
    ++total_;
  }

  /// The middle of the bucket below or in which `share` (0 to 1) of all lie; 0 when there is none.
  [[nodiscard]] std::uint32_t quantile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > 0 && seen >= wanted) return middle_of(i);
    }
    return 0;
  }

 private:
  static constexpr unsigned kFineBits = 5;
  static constexpr std::size_t kFine = std::size_t{1} << kFineBits;

  /// Below 2 * kFine each value has a bucket of its own; above, each octave has kFine.
  static std::size_t bucket_of(std::uint32_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = width > kFineBits + 1 ? width - kFineBits - 1 : 0;
    return shift * kFine + (value >> shift);
  }
  static std::uint32_t middle_of(std::size_t bucket) {
    const std::size_t shift = bucket < 2 * kFine ? 0 : bucket / kFine - 1;
    const std::size_t first = (bucket - shift * kFine) << shift;
    return static_cast<std::uint32_t>(first + ((std::size_t{1} << shift) >> 1));
  }

  std::array<std::uint64_t, 20 * kFine> counts_{};
  std::uint64_t total_ = 0;
};

}  // namespace weft::peers
