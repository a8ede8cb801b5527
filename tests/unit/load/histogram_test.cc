// SPDX-License-Identifier: Apache-2.0
#include "load/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace weft::load {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

/// What a sorted list says: the smallest sample that at least `share` of all are not above.
std::int64_t exact(const std::vector<std::int64_t>& sorted, double share) {
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

void expect_as_sorted(std::vector<std::int64_t> samples) {
  Histogram histogram;
  for (const std::int64_t sample : samples) histogram.add(nanoseconds(sample));
  std::ranges::sort(samples);
  EXPECT_EQ(histogram.count(), samples.size());
  EXPECT_EQ(histogram.max().count(), samples.back());
  for (const double share : {0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const std::int64_t truth = exact(samples, share);
    const std::int64_t read = histogram.percentile(share).count();
    EXPECT_GE(read, truth) << share;
    EXPECT_LE(read, truth + truth / 128) << share;
  }
}

TEST(Histogram, AgreesWithSortedSamplesOfManyShapes) {
  std::mt19937_64 random(20261126);
  const auto take = [](std::size_t count, const auto& make) {
    std::vector<std::int64_t> samples;
    for (std::size_t i = 0; i < count; ++i) samples.push_back(make());
    return samples;
  };
  std::uniform_int_distribution<std::int64_t> small(0, 300);
  std::uniform_int_distribution<std::int64_t> wide(0, 3'000'000'000);
  std::lognormal_distribution<double> skewed(15, 2);
  expect_as_sorted(take(1, [&] { return small(random); }));
  expect_as_sorted(take(5'000, [&] { return small(random); }));
  expect_as_sorted(take(5'000, [&] { return wide(random); }));
  expect_as_sorted(take(50'000, [&] {
    return std::min(static_cast<std::int64_t>(skewed(random)), Histogram::kMax.count());
  }));
}

TEST(Histogram, EachPowerOfTwoAndItsNeighboursAreWithinTheirPrecision) {
  for (int bit = 0; bit < 40; ++bit) {
    for (const std::int64_t offset : {-1, 0, 1}) {
      const std::int64_t value = std::max<std::int64_t>(0, (std::int64_t{1} << bit) + offset);
      Histogram histogram;
      histogram.add(nanoseconds(value));
      histogram.add(Histogram::kMax);  // so that the maximum hides nothing
      const std::int64_t read = histogram.percentile(0.5).count();
      EXPECT_GE(read, value);
      EXPECT_LE(read, value + value / 128);
    }
  }
}

TEST(Histogram, WithoutSamplesItSaysZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.percentile(0.99), 0ns);
  EXPECT_EQ(histogram.max(), 0ns);
}

TEST(Histogram, WhatIsOutsideItsRangeIsKeptAtTheEnds) {
  Histogram histogram;
  histogram.add(-5ns);
  histogram.add(24h);
  EXPECT_EQ(histogram.percentile(0.5), 0ns);
  EXPECT_EQ(histogram.max(), Histogram::kMax);
}

TEST(Histogram, MergedIsAsIfOneHadCountedAll) {
  Histogram one;
  Histogram other;
  Histogram both;
  for (int i = 1; i <= 1'000; ++i) {
    (i % 3 == 0 ? one : other).add(nanoseconds(i * i));
    both.add(nanoseconds(i * i));
  }
  one.merge(other);
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.max(), both.max());
  for (const double share : {0.1, 0.5, 0.99}) {
    EXPECT_EQ(one.percentile(share), both.percentile(share));
  }
}

}  // namespace
}  // namespace weft::load
