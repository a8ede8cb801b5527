// SPDX-License-Identifier: Apache-2.0
#include "load/process_meter.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <unistd.h>

namespace weft::load {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kStat =
    "123 (a b) c) S 1 123 123 0 -1 4194560 2000 0 0 0 150 50 0 0 20 0 5 0 100 1000000 777 "
    "18446744073709551615 1 1 0\n";

TEST(ProcessMeter, ReadsTimeAndMemoryWhateverTheName) {
  const auto sample = parse_stat(kStat, 100, 4096);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->cpu, 2s);
  EXPECT_EQ(sample->resident_bytes, 777U * 4096);
}

TEST(ProcessMeter, WhatIsNoStatIsNothing) {
  EXPECT_FALSE(parse_stat("", 100, 4096));
  EXPECT_FALSE(parse_stat("1 (x) S 1 2 3", 100, 4096));
  std::string broken(kStat);
  broken.replace(broken.find("150"), 3, "1x0");
  EXPECT_FALSE(parse_stat(broken, 100, 4096));
}

TEST(ProcessMeter, ReadsThisProcessAndNoneThatIsNotThere) {
  const auto own = sample_process(::getpid());
  ASSERT_TRUE(own);
  EXPECT_GT(own->resident_bytes, 0U);
  // Above every pid that Linux gives.
  EXPECT_FALSE(sample_process(0x7fff'ffff));
}

}  // namespace
}  // namespace weft::load
