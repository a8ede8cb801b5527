// SPDX-License-Identifier: Apache-2.0
// What sessions of one room see of each other, told as conversations.
#include "connection/jwt.h"
#include "connection/key_set.h"
#include "support/router_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::router {
namespace {

using protocol::CloseCode;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::RouterHarness;
using Json = RouterHarness::Json;

// Kinds, client to server and back.
constexpr int kWelcome = 0, kCursors = 1, kPresence = 2, kOps = 3, kEvent = 4, kSnapshot = 5,
              kAck = 6, kPong = 7, kGoodbye = 8, kError = 9;
// Outcomes.
constexpr int kCommit = 0, kNoEffect = 1, kRebased = 2, kRejected = 3, kDuplicate = 4;

Json create(const std::string& id, Json properties = Json::object()) {
  return Json::array({0, id, "concept", std::move(properties)});
}
Json set(const std::string& id, Json properties) {
  return Json::array({1, id, std::move(properties)});
}
Json erase(const std::string& id) {
  return Json::array({2, id});
}
Json push(std::uint64_t n, Json ops) {
  return Json::array({3, n, std::move(ops)});
}

class RoomTest : public ::testing::Test {
 protected:
  RouterHarness weft_;
};

// ---- Joining
// -----------------------------------------------------------------------------------------------------

TEST_F(RoomTest, S1AnswersHelloWithWelcomePresenceSnapshotInThatOrder) {
  const auto ada = weft_.join("a", {{"name", "Ada"}});
  const auto messages = weft_.take(ada);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0][0], kWelcome);
  EXPECT_EQ(messages[0][1]["user"]["name"], "Ada");
  EXPECT_EQ(messages[0][1]["role"], "edit");
  EXPECT_EQ(messages[0][1]["resumed"], false);
  EXPECT_EQ(messages[0][1]["seq"], 0);
  EXPECT_EQ(messages[0][1]["n"], 0);
  EXPECT_EQ(messages[1][0], kPresence);
  EXPECT_EQ(messages[1][1]["join"].size(), 1U);
  EXPECT_EQ(messages[2][0], kSnapshot);
  EXPECT_EQ(messages[2][2], true) << "one empty part for an empty canvas (S4)";
  EXPECT_EQ(messages[2][3], Json::array());
}

TEST_F(RoomTest, R1AJoinerGetsEveryoneAndTheOthersGetTheJoinOnly) {
  const auto ada = weft_.join("a", {{"name", "Ada"}, {"presence", {{"mood", "calm"}}}});
  weft_.take(ada);
  weft_.advance(seconds(1));
  const auto bob = weft_.join("b", {{"name", "Bob"}});
  const auto seen = weft_.take(ada, kPresence);
  ASSERT_EQ(seen.size(), 1U);
  ASSERT_EQ(seen[0][1]["join"].size(), 1U);
  EXPECT_EQ(seen[0][1]["join"][0][1]["name"], "Bob");
  const auto everyone = weft_.take(bob, kPresence);
  ASSERT_EQ(everyone.size(), 1U);
  EXPECT_EQ(everyone[0][1]["join"].size(), 2U);
}

TEST_F(RoomTest, C1AnythingBeforeHelloIsGoodbye) {
  const auto session = weft_.connect();
  weft_.say(session, {7, 1});
  weft_.settle();
  EXPECT_EQ(weft_.closed_with(session), CloseCode::hello_expected);
  EXPECT_EQ(weft_.take(session, kGoodbye).size(), 1U);
  EXPECT_EQ(weft_.router().room_count(), 0U) << "no room before the token is verified";
}

TEST_F(RoomTest, C1NoHelloWithinFiveSecondsIsGoodbye) {
  const auto session = weft_.connect();
  weft_.advance(seconds(4));
  EXPECT_FALSE(weft_.closed_with(session));
  weft_.advance(seconds(2));
  EXPECT_EQ(weft_.closed_with(session), CloseCode::hello_expected);
}

TEST_F(RoomTest, C2ASecondHelloIsAnErrorAndNothingElse) {
  const auto ada = weft_.join("a");
  weft_.take(ada);
  weft_.say(ada, Json::array({0, {{"client", "a"}}}));
  weft_.settle();
  const auto errors = weft_.take(ada, kError);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0][1], "already_joined");
  EXPECT_FALSE(weft_.closed_with(ada));
}

TEST_F(RoomTest, P4AnUnknownKindIsAnErrorNotADisconnect) {
  const auto ada = weft_.join("a");
  weft_.take(ada);
  weft_.say(ada, {99, "x"});
  weft_.settle();
  const auto errors = weft_.take(ada, kError);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0][1], "unknown_kind");
  EXPECT_EQ(errors[0][3], 99);
}

TEST_F(RoomTest, P5NonsenseIsGoodbyeBadMessage) {
  const auto ada = weft_.join("a");
  weft_.say_bytes(ada, "\xc1\xff");
  weft_.settle();
  EXPECT_EQ(weft_.closed_with(ada), CloseCode::bad_message);
}

TEST_F(RoomTest, MessagesBehindHelloWaitForTheWelcome) {
  const auto ada = weft_.connect();
  weft_.say_all(ada, Json::array({Json::array({0, {{"client", "a"}}}), Json::array({7, 42}),
                                  push(1, Json::array({create("x")}))}));
  EXPECT_FALSE(weft_.router().wants_input(ada));
  weft_.say(ada, {7, 43});
  weft_.advance(milliseconds(50));
  const auto messages = weft_.take(ada);
  ASSERT_FALSE(messages.empty());
  EXPECT_EQ(messages[0][0], kWelcome);
  int pongs = 0;
  int acks = 0;
  for (const auto& message : messages) {
    pongs += message[0] == kPong ? 1 : 0;
    acks += message[0] == kAck ? 1 : 0;
  }
  EXPECT_EQ(pongs, 2);
  EXPECT_EQ(acks, 1);
}

// ---- Cursors
// -------------------------------------------------------------------------------------------------------

TEST_F(RoomTest, S3ACursorReachesTheOthersLatestWins) {
  const auto ada = weft_.join("a");
  const auto bob = weft_.join("b");
  weft_.advance(seconds(1));
  weft_.forget_output();
  weft_.say(ada, {1, 1, 1});
  weft_.say(ada, {1, 2, 2});
  weft_.say(ada, {1, 30, 40});
  weft_.settle();
  const auto seen = weft_.take(bob, kCursors);
  ASSERT_EQ(seen.size(), 1U);
  ASSERT_EQ(seen[0][2].size(), 1U);
  EXPECT_EQ(seen[0][2][0][1], 30);
  EXPECT_EQ(seen[0][2][0][2], 40);
}

TEST_F(RoomTest, TheFirstChangeAfterQuietLeavesAtOnceAndLaterOnesWaitForTheTick) {
  const auto ada = weft_.join("a");
  const auto bob = weft_.join("b");
  weft_.advance(seconds(1));
  weft_.forget_output();
  weft_.say(ada, {1, 1, 1});
  weft_.settle();
  EXPECT_EQ(weft_.take(bob, kCursors).size(), 1U);
  weft_.say(ada, {1, 2, 2});
  weft_.settle();
  EXPECT_EQ(weft_.take(bob, kCursors).size(), 0U);
  weft_.advance(milliseconds(16));
  EXPECT_EQ(weft_.take(bob, kCursors).size(), 1U);
}

TEST_F(RoomTest, OneEncodeAndOneFrameForEachSessionAndTick) {
  constexpr int kPeople = 50;
  std::vector<SessionId> people;
  for (int i = 0; i < kPeople; ++i) people.push_back(weft_.join("c" + std::to_string(i)));
  weft_.advance(seconds(1));
  weft_.forget_output();
  for (int move = 0; move < 5; ++move) {
    for (std::size_t i = 0; i < people.size(); ++i) weft_.say(people[i], {1, i, move});
  }
  weft_.settle();
  EXPECT_EQ(weft_.frame_count(), 1U) << "the tick's cursor frame is encoded once";
  EXPECT_EQ(weft_.send_count(), static_cast<std::size_t>(kPeople))
      << "and goes once to each session";
}

TEST_F(RoomTest, AnIdleRoomHasNoTickDeadline) {
  const auto ada = weft_.join("a");
  weft_.join("b");
  weft_.say(ada, {1, 1, 1});
  weft_.advance(seconds(2));
  // What is left is the shard's sweep, once a second, and people becoming idle.
  const auto deadline = weft_.router().next_deadline();
  ASSERT_TRUE(deadline);
  EXPECT_GT(*deadline - weft_.now().mono, milliseconds(100));
}

TEST_F(RoomTest, AViewGetsWhatIsInsideAtOnceAndTheRestSlowly) {
  const auto ada = weft_.join("a");
  const auto bob = weft_.join("b");
  weft_.say(bob, Json::array({5, {0, 0, 100, 100}}));
  weft_.advance(seconds(2));
  weft_.forget_output();
  weft_.say(ada, {1, 50, 50});
  weft_.advance(milliseconds(20));
  EXPECT_EQ(weft_.take(bob, kCursors).size(), 1U) << "inside";
  weft_.advance(seconds(2));
  weft_.say(ada, {1, 5000, 5000});  // leaves the view: told at once, so that none stays behind
  weft_.advance(seconds(2));
  weft_.forget_output();
  for (int i = 0; i < 30; ++i) {
    weft_.say(ada, {1, 6000 + i, 6000});
    weft_.advance(milliseconds(16));
  }
  const auto few = weft_.take(bob, kCursors).size();
  EXPECT_LE(few, 3U) << "outside the view the rate is slow";
  weft_.advance(seconds(1));
  weft_.say(bob, Json::array({5, nullptr}));
  weft_.advance(milliseconds(20));
  const auto all = weft_.take(bob, kCursors);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.back()[2].back()[1], 6029);
}

TEST_F(RoomTest, O4ADrainedReaderGetsEveryPosition) {
  const auto ada = weft_.join("a");
  const auto bob = weft_.join("b");
  weft_.say(ada, {1, 7, 8});
  weft_.advance(seconds(1));
  weft_.forget_output();
  weft_.router().note_drained(bob);
  weft_.settle();
  const auto seen = weft_.take(bob, kCursors);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0][2][0][1], 7);
  EXPECT_TRUE(weft_.take(ada, kCursors).empty());
}

TEST_F(RoomTest, C13CursorsOverTheRateAreDroppedNeverADisconnect) {
  const auto ada = weft_.join("a");
  for (int i = 0; i < 1000; ++i) weft_.say(ada, {1, i, i});
  weft_.advance(seconds(1));
  EXPECT_FALSE(weft_.closed_with(ada));
  EXPECT_TRUE(weft_.take(ada, kError).empty());
}

// ---- Presence
// ----------------------------------------------------------------------------------------------------------

TEST_F(RoomTest, ACleanCloseLeavesAtOnceALostLinkAfterItsGrace) {
  const auto ada = weft_.join("a");
  const auto bob = weft_.join("b");
  const auto eve = weft_.join("e");
  weft_.advance(seconds(1));
  weft_.forget_output();
  weft_.leave(bob);
  weft_.advance(milliseconds(20));
  auto seen = weft_.take(ada, kPresence);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0][1]["leave"][0][1], "left");
  weft_.drop_link(eve);
  weft_.advance(seconds(9));
  EXPECT_TRUE(weft_.take(ada, kPresence).empty());
  weft_.advance(seconds(2));
  seen = weft_.take(ada, kPresence);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0][1]["leave"][0][1], "lost");
}

TEST_F(RoomTest, C8O9AClientThatReturnsWithinItsGraceKeepsItsActorAndNobodySeesItFlap) {
  const auto ada = weft_.join("a");
  const auto bob = weft_.join("b");
  const auto actor = weft_.take(bob, kWelcome)[0][1]["actor"];
  weft_.advance(seconds(1));
  weft_.take(ada);
  weft_.drop_link(bob);
  weft_.advance(seconds(5));
  const auto again = weft_.join("b");
  EXPECT_EQ(weft_.take(again, kWelcome)[0][1]["actor"], actor);
  weft_.advance(seconds(30));
  EXPECT_TRUE(weft_.take(ada, kPresence).empty());
}

TEST_F(RoomTest, O10ANewerSessionOfTheSameClientReplacesTheOlder) {
  const auto ada = weft_.join("a");
  const auto old_bob = weft_.join("b");
  weft_.advance(seconds(1));
  weft_.take(ada);
  const auto new_bob = weft_.join("b");
  EXPECT_EQ(weft_.closed_with(old_bob), CloseCode::replaced);
  weft_.drop_link(old_bob);  // its socket closes late
  weft_.say(old_bob, {1, 9, 9});
  weft_.advance(seconds(30));
  EXPECT_TRUE(weft_.take(ada, kPresence).empty());
  EXPECT_FALSE(weft_.closed_with(new_bob));
}

TEST_F(RoomTest, C5PresenceOverItsLimitIsRefusedWithTheLimitsName) {
  const auto ada = weft_.join("a");
  weft_.take(ada);
  weft_.say(ada, Json::array({2, {{"big", std::string(5000, 'x')}}}));
  weft_.advance(milliseconds(20));
  const auto errors = weft_.take(ada, kError);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0][1], "too_large");
  EXPECT_NE(errors[0][2].get<std::string>().find("presence_bytes_max"), std::string::npos);
}

TEST_F(RoomTest, DeparturesGoToTheStore) {
  const auto ada = weft_.join("a", {{"name", "Ada"}, {"presence", {{"mood", "calm"}}}});
  weft_.join("b");
  weft_.leave(ada);
  weft_.advance(milliseconds(20));
  ASSERT_EQ(weft_.departures().size(), 1U);
  EXPECT_EQ(weft_.departures()[0].first, "try");
  EXPECT_EQ(weft_.departures()[0].second.user.name, "Ada");
  EXPECT_FALSE(weft_.departures()[0].second.presence.empty());
}

TEST_F(RoomTest, O12TheEndOfTheInstanceKeepsEveryonesLastPresence) {
  const auto ada = weft_.join("a", {{"name", "Ada"}});
  weft_.join("b", {{"name", "Bob"}});
  weft_.drop_link(ada);  // in grace
  weft_.router().see_everyone_off(weft_.now().wall_ms);
  EXPECT_EQ(weft_.departures().size(), 2U);
}

TEST_F(RoomTest, C5HelloWithAnOddAwayIsABadMessage) {
  const auto ada = weft_.join("a", {{"presence", {{"away", 7}}}});
  EXPECT_EQ(weft_.closed_with(ada), CloseCode::bad_message);
}

// ---- Events
// ------------------------------------------------------------------------------------------------------------

TEST_F(RoomTest, AnEventReachesTheOthersNotItsSender) {
  const auto ada = weft_.join("a");
  const auto bob = weft_.join("b");
  weft_.advance(seconds(1));
  weft_.forget_output();
  weft_.say(ada, {4, "wave", {{"hand", "left"}}});
  weft_.settle();
  const auto seen = weft_.take(bob, kEvent);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0][2], "wave");
  EXPECT_EQ(seen[0][3]["hand"], "left");
  EXPECT_TRUE(weft_.take(ada, kEvent).empty());
}

TEST_F(RoomTest, C5AnEventOverItsLimitIsRefused) {
  const auto ada = weft_.join("a");
  weft_.take(ada);
  weft_.say(ada, {4, "big", std::string(20'000, 'x')});
  weft_.settle();
  const auto errors = weft_.take(ada, kError);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0][1], "too_large");
}

// ---- Pushes
// -------------------------------------------------------------------------------------------------------------

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

// ---- Roles and tokens

class RoleTest : public ::testing::Test {
 protected:
  static constexpr std::string_view kSecret = "a secret of at least thirty-two bytes";

  static connection::KeySet keys() { return *connection::KeySet::parse(kSecret); }
  /// A token for this user and role that ends `seconds_left` from now.
  std::string token(const std::string& user, const std::string& role, int seconds_left = 600) {
    const connection::KeySet set = keys();
    connection::Claims claims;
    claims.user = user;
    claims.expires_ms = weft_.now().wall_ms + seconds_left * 1000;
    claims.canvases = {{"*", *connection::parse_role(role)}};
    return *connection::mint_jwt(claims, *set.signing_key());
  }
  SessionId join(const std::string& client, const std::string& user, const std::string& role,
                 int seconds_left = 600) {
    return weft_.join(client, {{"token", token(user, role, seconds_left)}});
  }

  RouterHarness weft_{{}, connection::Authenticator(keys())};
};

TEST_F(RoleTest, C12AViewerMayLookAndNothingElse) {
  const auto eve = join("e", "eve", "view");
  weft_.take(eve);
  weft_.say(eve, {1, 5, 5});
  weft_.say(eve, Json::array({2, {{"mood", "bored"}}}));
  weft_.say(eve, {4, "wave", nullptr});
  weft_.say(eve, push(1, Json::array({create("x")})));
  weft_.advance(seconds(1));
  const auto messages = weft_.take(eve);
  ASSERT_EQ(messages.size(), 4U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(messages[static_cast<std::size_t>(i)][1], "not_allowed");
  }
  EXPECT_EQ(messages[3][0], kAck);
  EXPECT_EQ(messages[3][4][0], "not_allowed");
}

TEST_F(RoleTest, C12AViewerShowsNoPresence) {
  const auto ada = join("a", "ada", "edit");
  weft_.take(ada);
  weft_.join("e", {{"token", token("eve", "view")}, {"presence", {{"ad", "buy"}}}});
  const auto seen = weft_.take(ada, kPresence);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0][1]["join"][0][2], Json::object());
}

TEST_F(RoleTest, C12APresenterMayMoveButNotPush) {
  const auto ada = join("a", "ada", "edit");
  const auto pat = join("p", "pat", "present");
  weft_.advance(seconds(1));
  weft_.forget_output();
  weft_.say(pat, {1, 5, 5});
  weft_.say(pat, push(1, Json::array({create("x")})));
  weft_.advance(seconds(1));
  EXPECT_EQ(weft_.take(ada, kCursors).size(), 1U);
  const auto acks = weft_.take(pat, kAck);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0][3], kRejected);
}

TEST_F(RoleTest, O8ATokenThatEndsEndsTheSessionUnlessAFreshOneHasCome) {
  const auto ada = join("a", "ada", "edit", 10);
  const auto bob = join("b", "bob", "edit", 10);
  EXPECT_LE(weft_.take(ada, kWelcome)[0][1]["token_expires_in"], 10'000);
  weft_.advance(seconds(5));
  weft_.say(bob, {6, token("bob", "edit", 60)});
  weft_.advance(seconds(10));
  EXPECT_EQ(weft_.closed_with(ada), CloseCode::token_expired);
  EXPECT_FALSE(weft_.closed_with(bob));
}

TEST_F(RoleTest, C14ATokenOfSomebodyElseEndsTheSession) {
  const auto ada = join("a", "ada", "edit");
  weft_.say(ada, {6, token("bob", "edit")});
  weft_.settle();
  EXPECT_EQ(weft_.closed_with(ada), CloseCode::token_invalid);
}

TEST_F(RoleTest, C14AFreshTokenWithALowerRoleTakesTheRightsAway) {
  const auto ada = join("a", "ada", "edit");
  weft_.say(ada, {6, token("ada", "view")});
  weft_.take(ada);
  weft_.say(ada, push(1, Json::array({create("x")})));
  weft_.advance(seconds(1));
  EXPECT_EQ(weft_.take(ada, kAck).at(0)[4][0], "not_allowed");
}

TEST_F(RoleTest, C9AClientIdBelongsToTheUserWhoFirstPushedWithIt) {
  const auto ada = join("shared", "ada", "edit");
  weft_.say(ada, push(1, Json::array({create("x")})));
  weft_.advance(seconds(1));
  weft_.leave(ada);
  const auto bob = join("shared", "bob", "edit");
  EXPECT_EQ(weft_.closed_with(bob), CloseCode::not_allowed);
}

TEST_F(RoleTest, AWrongTokenOpensNoRoom) {
  const auto eve = weft_.join("e", {{"token", "nonsense"}}, "secret-canvas");
  EXPECT_EQ(weft_.closed_with(eve), CloseCode::token_invalid);
  EXPECT_EQ(weft_.router().room_count(), 0U);
}

// ---- Resume
// ---------------------------------------------------------------------------------------------------------------

class ResumeTest : public RoomTest {
 protected:
  // Ada writes three pushes; Bob knows the state after the first.
  void SetUp() override {
    ada_ = weft_.join("a");
    const auto bob = weft_.join("b");
    weft_.say(ada_, push(1, Json::array({create("x")})));
    weft_.advance(seconds(1));
    const auto welcome = weft_.take(ada_);
    epoch_ = welcome[0][1]["epoch"];
    sum_ = weft_.take(bob, kOps)[0][5];
    weft_.drop_link(bob);
    weft_.say(ada_, push(2, Json::array({create("y")})));
    weft_.say(ada_, push(3, Json::array({set("y", {{"title", "why"}})})));
    weft_.advance(seconds(1));
  }
  Json since(std::uint64_t seq, Json sum = nullptr) {
    Json since = Json::array({epoch_, seq});
    if (!sum.is_null()) since.push_back(sum);
    return {{"since", since}};
  }
  void expect_snapshot(const Json& hello) {
    const auto bob = weft_.join("b", hello);
    const auto messages = weft_.take(bob);
    EXPECT_EQ(messages[0][1]["resumed"], false);
    EXPECT_EQ(messages[2][0], kSnapshot);
    EXPECT_EQ(messages[2][3].size(), 2U);
  }
  SessionId ada_;
  std::uint64_t epoch_ = 0;
  Json sum_;
};

TEST_F(ResumeTest, S4GivesExactlyWhatWasMissed) {
  const auto bob = weft_.join("b", since(1, sum_));
  const auto messages = weft_.take(bob);
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_EQ(messages[0][1]["resumed"], true);
  EXPECT_EQ(messages[0][1]["seq"], 3);
  EXPECT_EQ(messages[2][0], kOps);
  EXPECT_EQ(messages[2][1], 2);
  EXPECT_EQ(messages[3][1], 3);
}

TEST_F(ResumeTest, S4NothingMissedMeansNoOps) {
  const auto bob = weft_.join("b", since(3));
  const auto messages = weft_.take(bob);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0][1]["resumed"], true);
}

TEST_F(ResumeTest, S4S10AWrongSumGetsASnapshot) {
  expect_snapshot(since(2, sum_));  // the sum of seq 1
}
TEST_F(ResumeTest, S4AnotherEpochGetsASnapshot) {
  ++epoch_;
  expect_snapshot(since(1, sum_));
}
TEST_F(ResumeTest, S4ASeqFromTheFutureGetsASnapshot) {
  expect_snapshot(since(4));
}

TEST_F(ResumeTest, S4ResumeReachesAcrossAColdStart) {
  weft_.leave(ada_);
  weft_.advance(seconds(60));
  ASSERT_EQ(weft_.router().room_count(), 0U) << "the room closes when it is empty";
  const auto bob = weft_.join("b", since(1, sum_));
  const auto messages = weft_.take(bob);
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_EQ(messages[0][1]["resumed"], true);
  EXPECT_EQ(messages[3][1], 3);
}

TEST(RoomHistory, S4BehindTheFloorASnapshot) {
  RouterConfig config;
  config.room.history.pushes_max = 2;
  RouterHarness weft(config);
  const auto ada = weft.join("a");
  const auto epoch = weft.take(ada, kWelcome)[0][1]["epoch"];
  for (std::uint64_t n = 1; n <= 5; ++n)
    weft.say(ada, push(n, Json::array({create("x" + std::to_string(n))})));
  weft.advance(seconds(1));
  const auto bob = weft.join("b", {{"since", Json::array({epoch, 3})}});
  EXPECT_EQ(weft.take(bob, kWelcome)[0][1]["resumed"], true);
  const auto eve = weft.join("e", {{"since", Json::array({epoch, 2})}});
  EXPECT_EQ(weft.take(eve, kWelcome)[0][1]["resumed"], false);
}

TEST(RoomSnapshots, ALongLogIsTrimmedBehindSnapshotsAndReopensEqual) {
  RouterConfig config;
  config.room.snapshot_pushes = 10;
  RouterHarness weft(config);
  const auto ada = weft.join("a");
  std::uint64_t n = 0;
  for (int i = 0; i < 95; ++i) {
    weft.say(ada, push(++n, Json::array({create("x" + std::to_string(i % 40), {{"v", i}})})));
    weft.advance(milliseconds(20));
  }
  const auto before = weft.take(weft.join("late"), kSnapshot);
  weft.leave(ada);
  weft.advance(seconds(60));
  for (auto session : {weft.join("later")}) {
    const auto after = weft.take(session);
    EXPECT_EQ(after[2], before[0]);
  }
}

TEST(RoomLimits, ACanvasThatIsFullSaysSo) {
  RouterConfig config;
  config.room.sessions_max = 2;
  RouterHarness weft(config);
  weft.join("a");
  weft.join("b");
  const auto eve = weft.join("e");
  EXPECT_EQ(weft.closed_with(eve), CloseCode::canvas_full);
}

TEST(RoomLimits, MoreArrivalsThanActorNumbersAtHandWaitForMore) {
  RouterHarness weft;
  weft.join("first");
  std::vector<SessionId> sessions;
  for (int i = 0; i < 5000; ++i) {
    sessions.push_back(weft.connect());
    weft.say(sessions.back(), Json::array({0, {{"client", "c" + std::to_string(i)}}}));
  }
  weft.advance(seconds(1));
  std::set<std::uint64_t> actors;
  for (const auto session : sessions) {
    ASSERT_FALSE(weft.closed_with(session));
    actors.insert(weft.take(session, kWelcome).at(0)[1]["actor"].get<std::uint64_t>());
  }
  EXPECT_EQ(actors.size(), sessions.size());
}

TEST(RoomDrain, O11EverySessionGetsItsGoodbyeWithinTheWindow) {
  RouterHarness weft;
  std::vector<SessionId> sessions;
  for (int i = 0; i < 20; ++i) sessions.push_back(weft.join("c" + std::to_string(i)));
  weft.router().drain(weft.now(), seconds(2));
  weft.advance(seconds(1));
  const auto early =
      std::ranges::count_if(sessions, [&](auto s) { return weft.closed_with(s).has_value(); });
  EXPECT_GT(early, 0);
  EXPECT_LT(early, 20);
  weft.advance(seconds(2));
  for (const auto session : sessions) EXPECT_EQ(weft.closed_with(session), CloseCode::draining);
  const auto late = weft.connect();
  weft.settle();
  EXPECT_EQ(weft.closed_with(late), CloseCode::draining);
}

}  // namespace
}  // namespace weft::router
