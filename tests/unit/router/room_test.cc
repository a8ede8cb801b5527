// SPDX-License-Identifier: Apache-2.0
// What sessions of one room see of each other: joining, cursors, presence, events.
#include "unit/router/room_fixture.h"

namespace weft::router {
namespace {

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

TEST_F(RoomTest, U12MembersWhoseViewsTouchTheSameChangedCellsShareAFrame) {
  const auto ada = weft_.join("a");
  const auto bob = weft_.join("b");
  const auto eve = weft_.join("e");
  const auto zoe = weft_.join("z");
  const auto far = weft_.join("f");
  weft_.say(bob, Json::array({5, {0, 0, 100, 100}}));
  weft_.say(eve, Json::array({5, {-10, 0, 90, 100}}));
  weft_.say(zoe, Json::array({5, {4000, 4000, 4100, 4100}}));
  weft_.say(far, Json::array({5, {-9000, -9000, 9000, 9000}}));
  weft_.say(ada, {1, 1, 1});
  weft_.say(zoe, {1, 4001, 4001});
  weft_.advance(milliseconds(20));  // an outside beat: everybody is told everything
  weft_.forget_output();
  weft_.say(ada, {1, 50, 50});
  weft_.say(zoe, {1, 4050, 4050});
  weft_.advance(milliseconds(20));
  EXPECT_EQ(weft_.send_count(), 5U);
  EXPECT_EQ(weft_.frame_count(), 3U) << "for those near Ada, for Zoe, and for who sees all";
  EXPECT_EQ(weft_.take(bob, kCursors).at(0)[2].size(), 1U);
  EXPECT_EQ(weft_.take(eve, kCursors).at(0)[2].size(), 1U);
  EXPECT_EQ(weft_.take(zoe, kCursors).at(0)[2][0][1], 4050);
  EXPECT_EQ(weft_.take(far, kCursors).at(0)[2].size(), 2U);
  EXPECT_EQ(weft_.take(ada, kCursors).at(0)[2].size(), 2U);
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
  weft_.router().shut_down(weft_.now());
  EXPECT_EQ(weft_.departures().size(), 2U);
}

TEST_F(RoomTest, C5HelloWithAnOddAwayIsABadMessage) {
  const auto ada = weft_.join("a", {{"presence", {{"away", 7}}}});
  EXPECT_EQ(weft_.closed_with(ada), CloseCode::bad_message);
}

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

}  // namespace
}  // namespace weft::router
