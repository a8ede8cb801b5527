// SPDX-License-Identifier: Apache-2.0
#include "load/tally.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace weft::load {
namespace {

using namespace std::chrono_literals;

TEST(NameCounts, CountsByName) {
  NameCounts counts;
  counts.add("slow");
  counts.add("slow", 2);
  counts.add("draining");
  EXPECT_EQ(counts.of("slow"), 3U);
  EXPECT_EQ(counts.of("never"), 0U);
  EXPECT_EQ(counts.total(), 4U);
}

TEST(NameCounts, IsBoundedInNamesAndTheirLength) {
  NameCounts counts;
  for (std::size_t i = 0; i < 3 * NameCounts::kNamesMax; ++i) counts.add(std::to_string(i));
  EXPECT_LE(counts.all().size(), NameCounts::kNamesMax + 1);
  EXPECT_EQ(counts.of(NameCounts::kOthers), 2 * NameCounts::kNamesMax);
  EXPECT_EQ(counts.total(), 3 * NameCounts::kNamesMax);

  NameCounts longer;
  longer.add(std::string(5'000, 'x'));
  EXPECT_EQ(longer.of(std::string(NameCounts::kNameBytesMax, 'x')), 1U);
}

TEST(Tally, MergesEverything) {
  Tally one;
  one.joined = 1;
  one.moves = 10;
  one.moves_to_hear = 3;
  one.moves_heard = 100;
  one.acks[0] = 5;
  one.goodbyes.add("slow");
  one.move_latency.add(1ms);
  one.first_part_latency.add(1ms);
  one.sends_late = 2;
  Tally all = one;
  all.merge(one);
  EXPECT_EQ(all.joined, 2U);
  EXPECT_EQ(all.moves, 20U);
  EXPECT_EQ(all.moves_to_hear, 6U);
  EXPECT_EQ(all.moves_heard, 200U);
  EXPECT_EQ(all.acks[0], 10U);
  EXPECT_EQ(all.goodbyes.of("slow"), 2U);
  EXPECT_EQ(all.move_latency.count(), 2U);
  EXPECT_EQ(all.first_part_latency.count(), 2U);
  EXPECT_EQ(all.sends_late, 4U);
}

}  // namespace
}  // namespace weft::load
