// SPDX-License-Identifier: Apache-2.0
#include "log/redis_history.h"

#include "log/under_way.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace weft::log {
namespace {

using testing::HasSubstr;

KeptEntry kept(std::uint64_t seq, const ClientId& client, std::uint64_t n,
               const UserId& user = "user", std::size_t bytes = 1) {
  Push push{.client = client, .n = n, .actor = ActorId{3}, .user = user, .ops = "\x91\xc6"};
  for (int shift = 24; shift >= 0; shift -= 8) push.ops += static_cast<char>(bytes >> shift & 0xff);
  push.ops.append(bytes, 'x');
  return {.seq = seq,
          .known_seq = 0,
          .known_sum = 0,
          .chain = "chain" + std::to_string(seq),
          .push = encode_push(push)};
}

TEST(RedisHistory, L20TakesWhatFollowsAndNamesWhatDoesNot) {
  RedisHistory history("board");
  ASSERT_TRUE(history.accept(kept(1, "ann", 1)).has_value());
  EXPECT_THAT(history.accept(kept(3, "ann", 2)).error(),
              HasSubstr("board is damaged in Redis at seq 2"));
  EXPECT_FALSE(history.accept(kept(2, "ann", 3)).has_value());
  EXPECT_FALSE(history.accept(kept(2, "ann", 2, "mallory")).has_value());
  EXPECT_FALSE(history.accept(kept(2, "bob", 2)).has_value());
  EXPECT_EQ(history.find("bob"), nullptr);
  KeptEntry broken = kept(2, "ann", 2);
  broken.push.pop_back();
  EXPECT_FALSE(history.accept(broken).has_value());
  KeptEntry forked = kept(2, "ann", 2);
  forked.known_seq = 1;
  forked.known_sum = history.known().sum + 1;
  EXPECT_FALSE(history.accept(forked).has_value());
  forked.known_sum = history.known().sum;
  EXPECT_TRUE(history.accept(forked).has_value());
  EXPECT_EQ(history.known().seq, 2U);
  EXPECT_EQ(history.next_actor(), 4U);
}

TEST(RedisHistory, L20UntoldEntriesCanBeForgotten) {
  RedisHistory history("board");
  for (std::uint64_t seq = 1; seq <= 4; ++seq) {
    ASSERT_TRUE(history.accept(kept(seq, seq == 4 ? "bob" : "ann", seq == 4 ? 1 : seq)));
  }
  EXPECT_EQ(history.tell_up_to(2).size(), 2U);
  EXPECT_EQ(history.told().chain, "chain2");
  EXPECT_EQ(history.told().sum, *history.sum_at(2));
  history.forget_untold();
  EXPECT_EQ(history.known().seq, 2U);
  EXPECT_EQ(history.find("bob"), nullptr);
  EXPECT_EQ(history.find("ann")->known_n, 2U);
  EXPECT_EQ(history.remembered().size(), 2U);
  EXPECT_TRUE(history.accept(kept(3, "bob", 1)).has_value());
}

TEST(RedisHistory, L23RemembersFourMebibytesOrTenThousandEntries) {
  RedisHistory history("board");
  for (std::uint64_t n = 1; n <= 20'000; ++n) ASSERT_TRUE(history.accept(kept(n, "ann", n)));
  EXPECT_EQ(history.remembered().size(), kRememberedEntriesMax);
  EXPECT_EQ(history.remembered().back().point.seq, 20'000U);
  EXPECT_FALSE(history.sum_at(1).has_value());
  EXPECT_TRUE(history.sum_at(10'000).has_value());
  for (std::uint64_t n = 1; n <= 20; ++n) {
    ASSERT_TRUE(history.accept(kept(20'000 + n, "bob", n, "user", 1'000'000)));
  }
  EXPECT_EQ(history.remembered().size(), 4U);
}

TEST(UnderWay, L21KeepsTheOrderAndCountsWhatWaits) {
  UnderWay under_way;
  const auto add = [&](const ClientId& client, std::uint64_t n) -> UnderWayPush& {
    return under_way.add({.client = client, .n = n, .actor = {}, .user = {}, .ops = {}}, "12345",
                         false);
  };
  add("ann", 1);
  add("bob", 1);
  add("ann", 2);
  EXPECT_EQ(under_way.bytes(), 15U);
  EXPECT_TRUE(under_way.has_unsettled_before("ann", 2));
  EXPECT_FALSE(under_way.has_unsettled_before("bob", 1));
  under_way.set_state(*under_way.find("ann", 1), UnderWayPush::State::in_log);
  EXPECT_FALSE(under_way.has_unsettled_before("ann", 2));
  EXPECT_TRUE(under_way.take("bob", 1).has_value());
  EXPECT_FALSE(under_way.take("bob", 1).has_value());
  under_way.set_state(*under_way.find("ann", 2), UnderWayPush::State::sent);
  EXPECT_FALSE(under_way.has_waiting());
  under_way.wait_all();
  EXPECT_TRUE(under_way.has_waiting());
  EXPECT_EQ(under_way.all().front().push.n, 1U);
  under_way.clear();
  EXPECT_FALSE(under_way.has_waiting());
  EXPECT_EQ(under_way.bytes(), 0U);
}

}  // namespace
}  // namespace weft::log
