// SPDX-License-Identifier: Apache-2.0
#include "load/schedule.h"

#include <gtest/gtest.h>

#include <chrono>

namespace weft::load {
namespace {

using namespace std::chrono_literals;

constexpr Instant kBegin = Instant(1'000s);

TEST(Schedule, HasOneSlotAtEachIntervalFromItsBegin) {
  Schedule schedule(kBegin, 4);
  EXPECT_FALSE(schedule.take(kBegin - 1ns));
  EXPECT_EQ(schedule.next(), kBegin);
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto slot = schedule.take(kBegin + 500ms);
    ASSERT_TRUE(slot);
    EXPECT_EQ(slot->number, i);
    EXPECT_EQ(slot->at, kBegin + i * 250ms);
  }
  EXPECT_FALSE(schedule.take(kBegin + 500ms));
  EXPECT_EQ(schedule.next(), kBegin + 750ms);
}

TEST(Schedule, AStallMovesNoSlot) {
  // Nobody asks for ten seconds; then all that were missed come, each with its own moment.
  Schedule schedule(kBegin, 100);
  for (std::uint64_t i = 0; i <= 1'000; ++i) {
    const auto slot = schedule.take(kBegin + 10s);
    ASSERT_TRUE(slot);
    EXPECT_EQ(slot->at, kBegin + i * 10ms);
  }
  EXPECT_FALSE(schedule.take(kBegin + 10s));
}

TEST(Schedule, RoundingDoesNotAddUp) {
  Schedule schedule(kBegin, 3);
  std::uint64_t slots = 0;
  while (schedule.take(kBegin + 1h - 1ns)) ++slots;
  EXPECT_EQ(slots, 3U * 3'600);
}

TEST(Schedule, StepsMoveSlotsTogetherAndKeepTheRate) {
  Schedule schedule(kBegin, 1'000, 5ms);
  for (std::uint64_t i = 0; i < 15; ++i) {
    const auto slot = schedule.take(kBegin + 1s);
    ASSERT_TRUE(slot);
    EXPECT_EQ(slot->at, kBegin + i / 5 * 5ms);
  }
}

TEST(Schedule, WithoutARateThereIsNothingToDo) {
  Schedule schedule(kBegin, 0);
  EXPECT_FALSE(schedule.next());
  EXPECT_FALSE(schedule.take(kBegin + 1h));
}

}  // namespace
}  // namespace weft::load
