// SPDX-License-Identifier: Apache-2.0
// Rooms of several instances that share a canvas.
#include "support/cluster_harness.h"
#include "unit/router/room_fixture.h"

#include <string>
#include <vector>

namespace weft::router {
namespace {

using presence::LeaveReason;
using test::ClusterHarness;

class ClusterTest : public ::testing::Test {
 protected:
  static std::uint64_t actor_in(const std::vector<Json>& messages) {
    for (const auto& message : messages) {
      if (message[0] == kWelcome) return message[1]["actor"].get<std::uint64_t>();
    }
    return 0;
  }
  std::uint64_t actor_of(std::size_t instance, SessionId session) {
    return actor_in(weft_[instance].take(session));
  }
  /// Everybody has been told everything, a while ago.
  void quiet() {
    weft_.advance(seconds(1));
    weft_.forget_output();
  }
  /// Whether anybody heard of anybody coming or going.
  bool is_seen(std::size_t instance, SessionId session) {
    for (const auto& message : weft_[instance].take(session, kPresence)) {
      if (message[1].contains("join") || message[1].contains("leave")) return true;
    }
    return false;
  }
  std::size_t people_seen_by_newcomer(std::size_t instance, const std::string& client) {
    const auto session = weft_.join(instance, client);
    const auto everyone = weft_[instance].take(session, kPresence);
    const std::size_t count = everyone.at(0)[1].value("join", Json::array()).size();
    weft_[instance].leave(session);
    weft_.advance(milliseconds(40));
    return count - 1;
  }

  ClusterHarness weft_{2};
};

TEST_F(ClusterTest, I4ACursorReachesTheOtherInstanceAtOnceAndLatestWins) {
  const auto ada = weft_.join(0, "a");
  const auto actor = actor_of(0, ada);
  const auto bob = weft_.join(1, "b");
  quiet();
  weft_[0].say(ada, {1, 1, 1});
  weft_[0].say(ada, {1, 30, 40});
  weft_.settle();
  const auto seen = weft_[1].take(bob, kCursors);
  ASSERT_EQ(seen.size(), 1U) << "no tick has passed";
  EXPECT_EQ(seen[0][2], Json::array({Json::array({actor, 30, 40})}));
  weft_[0].say(ada, {1, 31, 41});
  weft_.settle();
  EXPECT_TRUE(weft_[1].take(bob, kCursors).empty()) << "the next one waits for the tick";
  weft_.advance(milliseconds(16));
  EXPECT_EQ(weft_[1].take(bob, kCursors).size(), 1U);
  weft_[0].say(ada, {1, nullptr});
  weft_.advance(milliseconds(16));
  EXPECT_EQ(weft_[1].take(bob, kCursors)[0][2], Json::array({Json::array({actor})}));
}

TEST_F(ClusterTest, I4ACursorHidesWhenItsPersonIsInGraceAndALateJoinerSeesItOtherwise) {
  const auto ada = weft_.join(0, "a");
  const auto actor = actor_of(0, ada);
  weft_[0].say(ada, {1, 5, 6});
  const auto bob = weft_.join(1, "b");
  const auto positions = weft_[1].take(bob, kCursors);
  ASSERT_FALSE(positions.empty());
  EXPECT_EQ(positions[0][2], Json::array({Json::array({actor, 5, 6})}));
  weft_[0].drop_link(ada);
  weft_.advance(milliseconds(40));
  EXPECT_EQ(weft_[1].take(bob, kCursors)[0][2], Json::array({Json::array({actor})}));
}

TEST_F(ClusterTest, R19JoinsUpdatesAndLeavesReachTheOtherInstance) {
  const auto bob = weft_.join(1, "b");
  quiet();
  const auto ada = weft_.join(0, "a", {{"name", "Ada"}, {"presence", {{"mood", "calm"}}}});
  const auto actor = actor_of(0, ada);
  auto seen = weft_[1].take(bob, kPresence);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0][1]["join"][0][0], actor);
  EXPECT_EQ(seen[0][1]["join"][0][1]["name"], "Ada");
  weft_[0].say(ada, Json::array({2, {{"mood", "busy"}}}));
  weft_.advance(milliseconds(40));
  seen = weft_[1].take(bob, kPresence);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0][1]["update"], Json::array({Json::array({actor, {{"mood", "busy"}}})}));
  weft_[0].leave(ada);
  weft_.advance(milliseconds(40));
  seen = weft_[1].take(bob, kPresence);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0][1]["leave"], Json::array({Json::array({actor, "left"})}));
  EXPECT_EQ(weft_[0].router().room_count(), 0U) << "I9: nobody of its own is left";
}

TEST_F(ClusterTest, I3ALateJoinerGetsPeopleOfOthersInItsFirstMessage) {
  weft_.join(0, "a");
  weft_.join(0, "b");
  const auto cy = weft_.join(1, "c");
  const auto messages = weft_[1].take(cy);
  ASSERT_GE(messages.size(), 2U);
  EXPECT_EQ(messages[0][0], kWelcome);
  ASSERT_EQ(messages[1][0], kPresence);
  EXPECT_EQ(messages[1][1]["join"].size(), 3U);
}

TEST_F(ClusterTest, I3AClientThatOpensTheRoomElsewhereKeepsItsActor) {
  const auto before = weft_.join(0, "a");
  const auto actor = actor_of(0, before);
  const auto watcher = weft_.join(0, "w");
  quiet();
  weft_[0].drop_link(before);
  const auto after = weft_.join(1, "a");
  EXPECT_EQ(actor_of(1, after), actor);
  weft_.advance(seconds(30));
  EXPECT_FALSE(is_seen(0, watcher));
}

TEST_F(ClusterTest, I3EveryPeerIsWaitedFor) {
  ClusterHarness weft{3};
  const auto watcher = weft.join(0, "w");
  const auto before = weft.join(1, "a");
  const auto actor = actor_in(weft[1].take(before));
  weft.advance(seconds(1));
  weft.forget_output();
  weft[1].drop_link(before);
  weft[1].bus().lose(true);  // its answer is late
  const auto after = weft[2].connect();
  weft[2].say(after, Json::array({0, {{"client", "a"}}}));
  weft.advance(milliseconds(100));
  EXPECT_TRUE(weft[2].take(after).empty()) << "the first answer is not enough";
  weft[1].bus().lose(false);
  weft[1].bus().ask();
  weft.advance(milliseconds(100));
  const auto welcome = weft[2].take(after, kWelcome);
  ASSERT_EQ(welcome.size(), 1U);
  EXPECT_EQ(welcome[0][1]["actor"], actor);
  EXPECT_TRUE(weft[0].take(watcher, kPresence).empty());
}

TEST_F(ClusterTest, I3APeerThatDoesNotAnswerDelaysTheOpeningOnlyShortly) {
  weft_.join(0, "a");
  weft_[0].bus().lose(true);
  const auto bob = weft_[1].connect();
  weft_[1].say(bob, Json::array({0, {{"client", "b"}}}));
  weft_.advance(milliseconds(200));
  EXPECT_TRUE(weft_[1].take(bob).empty());
  weft_.advance(milliseconds(100));
  EXPECT_EQ(weft_[1].take(bob, kWelcome).size(), 1U);
}

TEST_F(ClusterTest, I5EventsReachEverybodyElsewhereOnceInOrder) {
  const auto ada = weft_.join(0, "a");
  const auto actor = actor_of(0, ada);
  const auto bob = weft_.join(1, "b");
  const auto cy = weft_.join(1, "c");
  quiet();
  for (int i = 0; i < 5; ++i) weft_[0].say(ada, Json::array({4, "wave", i}));
  weft_.advance(milliseconds(100));
  for (const auto session : {bob, cy}) {
    const auto seen = weft_[1].take(session, kEvent);
    ASSERT_EQ(seen.size(), 5U);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(seen[i], Json::array({4, actor, "wave", i}));
  }
  EXPECT_TRUE(weft_[0].take(ada, kEvent).empty());
}

TEST_F(ClusterTest, I1OneBatchATickAndNoneWithoutPeers) {
  const auto ada = weft_.join(0, "a");
  const auto cy = weft_.join(0, "c");
  quiet();
  weft_[0].say(ada, {1, 1, 1});
  weft_[0].say(ada, Json::array({4, "wave", 1}));
  weft_.advance(seconds(1));
  EXPECT_EQ(weft_[0].bus().published(), 0U) << "nobody listens";
  const auto bob = weft_.join(1, "b");
  quiet();
  weft_[0].say(ada, {1, 2, 2});
  weft_[0].say(cy, {1, 3, 3});
  weft_[0].say(cy, Json::array({2, {{"k", 1}}}));
  weft_[0].say(ada, Json::array({4, "wave", 1}));
  weft_.settle();
  EXPECT_EQ(weft_[0].bus().published(), 1U);
  EXPECT_EQ(weft_[1].bus().published(), 0U) << "what was heard is not said again";
  weft_.advance(seconds(1));
  EXPECT_EQ(weft_[0].bus().published(), 1U) << "nothing changed";
  weft_[1].leave(bob);
  quiet();
  weft_[0].say(ada, {1, 4, 4});
  weft_.advance(seconds(1));
  EXPECT_EQ(weft_[0].bus().published(), 0U) << "nobody listens any more";
}

TEST_F(ClusterTest, I2SayingEverythingAgainTellsNobodyAnything) {
  const auto ada = weft_.join(0, "a", {{"presence", {{"b", 1}, {"a", {{"x", 1}}}}}});
  const auto bob = weft_.join(1, "b");
  weft_[0].say(ada, {1, 5, 6});
  quiet();
  weft_[0].bus().ask();
  weft_[0].bus().listener().bus_ready("try");
  weft_.advance(seconds(1));
  EXPECT_EQ(weft_[0].bus().published(), 1U);
  EXPECT_TRUE(weft_[1].take(bob).empty());
}

TEST_F(ClusterTest, I2AFullBatchHealsWhatWasLost) {
  const auto ada = weft_.join(0, "a");
  const auto ada_actor = actor_of(0, ada);
  const auto cy = weft_.join(0, "c");
  const auto cy_actor = actor_of(0, cy);
  const auto bob = weft_.join(1, "b");
  weft_[0].say(ada, {1, 5, 6});
  quiet();
  weft_[0].bus().lose(true);
  weft_[0].say(ada, {1, nullptr});
  weft_[0].say(ada, Json::array({2, {{"k", 1}}}));
  const auto dan = weft_.join(0, "d");
  const auto dan_actor = actor_of(0, dan);
  weft_[0].leave(cy);
  weft_.advance(seconds(1));
  EXPECT_TRUE(weft_[1].take(bob).empty());
  weft_[0].bus().lose(false);
  weft_[0].bus().ask();
  weft_.advance(milliseconds(40));
  const auto messages = weft_[1].take(bob);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0][1]["update"], Json::array({Json::array({ada_actor, {{"k", 1}}})}));
  EXPECT_EQ(messages[0][1]["join"][0][0], dan_actor);
  EXPECT_FALSE(messages[0][1].contains("leave"));
  EXPECT_EQ(messages[1][2], Json::array({Json::array({ada_actor})}));
  weft_.advance(seconds(3));
  const auto later = weft_[1].take(bob, kPresence);
  ASSERT_EQ(later.size(), 1U) << "R22: who is not named any more";
  EXPECT_EQ(later[0][1]["leave"], Json::array({Json::array({cy_actor, "left"})}));
}

TEST_F(ClusterTest, R20ATakeOverOfALiveSessionElsewhereIsSeenByNobody) {
  const auto first = weft_.join(0, "a");
  const auto actor = actor_of(0, first);
  const auto watcher = weft_.join(0, "w");
  const auto other = weft_.join(1, "o");
  weft_[0].say(first, {1, 5, 6});
  quiet();
  const auto second = weft_.join(1, "a");
  EXPECT_EQ(actor_of(1, second), actor);
  EXPECT_EQ(weft_[0].closed_with(first), CloseCode::replaced);
  weft_[1].say(second, {1, 7, 8});
  weft_.advance(milliseconds(40));
  const auto seen = weft_[0].take(watcher);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0][2], Json::array({Json::array({actor, 7, 8})}));
  EXPECT_FALSE(is_seen(1, other));
  // And back again, as often as it likes.
  const auto third = weft_.join(0, "a");
  EXPECT_EQ(actor_of(0, third), actor);
  EXPECT_EQ(weft_[1].closed_with(second), CloseCode::replaced);
  weft_.advance(seconds(30));
  EXPECT_FALSE(is_seen(0, watcher));
  EXPECT_FALSE(is_seen(1, other));
  weft_[0].leave(third);
  weft_.advance(milliseconds(40));
  EXPECT_EQ(weft_[0].take(watcher, kPresence).at(0)[1]["leave"],
            Json::array({Json::array({actor, "left"})}));
}

TEST_F(ClusterTest, R20TwoTakeOversAtOnceLeaveOneSession) {
  weft_.start();
  const auto watcher = weft_.join(0, "w");
  const auto first = weft_.join(0, "a");
  const auto actor = actor_of(0, first);
  weft_.join(1, "x");
  weft_.join(2, "y");
  weft_[0].drop_link(first);
  quiet();
  const auto second = weft_[1].connect();
  const auto third = weft_[2].connect();
  weft_[1].say(second, Json::array({0, {{"client", "a"}}}));
  weft_[2].say(third, Json::array({0, {{"client", "a"}}}));
  weft_.advance(seconds(30));
  EXPECT_FALSE(is_seen(0, watcher));
  EXPECT_EQ(weft_[1].closed_with(second), CloseCode::internal) << "and may come back";
  EXPECT_FALSE(weft_[2].closed_with(third));
  EXPECT_EQ(actor_of(2, third), actor);
  EXPECT_EQ(people_seen_by_newcomer(1, "z"), 4U);
}

TEST_F(ClusterTest, R20ALostTakeOverIsToldAgain) {
  const auto first = weft_.join(0, "a");
  const auto actor = actor_of(0, first);
  const auto watcher = weft_.join(0, "w");
  weft_.join(1, "x");
  quiet();
  weft_[1].bus().lose(true);
  const auto second = weft_.join(1, "a");
  weft_.advance(seconds(1));
  EXPECT_FALSE(weft_[0].closed_with(first));
  weft_[0].bus().ask();  // an older claim is told once more
  weft_.advance(milliseconds(40));
  EXPECT_FALSE(weft_[1].closed_with(second));
  weft_[1].bus().lose(false);
  weft_[1].bus().ask();
  weft_.advance(milliseconds(40));
  EXPECT_EQ(weft_[0].closed_with(first), CloseCode::replaced);
  EXPECT_EQ(actor_of(1, second), actor);
  EXPECT_FALSE(is_seen(0, watcher));
}

TEST_F(ClusterTest, R21AClientThatTwoInstancesLetInBecomesOne) {
  const auto first = weft_.join(0, "a");
  weft_.join(1, "x");
  weft_[0].drop_link(first);
  weft_[0].bus().lose(true);
  weft_[1].bus().lose(true);
  weft_[1].bus().listener().bus_peer_gone("try", weft_[0].bus().self(), bus::PeerEnd::dead);
  const auto second = weft_.join(1, "a");
  weft_[0].bus().lose(false);
  weft_[1].bus().lose(false);
  weft_[0].bus().ask();
  weft_[1].bus().ask();
  weft_.advance(milliseconds(40));
  EXPECT_FALSE(weft_[1].closed_with(second));
  EXPECT_EQ(people_seen_by_newcomer(1, "z"), 2U);
  EXPECT_EQ(weft_[0].router().room_count(), 0U);
}

TEST_F(ClusterTest, I10R23ADrainingInstanceLeavesNoTraceWhenItsPeopleReturn) {
  const auto ada = weft_.join(0, "a", {{"presence", {{"mood", "calm"}}}});
  const auto actor = actor_of(0, ada);
  weft_[0].say(ada, {1, 5, 6});
  const auto watcher = weft_.join(1, "w");
  quiet();
  weft_[0].router().drain(weft_[0].now(), milliseconds(0));
  weft_.advance(milliseconds(100));
  EXPECT_EQ(weft_[0].closed_with(ada), CloseCode::draining);
  weft_[0].router().shut_down(weft_[0].now());
  weft_[0].die();
  weft_.advance(seconds(2));
  EXPECT_FALSE(is_seen(1, watcher));
  const auto again = weft_.join(1, "a");
  const auto messages = weft_[1].take(again);
  EXPECT_EQ(actor_in(messages), actor);
  EXPECT_EQ(messages[1][1]["join"][0][2], Json({{"mood", "calm"}}));
  weft_.advance(seconds(30));
  EXPECT_FALSE(is_seen(1, watcher));
}

TEST_F(ClusterTest, R23WhoDoesNotReturnFromADrainingInstanceIsLost) {
  const auto ada = weft_.join(0, "a");
  const auto actor = actor_of(0, ada);
  const auto watcher = weft_.join(1, "w");
  weft_.start();
  const auto other = weft_.join(2, "o");
  quiet();
  weft_[0].router().shut_down(weft_[0].now());
  weft_[0].die();
  weft_.advance(seconds(9));
  EXPECT_FALSE(is_seen(1, watcher));
  EXPECT_FALSE(is_seen(2, other));
  weft_.advance(seconds(2));
  for (const auto& [instance, session] : {std::pair(1, watcher), std::pair(2, other)}) {
    const auto seen = weft_[instance].take(session, kPresence);
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0][1]["leave"], Json::array({Json::array({actor, "lost"})}));
  }
}

TEST_F(ClusterTest, R24PeopleOfADeadInstanceAreLostAtOnceAndKeptForTheRecords) {
  const auto ada = weft_.join(0, "a", {{"presence", {{"mood", "calm"}}}});
  const auto actor = actor_of(0, ada);
  weft_[0].say(ada, {1, 5, 6});
  const auto watcher = weft_.join(1, "w");
  quiet();
  weft_[0].die();
  weft_.settle();
  const auto seen = weft_[1].take(watcher, kPresence);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0][1]["leave"], Json::array({Json::array({actor, "lost"})}));
  ASSERT_EQ(weft_[1].departures().size(), 1U);
  EXPECT_EQ(weft_[1].departures()[0].second.presence, Bytes("\x81\xa4mood\xa4"
                                                            "calm"));
  EXPECT_EQ(people_seen_by_newcomer(1, "z"), 1U);
}

TEST_F(ClusterTest, I7NonsenseChangesNothingAndIsSaidOnce) {
  weft_.join(0, "a");
  const auto bob = weft_.join(1, "b");
  quiet();
  static_cast<void>(weft_[1].take_notices());
  for (int i = 0; i < 3; ++i) {
    weft_[1].bus().listener().bus_received("try", weft_[0].bus().self(), "\xc1 nonsense");
  }
  weft_.advance(seconds(1));
  EXPECT_EQ(weft_[1].take_notices().size(), 1U);
  EXPECT_TRUE(weft_[1].take(bob).empty());
  EXPECT_FALSE(weft_[1].closed_with(bob));
}

TEST_F(ClusterTest, I9TheLimitCountsPeopleOfAllInstances) {
  router::RouterConfig config;
  config.room.sessions_max = 2;
  ClusterHarness weft(2, config);
  weft.join(0, "a");
  const auto bob = weft.join(1, "b");
  const auto cy = weft.join(1, "c");
  EXPECT_FALSE(weft[1].closed_with(bob));
  EXPECT_EQ(weft[1].closed_with(cy), CloseCode::canvas_full);
}

TEST_F(ClusterTest, I10ARoomOnItsOwnTellsNobody) {
  weft_.join(0, "a");
  weft_[0].router().shut_down(weft_[0].now());
  EXPECT_EQ(weft_[0].bus().published(), 0U);
  EXPECT_EQ(weft_[0].departures().size(), 1U);
}

TEST_F(ClusterTest, AViewerHearsOfOthersWhoAreFarAway) {
  const auto ada = weft_.join(0, "a");
  const auto bob = weft_.join(1, "b");
  weft_[1].say(bob, Json::array({5, Json::array({0, 0, 10, 10})}));
  quiet();
  weft_[0].say(ada, {1, 5, 5});
  weft_.advance(milliseconds(20));
  EXPECT_EQ(weft_[1].take(bob, kCursors).size(), 1U);
  weft_[0].say(ada, {1, 500, 500});
  weft_.advance(milliseconds(20));
  EXPECT_EQ(weft_[1].take(bob, kCursors).size(), 1U) << "it leaves the view";
  weft_[0].say(ada, {1, 501, 501});
  weft_.advance(milliseconds(20));
  EXPECT_TRUE(weft_[1].take(bob, kCursors).empty());
}

}  // namespace
}  // namespace weft::router
