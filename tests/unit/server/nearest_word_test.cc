// SPDX-License-Identifier: Apache-2.0
#include "server/nearest_word.h"

#include <gtest/gtest.h>

#include <vector>

namespace weft::server {
namespace {

TEST(NearestWord, TakesTheFewestChangedLetters) {
  const std::vector<std::string> known = {"listen", "data", "log_level", "log_json"};
  EXPECT_EQ(nearest_word("listne", known), "listen");
  EXPECT_EQ(nearest_word("dat", known), "data");
  EXPECT_EQ(nearest_word("dataa", known), "data");
  EXPECT_EQ(nearest_word("loglevel", known), "log_level");
  EXPECT_EQ(nearest_word("log_jsno", known), "log_json");
  EXPECT_EQ(nearest_word("log_json", known), "log_json");
  EXPECT_EQ(nearest_word("", known), "data");
}

}  // namespace
}  // namespace weft::server
