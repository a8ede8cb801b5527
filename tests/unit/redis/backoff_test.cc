// SPDX-License-Identifier: Apache-2.0
#include "redis/backoff.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace weft::redis {

TEST(Backoff, TheBoundDoublesToItsMaximumAndBeginsAnew) {
  std::mt19937_64 random(1);
  // The largest of many draws is near the bound.
  const auto largest_after = [&](int attempts) {
    std::chrono::milliseconds largest{0};
    for (int i = 0; i < 1000; ++i) {
      Backoff backoff(50ms, 2000ms);
      for (int j = 0; j < attempts; ++j) (void)backoff.next(random);
      largest = std::max(largest, backoff.next(random));
    }
    return largest;
  };
  const auto expect_near = [](std::chrono::milliseconds value, std::chrono::milliseconds bound) {
    EXPECT_LE(value, bound);
    EXPECT_GT(value, bound * 9 / 10);
  };
  expect_near(largest_after(0), 50ms);
  expect_near(largest_after(1), 100ms);
  expect_near(largest_after(5), 1600ms);
  expect_near(largest_after(6), 2000ms);
  expect_near(largest_after(50), 2000ms);

  Backoff backoff(50ms, 2000ms);
  for (int i = 0; i < 10; ++i) (void)backoff.next(random);
  backoff.reset();
  EXPECT_LE(backoff.next(random), 50ms);
}

TEST(Backoff, JitterIsFull) {
  std::mt19937_64 random(1);
  int early = 0;
  for (int i = 0; i < 1000; ++i) early += Backoff(50ms, 2000ms).next(random) < 25ms ? 1 : 0;
  EXPECT_GT(early, 400);
  EXPECT_LT(early, 600);
}

}  // namespace weft::redis
