// SPDX-License-Identifier: Apache-2.0
#include "load/push_book.h"

#include <gtest/gtest.h>

#include <chrono>

namespace weft::load {
namespace {

using namespace std::chrono_literals;

constexpr Instant at(int second) {
  return Instant(std::chrono::seconds(second));
}

TEST(PushBook, NumbersGoOnBehindWhatIsUsedUp) {
  PushBook book;
  book.begin_after(41);
  EXPECT_EQ(book.add(at(1)), 42U);
  EXPECT_EQ(book.add(at(2)), 43U);
  EXPECT_EQ(book.unsettled(), 2U);
  EXPECT_EQ(book.settle(42), at(1));
  EXPECT_EQ(book.settle(43), at(2));
  EXPECT_EQ(book.unsettled(), 0U);
}

TEST(PushBook, EachPushIsSettledOnce) {
  PushBook book;
  book.begin_after(0);
  const std::uint64_t n = book.add(at(1));
  EXPECT_TRUE(book.settle(n));
  EXPECT_FALSE(book.settle(n));
  EXPECT_FALSE(book.settle(n + 1));
  EXPECT_FALSE(book.settle(0));
}

TEST(PushBook, IsBoundedAndGoesRound) {
  PushBook book;
  book.begin_after(7);
  for (int round = 0; round < 3; ++round) {
    int added = 0;
    while (!book.is_full()) book.add(at(1'000 * round + added++));
    EXPECT_EQ(book.unsettled(), PushBook::kUnsettledMax);
    for (int i = 0; i < added; ++i) {
      EXPECT_EQ(book.settle(book.next() - book.unsettled()), at(1'000 * round + i));
    }
  }
}

}  // namespace
}  // namespace weft::load
