// SPDX-License-Identifier: Apache-2.0
#include "log/entry.h"

#include <gtest/gtest.h>

namespace weft::log {
namespace {

Push example() {
  return {.client = "c-1",
          .n = 7,
          .actor = ActorId{300},
          .user = "ann",
          .ops = std::string("\x91\x92\x01\xa1"
                             "x",
                             5)};
}

TEST(LogEntry, L14PushBytesAreCanonical) {
  const std::string expected(
      "\x95\xa3"
      "c-1"
      "\x07\xcd\x01\x2c\xa3"
      "ann"
      "\x91\x92\x01\xa1"
      "x");
  EXPECT_EQ(encode_push(example()), expected);
}

TEST(LogEntry, L14PushSurvivesTheRoundTrip) {
  auto push = decode_push(encode_push(example()));
  ASSERT_TRUE(push.has_value());
  EXPECT_EQ(push->client, "c-1");
  EXPECT_EQ(push->n, 7U);
  EXPECT_EQ(push->actor, ActorId{300});
  EXPECT_EQ(push->user, "ann");
  EXPECT_EQ(push->ops, example().ops);
}

TEST(LogEntry, L14DamagedPushIsRefused) {
  const Bytes whole = encode_push(example());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_push(ByteView(whole).substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(decode_push(whole + "x").has_value());
  Bytes other = whole;
  other[0] = '\x94';
  EXPECT_FALSE(decode_push(other).has_value());
  Push no_array = example();
  no_array.ops = "\x01";
  EXPECT_FALSE(decode_push(encode_push(no_array)).has_value());
}

// Pinned: these numbers are at rest in every database.
TEST(LogEntry, L14SumIsPinned) {
  const protocol::Sum first = next_sum(0, encode_push(example()));
  const protocol::Sum second = next_sum(first, encode_push(example()));
  EXPECT_EQ(first, 6224848104391632109U);
  EXPECT_EQ(second, 16672703029489021459U);
}

}  // namespace
}  // namespace weft::log
