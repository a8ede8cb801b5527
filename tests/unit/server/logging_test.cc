// SPDX-License-Identifier: Apache-2.0
#include "server/logging.h"

#include <gtest/gtest.h>
#include <spdlog/formatter.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <string>

namespace weft::server {
namespace {

TEST(Logging, AJsonLineHoldsAnyMessage) {
  const auto formatter = make_json_formatter();
  const spdlog::details::log_msg message(
      spdlog::log_clock::time_point(std::chrono::milliseconds(1'767'225'600'042)), {}, "weft",
      spdlog::level::warn, "a \"quoted\"\nline {}");
  spdlog::memory_buf_t out;
  formatter->clone()->format(message, out);
  EXPECT_EQ(std::string(out.data(), out.size()),
            R"({"time":"2026-01-01T00:00:00.042Z","level":"warning",)"
            R"("message":"a \"quoted\"\nline {}"})"
            "\n");
}

TEST(Logging, EveryAllowedLevelIsALevel) {
  using spdlog::level::from_str;
  EXPECT_EQ(from_str("trace"), spdlog::level::trace);
  EXPECT_EQ(from_str("debug"), spdlog::level::debug);
  EXPECT_EQ(from_str("info"), spdlog::level::info);
  EXPECT_EQ(from_str("warn"), spdlog::level::warn);
  EXPECT_EQ(from_str("error"), spdlog::level::err);
  EXPECT_EQ(from_str("off"), spdlog::level::off);
}

}  // namespace
}  // namespace weft::server
