// SPDX-License-Identifier: Apache-2.0
#include "redis/slot.h"

#include <gtest/gtest.h>

namespace weft::redis {

TEST(Slot, ChecksumIsThatOfTheSpecification) {
  EXPECT_EQ(crc16("123456789"), 0x31C3);
  EXPECT_EQ(crc16(""), 0);
}

// From `CLUSTER KEYSLOT` of a real Redis.
TEST(Slot, KeysHaveTheSlotsThatRedisGivesThem) {
  EXPECT_EQ(slot_of("foo"), 12182);
  EXPECT_EQ(slot_of("bar"), 5061);
  EXPECT_EQ(slot_of("hello"), 866);
  EXPECT_EQ(slot_of(""), 0);
}

TEST(Slot, OnlyTheHashTagCounts) {
  EXPECT_EQ(slot_of("foo{bar}"), slot_of("bar"));
  EXPECT_EQ(slot_of("{bar}:log"), slot_of("bar"));
  EXPECT_EQ(slot_of("weft:{bar}{foo}"), slot_of("bar"));
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
}

TEST(Slot, AnEmptyOrOpenTagIsNone) {
  EXPECT_EQ(slot_of("foo{}{bar}"), crc16("foo{}{bar}") % kSlots);
  EXPECT_EQ(slot_of("foo{bar"), crc16("foo{bar") % kSlots);
  EXPECT_EQ(slot_of("foo}bar{"), crc16("foo}bar{") % kSlots);
}

}  // namespace weft::redis
