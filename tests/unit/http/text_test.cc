// SPDX-License-Identifier: Apache-2.0
#include "http/text.h"

#include <gtest/gtest.h>

namespace weft::http {
namespace {

TEST(HttpText, ComparesAsciiWithoutCase) {
  EXPECT_TRUE(equals_ignoring_case("Sec-WebSocket-Key", "sec-websocket-KEY"));
  EXPECT_FALSE(equals_ignoring_case("Key", "Keys"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_EQ(to_lower("LocalHost-Ä[]"), "localhost-Ä[]");
}

TEST(HttpText, FindsATokenInAList) {
  EXPECT_TRUE(has_token("keep-alive, Upgrade", "upgrade"));
  EXPECT_TRUE(has_token(" \tupgrade\t ,", "upgrade"));
  EXPECT_FALSE(has_token("upgrade-insecure", "upgrade"));
  EXPECT_FALSE(has_token("up grade", "upgrade"));
  EXPECT_FALSE(has_token("", "upgrade"));
  EXPECT_FALSE(has_token(",,", "upgrade"));
}

}  // namespace
}  // namespace weft::http
