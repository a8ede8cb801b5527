// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::load {

/// Counts durations in buckets that are equally wide up to 128 ns and then 128 to each doubling, so
/// that a value read back is at most 1/128 (0.8 %) above the one that was recorded. Adding is a few
/// instructions and no allocation; all of it takes 35 KiB. Any thread's own.
class Histogram {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  Histogram() : counts_(kBuckets) {}

  /// What is negative counts as 0, what is longer than kMax as kMax.
  void add(Nanoseconds value) {
    const auto ns = static_cast<std::uint64_t>(
        value < Nanoseconds::zero() ? 0 : (value > kMax ? kMax.count() : value.count()));
    ++counts_[bucket_of(ns)];
    ++count_;
    if (ns > max_ns_) max_ns_ = ns;
  }

  void merge(const Histogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The largest value that was added, exactly.
  [[nodiscard]] Nanoseconds max() const { return Nanoseconds(max_ns_); }
  /// The smallest value that at least `share` (0 to 1) of all are not above; 0 when there are none.
  [[nodiscard]] Nanoseconds percentile(double share) const;

  /// About 18 minutes: longer than anything is waited for.
  static constexpr Nanoseconds kMax{(std::int64_t{1} << 40) - 1};

 private:
  static constexpr unsigned kPrecisionBits = 7;
  static constexpr std::size_t kPerDoubling = std::size_t{1} << kPrecisionBits;
  static constexpr std::size_t kBuckets = (40 - kPrecisionBits + 1) * kPerDoubling;

  static std::size_t bucket_of(std::uint64_t ns) {
    if (ns < kPerDoubling) return ns;
    const auto shift = static_cast<unsigned>(std::bit_width(ns)) - kPrecisionBits - 1;
    return shift * kPerDoubling + (ns >> shift);
  }
  /// The largest value of a bucket.
  static std::uint64_t top_of(std::size_t bucket);

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ns_ = 0;
};

}  // namespace weft::load
