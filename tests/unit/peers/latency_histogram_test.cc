// SPDX-License-Identifier: Apache-2.0
#include "latency_histogram.h"

#include <gtest/gtest.h>

namespace weft::peers {
namespace {

TEST(LatencyHistogram, EmptyHasQuantileZero) {
  EXPECT_EQ(LatencyHistogram().quantile(0.5), 0U);
}

TEST(LatencyHistogram, SmallValuesAreExact) {
  for (std::uint32_t value = 0; value < 64; ++value) {
    LatencyHistogram histogram;
    histogram.add(value);
    EXPECT_EQ(histogram.quantile(0.99), value);
  }
}

TEST(LatencyHistogram, AnyValueIsWithinTwoPercent) {
  for (std::uint32_t value = 64; value < 1U << 24; value += value / 7) {
    LatencyHistogram histogram;
    histogram.add(value);
    EXPECT_NEAR(histogram.quantile(0.5), value, 0.02 * value) << value;
  }
}

TEST(LatencyHistogram, TheLargestValueHasABucket) {
  LatencyHistogram histogram;
  histogram.add((1U << 24) - 1);
  EXPECT_NEAR(histogram.quantile(1), 1U << 24, 0.02 * (1U << 24));
}

TEST(LatencyHistogram, QuantilesSplitWhatWasAdded) {
  LatencyHistogram histogram;
  for (int i = 0; i < 98; ++i) histogram.add(10);
  histogram.add(50'000);
  histogram.add(50'000);
  EXPECT_EQ(histogram.quantile(0.5), 10U);
  EXPECT_EQ(histogram.quantile(0.98), 10U);
  EXPECT_NEAR(histogram.quantile(0.99), 50'000, 1'000);
}

}  // namespace
}  // namespace weft::peers
