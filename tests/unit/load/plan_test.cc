// SPDX-License-Identifier: Apache-2.0
#include "load/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>

namespace weft::load {
namespace {

using testing::HasSubstr;

Plan good() {
  Plan plan;
  plan.targets = {{"127.0.0.1", "8080"}};
  return plan;
}

TEST(Plan, TakesUrlsOfServers) {
  const std::map<std::string, std::string> authorities = {
      {"ws://127.0.0.1:8080", "127.0.0.1:8080"},
      {"http://localhost:1/", "localhost:1"},
      {"ws://[::1]:9000", "[::1]:9000"},
      {"ws://weft.example", "weft.example:80"},
      {"ws://[::1]", "[::1]:80"},
  };
  for (const auto& [url, authority] : authorities) {
    const auto target = parse_target(url);
    ASSERT_TRUE(target) << url;
    EXPECT_EQ(target->authority(), authority);
  }
}

TEST(Plan, SaysWhatIsWrongWithAUrl) {
  for (const std::string url :
       {"", "127.0.0.1:8080", "ws://", "ws://:80", "ws://h:0", "ws://h:65536", "ws://h:80/path",
        "ws://h/path", "ws://[::1", "ws://h:8x", "ws://a b"}) {
    const auto target = parse_target(url);
    ASSERT_FALSE(target) << url;
    EXPECT_THAT(target.error(), HasSubstr("--url is \"" + url + "\" but"));
  }
  EXPECT_THAT(parse_target("wss://h").error(), HasSubstr("TLS"));
}

TEST(Plan, EveryBoundIsNamedInItsRefusal) {
  EXPECT_EQ(check(good()), "");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::pair<std::string, std::function<void(Plan&)>>> cases = {
      {"--url", [](Plan& plan) { plan.targets.clear(); }},
      {"--rooms is 0", [](Plan& plan) { plan.rooms = 0; }},
      {"--people is 0", [](Plan& plan) { plan.people = 0; }},
      {"--rooms times --people", [](Plan& plan) { plan.rooms = plan.people = 1'000; }},
      {"--rooms is", [](Plan& plan) { plan.rooms = std::numeric_limits<std::size_t>::max(); }},
      {"--movers is 101", [](Plan& plan) { plan.movers = 101; }},
      {"--movers is for",
       [](Plan& plan) {
         plan.movers = 1;
         plan.scenario = Scenario::idle;
       }},
      {"--listeners is 101", [](Plan& plan) { plan.listeners = 101; }},
      {"--listeners is for",
       [](Plan& plan) {
         plan.listeners = 1;
         plan.scenario = Scenario::concepts;
       }},
      {"--in-flight is 257",
       [](Plan& plan) {
         plan.in_flight = 257;
         plan.scenario = Scenario::concepts;
       }},
      {"--in-flight is for", [](Plan& plan) { plan.in_flight = 1; }},
      {"--rate is 1001", [](Plan& plan) { plan.rate = 1'001; }},
      {"--rate", [nan](Plan& plan) { plan.rate = nan; }},
      {"--seconds is 0", [](Plan& plan) { plan.seconds = 0; }},
      {"--seconds is 3601", [](Plan& plan) { plan.seconds = 3'601; }},
      {"--warmup", [](Plan& plan) { plan.warmup_seconds = -1; }},
      {"--step-ms", [](Plan& plan) { plan.step_ms = 1'001; }},
      {"--entities", [](Plan& plan) { plan.entities = 50'001; }},
      {"--plane is 257 but must be from 0 to 256", [](Plan& plan) { plan.plane = 257; }},
      {"--stalled-share is 1.5", [](Plan& plan) { plan.stalled_share = 1.5; }},
      {"--threads", [](Plan& plan) { plan.threads = 65; }},
      {"--canvas-prefix", [](Plan& plan) { plan.canvas_prefix = "a/b"; }},
      {"--canvas-prefix", [](Plan& plan) { plan.canvas_prefix = std::string(65, 'x'); }},
      {"--pid", [](Plan& plan) { plan.watched = {{"server", 0}}; }},
  };
  for (const auto& [words, spoil] : cases) {
    Plan plan = good();
    spoil(plan);
    EXPECT_THAT(check(plan), HasSubstr(words));
  }
}

TEST(Plan, SpreadsEachRoomOverAllTargets) {
  Plan plan = good();
  plan.targets.resize(3, plan.targets[0]);
  for (const std::size_t rooms : {1U, 2U, 3U, 6U, 7U}) {
    plan.rooms = rooms;
    plan.people = 9;
    std::map<std::size_t, std::map<std::size_t, int>> people;  // room, target
    for (std::size_t i = 0; i < plan.people_total(); ++i)
      ++people[plan.room_of(i)][plan.target_of(i)];
    EXPECT_EQ(people.size(), rooms);
    for (const auto& [room, by_target] : people) {
      EXPECT_EQ(by_target.size(), 3U) << rooms << " rooms, room " << room;
    }
  }
}

TEST(Plan, StallsTheGivenShareOfEachRoom) {
  Plan plan = good();
  plan.scenario = Scenario::stalled;
  plan.rooms = 3;
  plan.people = 20;
  plan.stalled_share = 0.1;
  std::map<std::size_t, int> stalled;
  for (std::size_t i = 0; i < plan.people_total(); ++i)
    stalled[plan.room_of(i)] += plan.is_stalled(i);
  for (const auto& [room, count] : stalled) EXPECT_EQ(count, 2);
  plan.scenario = Scenario::cursors;
  EXPECT_FALSE(plan.is_stalled(0));
}

TEST(Plan, AsManyMoveAndListenInEachRoomAsItSays) {
  Plan plan = good();
  plan.rooms = 3;
  plan.people = 20;
  for (std::size_t i = 0; i < plan.people_total(); ++i) {
    EXPECT_TRUE(plan.is_doer(i) && plan.listens(i)) << "everybody does by default";
  }
  EXPECT_EQ(plan.listeners_per_room(), 20U);
  plan.movers = 4;
  plan.listeners = 7;
  std::map<std::size_t, int> movers;
  std::map<std::size_t, int> listeners;
  for (std::size_t i = 0; i < plan.people_total(); ++i) {
    movers[plan.room_of(i)] += plan.is_doer(i) ? 1 : 0;
    listeners[plan.room_of(i)] += plan.listens(i) ? 1 : 0;
  }
  for (const auto& [room, count] : movers) EXPECT_EQ(count, 4) << room;
  for (const auto& [room, count] : listeners) EXPECT_EQ(count, 7) << room;
  EXPECT_EQ(plan.listeners_per_room(), 7U);
}

TEST(Plan, WhoStallsNeitherActsNorListens) {
  Plan plan = good();
  plan.scenario = Scenario::stalled;
  plan.people = 20;
  plan.stalled_share = 0.5;
  EXPECT_FALSE(plan.is_doer(0) || plan.listens(0));
  EXPECT_TRUE(plan.is_doer(10) && plan.listens(10));
  EXPECT_EQ(plan.listeners_per_room(), 10U);
}

TEST(Plan, AudienceIsWhoReadsAndSees) {
  Plan plan = good();
  plan.rooms = 2;
  plan.people = 20;
  EXPECT_EQ(plan.audience_of(7), 19U);
  plan.scenario = Scenario::stalled;
  plan.stalled_share = 0.1;
  EXPECT_EQ(plan.audience_of(39), 17U);
  plan.scenario = Scenario::cursors;
  plan.plane = 4;  // 16 squares; the first four have two people each
  EXPECT_EQ(plan.audience_of(0), 6U - 1) << "a corner: four squares, of which two have two";
  EXPECT_EQ(plan.audience_of(2 * 5), 12U - 1) << "nine squares, of which three have two";
}

TEST(Plan, NamesAndTokensAreOnesOwn) {
  Plan plan = good();
  std::set<std::string> names;
  for (std::uint64_t seed : {1U, 2U}) {
    plan.seed = seed;
    for (std::size_t i = 0; i < 5; ++i) names.insert(plan.client_of(i));
  }
  EXPECT_EQ(names.size(), 10U);
  EXPECT_EQ(plan.token_of(3), "");
  plan.tokens = {"one"};
  EXPECT_EQ(plan.token_of(3), "one");
  plan.tokens = {"a", "b", "c", "d"};
  EXPECT_EQ(plan.token_of(3), "d");
}

TEST(Plan, KnowsItsScenariosByName) {
  for (const Scenario scenario :
       {Scenario::cursors, Scenario::concepts, Scenario::join, Scenario::idle, Scenario::stalled}) {
    EXPECT_EQ(parse_scenario(name_of(scenario)), scenario);
  }
  EXPECT_FALSE(parse_scenario("cursor"));
}

}  // namespace
}  // namespace weft::load
