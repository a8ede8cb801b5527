// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace weft::sim {

/// Every choice of a run comes from one of these, so that a seed tells the whole story. Uses no
/// standard distribution: their results differ between libraries.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// 0 to bound - 1. Requires: bound is not 0.
  std::size_t below(std::size_t bound) { return engine_() % bound; }
  /// Both ends included.
  std::size_t between(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
  std::chrono::milliseconds ms_between(std::size_t low, std::size_t high) {
    return std::chrono::milliseconds(between(low, high));
  }
  bool one_in(std::size_t count) { return below(count) == 0; }
  bool percent(std::size_t share) { return below(100) < share; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace weft::sim
