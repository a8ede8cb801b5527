// SPDX-License-Identifier: Apache-2.0
#include "log/redis_message.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::log {
namespace {

TEST(RedisMessage, L20ReadsWhatTheScriptsPublish) {
  const auto push =
      decode_redis_message(std::string("p 18446744073709551615 7 6 123 c0ffee\n\x95\n\0 x", 43));
  ASSERT_TRUE(push.has_value());
  EXPECT_EQ(push->epoch, 18446744073709551615U);
  EXPECT_EQ(push->entry.seq, 7U);
  EXPECT_EQ(push->entry.known_seq, 6U);
  EXPECT_EQ(push->entry.known_sum, 123U);
  EXPECT_EQ(push->entry.chain, "c0ffee");
  EXPECT_EQ(push->entry.push, std::string("\x95\n\0 x", 5));
  EXPECT_EQ(decode_redis_message("r 5 9\n")->kind, RedisMessage::Kind::restored);
  EXPECT_EQ(decode_redis_message("a 5 9\n")->kind, RedisMessage::Kind::archived);
  EXPECT_EQ(decode_redis_message("x 5 9\n")->seq, 9U);
}

TEST(RedisMessage, L20EverythingElseIsNoMessage) {
  for (const char* text : {"", "\n", "p", "p 5 7 6 123\n", "p 5 7 6 x c\n", "q 5 9\n", "r 5\n",
                           "r -5 9\n", "r 5 9", "r 5 18446744073709551616\n", "p 5 7 6 123 \n"}) {
    EXPECT_FALSE(decode_redis_message(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace weft::log
