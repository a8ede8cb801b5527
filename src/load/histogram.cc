// SPDX-License-Identifier: Apache-2.0
#include "load/histogram.h"

#include <algorithm>
#include <cmath>

namespace weft::load {

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

Histogram::Nanoseconds Histogram::percentile(double share) const {
  if (count_ == 0) return Nanoseconds::zero();
  const double wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_));
  const std::uint64_t rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    passed += counts_[i];
    if (passed >= rank) return Nanoseconds(std::min(top_of(i), max_ns_));
  }
  return max();
}

std::uint64_t Histogram::top_of(std::size_t bucket) {
  if (bucket < 2 * kPerDoubling) return bucket;
  const std::size_t shift = bucket / kPerDoubling - 1;
  const std::uint64_t mantissa = bucket % kPerDoubling + kPerDoubling;
  return ((mantissa + 1) << shift) - 1;
}

}  // namespace weft::load
