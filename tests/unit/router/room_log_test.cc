// SPDX-License-Identifier: Apache-2.0
// What a session is told about its own and other people's pushes.
#include "unit/router/room_fixture.h"

namespace weft::router {
namespace {

TEST_F(RoomTest, S2ASenderGetsTheAckAndTheOthersTheOps) {
  const auto ada = weft_.join("a");
  const auto bob = weft_.join("b");
  weft_.advance(seconds(1));
  weft_.forget_output();
  weft_.say(ada, push(1, Json::array({create("x", {{"title", "one"}})})));
  weft_.advance(milliseconds(20));
  const auto acks = weft_.take(ada);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0][0], kAck);
  EXPECT_EQ(acks[0][1], 1);
  EXPECT_EQ(acks[0][2], 1);
  EXPECT_EQ(acks[0][3], kCommit);
  const auto ops = weft_.take(bob, kOps);
  ASSERT_EQ(ops.size(), 1U);
  EXPECT_EQ(ops[0][1], 1);
  EXPECT_EQ(ops[0][4], Json::array({create("x", {{"title", "one"}})}));
  EXPECT_EQ(ops[0][5], acks[0][5]) << "both carry the same sum";
}

TEST_F(RoomTest, S5NothingIsToldBeforeTheCommit) {
  const auto ada = weft_.join("a");
  const auto bob = weft_.join("b");
  weft_.advance(seconds(1));
  weft_.forget_output();
  weft_.hold_commits(true);
  weft_.say(ada, push(1, Json::array({create("x")})));
  weft_.advance(seconds(5));
  EXPECT_TRUE(weft_.take(ada, kAck).empty());
  EXPECT_TRUE(weft_.take(bob, kOps).empty());
  weft_.join("late");  // cannot open anything either, but must not see x: it is in the same room
  weft_.hold_commits(false);
  weft_.advance(milliseconds(20));
  EXPECT_EQ(weft_.take(ada, kAck).size(), 1U);
  EXPECT_EQ(weft_.take(bob, kOps).size(), 1U);
}

TEST_F(RoomTest, S2OpsAndAcksOfOneTickStayInSeqOrder) {
  const auto ada = weft_.join("a");
  const auto bob = weft_.join("b");
  weft_.advance(seconds(1));
  weft_.forget_output();
  weft_.hold_commits(true);
  for (std::uint64_t n = 1; n <= 3; ++n) {
    weft_.say(ada, push(n, Json::array({create("a" + std::to_string(n))})));
    weft_.say(bob, push(n, Json::array({create("b" + std::to_string(n))})));
  }
  weft_.hold_commits(false);
  weft_.advance(milliseconds(20));
  for (const auto session : {ada, bob}) {
    std::uint64_t seq = 0;
    for (const auto& message : weft_.take(session)) {
      const std::uint64_t at = message[0] == kAck ? message[2] : message[1];
      EXPECT_EQ(at, ++seq);
    }
    EXPECT_EQ(seq, 6U);
  }
}

TEST_F(RoomTest, C3S7AResentPushIsADuplicateAndWelcomeKnowsItsNumber) {
  const auto ada = weft_.join("a");
  weft_.say(ada, push(1, Json::array({create("x")})));
  weft_.advance(seconds(1));
  weft_.drop_link(ada);
  const auto again = weft_.join("a");
  EXPECT_EQ(weft_.take(again, kWelcome)[0][1]["n"], 1);
  weft_.say(again, push(1, Json::array({create("x")})));
  weft_.advance(seconds(1));
  const auto acks = weft_.take(again, kAck);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0][3], kDuplicate);
  EXPECT_EQ(acks[0][2], 1) << "seq has not moved";
}

TEST_F(RoomTest, C3AGapIsRejectedOutOfOrder) {
  const auto ada = weft_.join("a");
  weft_.take(ada);
  weft_.say(ada, push(2, Json::array({create("x")})));
  weft_.advance(seconds(1));
  const auto acks = weft_.take(ada, kAck);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0][3], kRejected);
  EXPECT_EQ(acks[0][4][0], "out_of_order");
}

TEST_F(RoomTest, C6S9ABadlyShapedPushIsRejectedAndUsesUpItsNumber) {
  const auto ada = weft_.join("a");
  const auto bob = weft_.join("b");
  weft_.advance(seconds(1));
  weft_.forget_output();
  weft_.say(ada, push(1, Json::array({create("x"), Json::array({1, "y"})})));
  weft_.say(ada, push(2, Json::array({create("z")})));
  weft_.advance(seconds(1));
  const auto acks = weft_.take(ada, kAck);
  ASSERT_EQ(acks.size(), 2U);
  EXPECT_EQ(acks[0][3], kRejected);
  EXPECT_EQ(acks[0][4][0], "bad_op");
  EXPECT_EQ(acks[0][4][2], 1) << "the op's index";
  EXPECT_EQ(acks[1][3], kCommit);
  const auto ops = weft_.take(bob, kOps);
  ASSERT_EQ(ops.size(), 2U) << "seq has no holes";
  EXPECT_EQ(ops[0][4], Json::array());
}

TEST_F(RoomTest, ARejectedReferenceChangesNothing) {
  const auto ada = weft_.join("a");
  weft_.take(ada);
  weft_.say(ada,
            push(1, Json::array({create("x"),
                                 Json::array({0, "l", "link", {{"from", "x"}, {"to", "no"}}})})));
  weft_.advance(seconds(1));
  const auto acks = weft_.take(ada, kAck);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0][3], kRejected);
  EXPECT_EQ(acks[0][4][0], "bad_reference");
  const auto late = weft_.join("late");
  EXPECT_EQ(weft_.take(late, kSnapshot)[0][3], Json::array());
}

TEST_F(RoomTest, S8ADeleteWithItsCascadeIsRebased) {
  const auto ada = weft_.join("a");
  weft_.say(ada,
            push(1, Json::array({create("x"), create("y"),
                                 Json::array({0, "l", "link", {{"from", "x"}, {"to", "y"}}})})));
  weft_.advance(seconds(1));
  weft_.take(ada);
  weft_.say(ada, push(2, Json::array({erase("x")})));
  weft_.say(ada, push(3, Json::array({set("x", {{"title", "too late"}})})));
  weft_.advance(seconds(1));
  const auto acks = weft_.take(ada, kAck);
  ASSERT_EQ(acks.size(), 2U);
  EXPECT_EQ(acks[0][3], kRebased);
  EXPECT_EQ(acks[0][4], Json::array({erase("l"), erase("x")}));
  EXPECT_EQ(acks[1][3], kNoEffect);
}

TEST_F(RoomTest, C7PushesOverTheRateAreHeldBackInOrder) {
  RouterConfig config;
  config.room.limits.pushes_per_second = 3;
  RouterHarness weft(config);
  const auto ada = weft.join("a");
  weft.take(ada);
  for (std::uint64_t n = 1; n <= 5; ++n) weft.say(ada, push(n, Json::array({create("x")})));
  weft.settle();
  weft.advance(milliseconds(50));
  auto messages = weft.take(ada);
  std::vector<std::uint64_t> held;
  for (const auto& message : messages) {
    if (message[0] != kError) continue;
    EXPECT_EQ(message[1], "rate_limited");
    held.push_back(message[3]);
  }
  EXPECT_EQ(held, (std::vector<std::uint64_t>{4, 5}));
  weft.advance(seconds(1));
  weft.say(ada, push(5, Json::array({create("x")})));  // overtakes 4: must wait
  weft.say(ada, push(4, Json::array({create("x")})));
  weft.say(ada, push(5, Json::array({create("x")})));
  weft.advance(seconds(1));
  messages = weft.take(ada, kAck);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0][1], 4);
  EXPECT_EQ(messages[1][1], 5);
}

TEST_F(RoomTest, C7WhileTheStoreIsAwayPushesAreUnavailableNeverRejectedAndComeBackInOrder) {
  const auto ada = weft_.join("a");
  weft_.take(ada);
  weft_.store().fail_appends(true);
  weft_.say(ada, push(1, Json::array({create("x")})));
  weft_.say(ada, push(2, Json::array({create("y")})));
  weft_.advance(seconds(1));
  auto messages = weft_.take(ada);
  ASSERT_EQ(messages.size(), 2U);
  for (const auto& message : messages) {
    EXPECT_EQ(message[0], kError);
    EXPECT_EQ(message[1], "unavailable");
  }
  weft_.store().fail_appends(false);
  weft_.say(ada, push(2, Json::array({create("y")})));
  weft_.say(ada, push(1, Json::array({create("x")})));
  weft_.say(ada, push(2, Json::array({create("y")})));
  weft_.advance(seconds(1));
  messages = weft_.take(ada, kAck);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0][3], kCommit);
  EXPECT_EQ(messages[1][3], kCommit);
}

TEST_F(RoomTest, C7APushThatIsSettledHoldsNothingBack) {
  const auto ada = weft_.join("a");
  weft_.hold_commits(true);
  weft_.say(ada, push(1, Json::array({create("x")})));
  weft_.settle();
  weft_.store().fail_appends(true);
  weft_.drop_link(ada);
  const auto again = weft_.join("a");
  weft_.say(again, push(1, Json::array({create("x")})));  // on its way already
  weft_.advance(seconds(1));
  weft_.store().fail_appends(false);
  weft_.hold_commits(false);
  weft_.advance(seconds(1));
  weft_.take(again);
  weft_.say(again, push(2, Json::array({create("y")})));
  weft_.advance(seconds(1));
  const auto acks = weft_.take(again, kAck);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0][3], kCommit);
}

TEST_F(RoomTest, S7AClientThatForgotAPushOnItsWayDoesNotUseItsNumberAgain) {
  const auto ada = weft_.join("a");
  weft_.hold_commits(true);
  weft_.say(ada, push(1, Json::array({create("old")})));
  weft_.settle();
  weft_.drop_link(ada);
  const auto again = weft_.join("a");  // its page was loaded anew
  EXPECT_EQ(weft_.take(again, kWelcome)[0][1]["n"], 1);
  weft_.say(again, push(2, Json::array({create("new")})));
  weft_.hold_commits(false);
  weft_.advance(seconds(1));
  const auto messages = weft_.take(again);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0][0], kOps) << "the old push was another session's: it comes as ops";
  EXPECT_EQ(messages[1][0], kAck);
  EXPECT_EQ(messages[1][1], 2);
  EXPECT_EQ(messages[1][3], kCommit);
}

TEST_F(RoomTest, C6AMalformedResendDoesNotChangeHowTheOriginalEnds) {
  const auto ada = weft_.join("a");
  weft_.take(ada);
  weft_.hold_commits(true);
  weft_.say(ada, push(1, Json::array({create("x")})));
  weft_.say(ada, push(1, Json::array({"nonsense"})));
  weft_.hold_commits(false);
  weft_.advance(seconds(1));
  const auto acks = weft_.take(ada, kAck);
  ASSERT_EQ(acks.size(), 2U);
  EXPECT_EQ(acks[0][3], kCommit);
  EXPECT_EQ(acks[1][3], kDuplicate);
}

TEST_F(RoomTest, C13APushThatIsSentAgainAndAgainIsAnsweredOnceATick) {
  const auto ada = weft_.join("a");
  weft_.store().fail_appends(true);
  weft_.say(ada, push(1, Json::array({create("x")})));
  weft_.advance(seconds(1));
  weft_.forget_output();
  Json many = Json::array();
  for (int i = 0; i < 500; ++i) many.push_back(push(1, Json::array()));
  weft_.say_all(ada, many);
  weft_.settle();
  weft_.advance(milliseconds(20));
  const auto told = weft_.take(ada, kError).size();
  EXPECT_GE(told, 1U);
  EXPECT_LE(told, 2U);
}

TEST_F(RoomTest, C13NonsenseIsNotAnsweredWithoutEnd) {
  const auto ada = weft_.join("a");
  weft_.forget_output();
  Json many = Json::array();
  for (int i = 0; i < 5000; ++i) many.push_back(Json::array({42}));
  weft_.say_all(ada, many);
  weft_.advance(milliseconds(20));
  EXPECT_LE(weft_.take(ada, kError).size(), 100U);
  EXPECT_FALSE(weft_.closed_with(ada));
}

TEST_F(RoomTest, C11AParentThatIsNotThereBecomesTheRoot) {
  const auto ada = weft_.join("a");
  weft_.take(ada);
  weft_.say(ada, push(1, Json::array({create("x", {{"parent", {"gone", "a0"}}})})));
  weft_.advance(seconds(1));
  const auto acks = weft_.take(ada, kAck);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0][3], kRebased);
  EXPECT_EQ(acks[0][4][0], create("x", {{"parent", {nullptr, "a0"}}}));
}

}  // namespace
}  // namespace weft::router
