// SPDX-License-Identifier: Apache-2.0
#include "protocol/codes.h"

#include "protocol/messages.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace weft::protocol {
namespace {

constexpr CloseCode kCloseCodes[] = {
    CloseCode::bad_message, CloseCode::hello_expected, CloseCode::not_allowed,
    CloseCode::canvas_full, CloseCode::too_large,      CloseCode::kicked,
    CloseCode::replaced,    CloseCode::token_invalid,  CloseCode::token_expired,
    CloseCode::slow,        CloseCode::draining,       CloseCode::overloaded,
    CloseCode::idle_link,   CloseCode::internal,       CloseCode::reset};

constexpr auto kLastErrorCode = ErrorCode::unavailable;

std::string protocol_page() {
  std::ifstream file(WEFT_SOURCE_DIR "/docs/protocol.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Codes, E1RangeOfACloseCodeIsItsAdvice) {
  for (const CloseCode code : kCloseCodes) {
    const auto number = static_cast<unsigned>(code);
    const Advice advice = advice_for(code);
    EXPECT_EQ(advice.retry, number >= 4100) << number;
    EXPECT_EQ(advice.token, number >= 4100 && number < 4200) << number;
    EXPECT_LE(advice.after_min_ms, advice.after_max_ms) << number;
    // Clients that are sent away together must not come back together.
    EXPECT_EQ(advice.after_max_ms > 0, advice.retry) << number;
  }
  EXPECT_FALSE(advice_for(CloseCode::normal).retry);
}

TEST(Codes, E2NamesAreThereAndDifferent) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(kLastErrorCode); ++code) {
    names.insert(name_of(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kLastErrorCode) + 1);
  EXPECT_FALSE(names.contains(""));
  std::set<std::string_view> close_names;
  for (const CloseCode code : kCloseCodes) close_names.insert(name_of(code));
  EXPECT_EQ(close_names.size(), std::size(kCloseCodes));
  EXPECT_FALSE(close_names.contains(""));
}

TEST(Codes, E3EveryCodeHasARowInTheProtocolPage) {
  const std::string page = protocol_page();
  for (int code = 0; code <= static_cast<int>(kLastErrorCode); ++code) {
    const std::string row = "| `" + std::string(name_of(static_cast<ErrorCode>(code))) + "` |";
    EXPECT_NE(page.find(row), std::string::npos) << row;
  }
  for (const CloseCode code : kCloseCodes) {
    const std::string row = "| " + std::to_string(static_cast<unsigned>(code)) + " | `" +
                            std::string(name_of(code)) + "` |";
    EXPECT_NE(page.find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace weft::protocol
