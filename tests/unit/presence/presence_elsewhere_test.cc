// SPDX-License-Identifier: Apache-2.0
// What instances make of what they tell each other of their people.
#include "presence/presence_room.h"
#include "unit/presence/presence_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weft::presence {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

User user_of(const std::string& client) {
  return {.id = "u-" + client, .name = "Name", .color = "", .avatar = ""};
}

/// What one instance has told, owned.
struct Told {
  std::deque<std::pair<Statement, Bytes>> statements;  // each with the bytes of its presence
  std::vector<Farewell> farewells;
  bool is_everything = false;
};

/// One room on some instances, whose words to each other the test carries as it likes.
class PresenceElsewhere : public testing::Test {
 protected:
  static constexpr std::size_t kInstances = 3;

  static InstanceId id(std::size_t instance) { return {instance + 1}; }
  PresenceRoom& room(std::size_t instance) { return rooms_[instance]; }

  void join(std::size_t instance, std::uint64_t actor, const std::string& client,
            const Json& presence = Json::object()) {
    ASSERT_TRUE(
        room(instance).join({actor}, client, user_of(client), to_raw(presence), now_).has_value());
  }
  void rejoin(std::size_t instance, std::uint64_t actor, const std::string& client,
              const Json& patch = Json::object()) {
    ASSERT_TRUE(room(instance).rejoin({actor}, user_of(client), to_raw(patch), now_).has_value());
  }
  Told tell(std::size_t instance, bool everything = false) {
    Told told;
    told.is_everything = everything;
    const auto note = [&told](const auto& said) {
      if constexpr (std::is_same_v<std::decay_t<decltype(said)>, Farewell>) {
        told.farewells.push_back(said);
      } else {
        told.statements.emplace_back(said, Bytes(said.presence));
        told.statements.back().first.presence = told.statements.back().second;
      }
    };
    if (everything) {
      room(instance).publish_everyone(note);
    } else {
      room(instance).publish_changes(note);
    }
    return told;
  }
  void hear(std::size_t instance, std::size_t speaker, const Told& told) {
    std::vector<ActorId> actors;
    for (const auto& [said, presence] : told.statements) {
      EXPECT_TRUE(room(instance).hear(id(speaker), said, now_, ousted_[instance]));
      actors.push_back(said.actor);
    }
    for (const Farewell& said : told.farewells) {
      room(instance).hear_farewell(id(speaker), said, now_);
    }
    std::ranges::sort(actors);
    if (told.is_everything) room(instance).hear_all(id(speaker), actors, now_);
  }
  /// Everybody tells everybody else what changed, until nobody has anything to tell.
  void talk() {
    for (bool busy = true; busy;) {
      busy = false;
      for (std::size_t from = 0; from < kInstances; ++from) {
        if (from == stopped_ || !room(from).has_untold_others()) continue;
        busy = true;
        const Told told = tell(from);
        for (std::size_t to = 0; to < kInstances; ++to) {
          if (to != from && to != stopped_) hear(to, from, told);
        }
      }
    }
  }
  /// The instance says no more and hears no more; the others are told that it drains.
  void drain(std::size_t instance) {
    stopped_ = instance;
    for (std::size_t i = 0; i < kInstances; ++i) {
      if (i != instance) room(i).adopt_people_of(id(instance), now_);
    }
  }
  void settle() {
    talk();
    for (auto& one : rooms_) take_changes(one);
  }
  void pass(milliseconds time) {
    now_ += time;
    for (auto& one : rooms_) one.advance(now_);
  }
  Json changes(std::size_t instance) { return take_changes(room(instance)); }
  Json everyone(std::size_t instance) { return everyone_in(room(instance)); }
  std::vector<std::uint64_t> ousted(std::size_t instance) {
    std::vector<std::uint64_t> actors;
    for (const Ousted& one : std::exchange(ousted_[instance], {})) {
      actors.push_back(one.actor.value);
    }
    return actors;
  }

  PresenceConfig config_;
  PresenceRoom rooms_[kInstances] = {PresenceRoom(config_, id(0)), PresenceRoom(config_, id(1)),
                                     PresenceRoom(config_, id(2))};
  std::vector<Ousted> ousted_[kInstances];
  std::size_t stopped_ = kInstances;  // nobody
  Instant now_ = Instant{} + seconds(1000);
};

TEST_F(PresenceElsewhere, WithoutPeersNothingIsKeptForThemAndWhoComesIsToldEverything) {
  room(0).set_has_peers(false);
  join(0, 1, "a");
  join(0, 2, "b");
  room(0).leave({2}, LeaveReason::left);
  EXPECT_FALSE(room(0).has_untold_others());
  room(0).set_has_peers(true);
  EXPECT_FALSE(room(0).has_untold_others());
  const Told told = tell(0, true);
  ASSERT_EQ(told.statements.size(), 1U);
  EXPECT_TRUE(told.farewells.empty());
  join(0, 3, "c");
  EXPECT_TRUE(room(0).has_untold_others());
  room(0).set_has_peers(false);
  EXPECT_FALSE(room(0).has_untold_others());
}

TEST_F(PresenceElsewhere, R19PeopleOfOthersAreToldLikeOnesOwn) {
  join(0, 1, "a", {{"mood", "calm"}});
  talk();
  const Json told = changes(1);
  ASSERT_EQ(told["join"].size(), 1U);
  EXPECT_EQ(told["join"][0][0], 1);
  EXPECT_EQ(told["join"][0][2], Json({{"mood", "calm"}}));
  EXPECT_EQ(room(1).size(), 1U);
  EXPECT_EQ(room(1).own_size(), 0U);
  EXPECT_TRUE(room(1).is_elsewhere({1}));
  EXPECT_EQ(room(0).own_size(), 1U);

  ASSERT_TRUE(room(0).patch({1}, to_raw({{"mood", "busy"}}), now_));
  talk();
  EXPECT_EQ(changes(1), Json({{"update", {{1, {{"mood", "busy"}}}}}}));
  room(0).leave({1}, LeaveReason::kicked);
  talk();
  EXPECT_EQ(changes(1), Json({{"leave", {{1, "kicked"}}}}));
  EXPECT_EQ(room(1).size(), 0U);
}

TEST_F(PresenceElsewhere, R19WhatIsSaidAgainTellsNobodyAnything) {
  join(0, 1, "a", {{"b", 1}, {"a", 2}});
  settle();
  hear(1, 0, tell(0, true));
  hear(1, 0, tell(0, true));
  EXPECT_FALSE(room(1).has_changes());
  EXPECT_FALSE(room(1).has_untold_others()) << "what others say is not said again";
}

TEST_F(PresenceElsewhere, R19TimeDoesNotRunForPeopleOfOthers) {
  join(0, 1, "a");
  settle();
  EXPECT_FALSE(room(1).next_deadline());
  room(1).advance(now_ + config_.idle_after * 2);
  EXPECT_FALSE(room(1).has_changes());
  pass(config_.idle_after);
  talk();
  EXPECT_EQ(changes(1), Json({{"activity", {{1, "idle"}}}}));
}

TEST_F(PresenceElsewhere, R20WhoArrivesElsewhereKeepsTheActorAndNobodySeesIt) {
  join(0, 1, "a", {{"mood", "calm"}});
  settle();
  EXPECT_EQ(room(1).actor_of("a", "u-a"), ActorId{1});
  rejoin(1, 1, "a");
  settle();
  EXPECT_EQ(ousted(0), std::vector<std::uint64_t>{1}) << "its session there is over";
  for (std::size_t i = 0; i < kInstances; ++i) {
    EXPECT_FALSE(room(i).has_changes());
    EXPECT_EQ(room(i).own_size(), i == 1 ? 1U : 0U);
    EXPECT_EQ(everyone(i)["join"].size(), 1U);
  }
  pass(config_.grace * 2);
  for (auto& one : rooms_) EXPECT_FALSE(one.has_changes());
  // Its new instance is the one that tells of it.
  room(0).leave({1}, LeaveReason::left);
  EXPECT_TRUE(room(0).is_here({1}));
  room(1).leave({1}, LeaveReason::left);
  talk();
  EXPECT_EQ(changes(0), Json({{"leave", {{1, "left"}}}}));
  EXPECT_EQ(changes(2), Json({{"leave", {{1, "left"}}}}));
}

TEST_F(PresenceElsewhere, R20SomebodyInGraceIsJustForgotten) {
  join(0, 1, "a");
  room(0).note_lost({1}, now_);
  settle();
  rejoin(1, 1, "a");
  settle();
  EXPECT_TRUE(ousted(0).empty());
  pass(config_.grace * 2);
  settle();
  for (std::size_t i = 0; i < kInstances; ++i) EXPECT_EQ(everyone(i)["join"].size(), 1U);
  EXPECT_TRUE(room(0).take_departed().empty());
}

TEST_F(PresenceElsewhere, R20AnOlderClaimIsIgnoredInWhateverOrder) {
  join(0, 1, "a");
  const Told old = tell(0, true);
  hear(1, 0, old);
  hear(2, 0, old);
  rejoin(1, 1, "a", {{"new", true}});
  const Told taken = tell(1, true);
  hear(2, 1, taken);
  hear(2, 0, old);
  hear(2, 1, taken);
  hear(2, 0, old);
  hear(1, 0, old);
  hear(0, 1, taken);
  hear(0, 1, taken);
  settle();
  EXPECT_EQ(ousted(0), std::vector<std::uint64_t>{1});
  EXPECT_TRUE(ousted(1).empty());
  for (std::size_t i = 0; i < kInstances; ++i) {
    EXPECT_EQ(room(i).own_size(), i == 1 ? 1U : 0U);
    EXPECT_EQ(everyone(i)["join"][0][2], Json({{"new", true}}));
  }
}

TEST_F(PresenceElsewhere, R20OfTwoEqualClaimsTheHigherInstanceHasIt) {
  join(0, 1, "a");
  settle();
  rejoin(1, 1, "a");
  rejoin(2, 1, "a");
  settle();
  EXPECT_EQ(room(0).own_size() + room(1).own_size(), 0U);
  EXPECT_EQ(room(2).own_size(), 1U);
  ASSERT_EQ(ousted_[1].size(), 1U);
  EXPECT_TRUE(ousted_[1][0].is_dispute) << "nobody knows which session is the newer one";
  ASSERT_EQ(ousted_[0].size(), 1U);
  EXPECT_FALSE(ousted_[0][0].is_dispute);
  pass(config_.grace * 2);
  settle();
  for (std::size_t i = 0; i < kInstances; ++i) EXPECT_EQ(everyone(i)["join"].size(), 1U);
}

TEST_F(PresenceElsewhere, R20OfTwoEqualClaimsAConnectedOneIsBetterThanOneInGrace) {
  join(0, 1, "a");
  settle();
  rejoin(2, 1, "a");
  room(2).note_lost({1}, now_);
  const Told from_two = tell(2);
  rejoin(1, 1, "a");
  const Told from_one = tell(1);
  hear(0, 2, from_two);
  hear(0, 1, from_one);
  hear(1, 2, from_two);
  hear(2, 1, from_one);
  settle();
  EXPECT_TRUE(ousted(1).empty());
  EXPECT_EQ(room(1).own_size(), 1U);
  EXPECT_EQ(room(0).own_size() + room(2).own_size(), 0U);
  pass(config_.grace * 2);
  settle();
  for (std::size_t i = 0; i < kInstances; ++i) EXPECT_EQ(everyone(i)["join"].size(), 1U);
}

TEST_F(PresenceElsewhere, R20ActivityAndPresenceComeAlong) {
  join(0, 1, "a", {{"away", true}, {"mood", "calm"}});
  join(0, 2, "b");
  pass(config_.idle_after);
  settle();
  rejoin(1, 1, "a");
  rejoin(1, 2, "b");
  settle();
  for (std::size_t i = 0; i < kInstances; ++i) {
    EXPECT_EQ(everyone(i)["join"][0][3], "away");
    EXPECT_EQ(everyone(i)["join"][0][2], Json({{"mood", "calm"}}));
    EXPECT_EQ(everyone(i)["join"][1][3], "idle");
  }
  room(1).note_input({2}, now_);
  talk();
  EXPECT_EQ(changes(0), Json({{"activity", {{2, "active"}}}}));
}

TEST_F(PresenceElsewhere, R21AClientUnderTwoActorsKeepsTheNewerOne) {
  join(0, 1, "a");
  join(1, 7, "a");
  settle();
  EXPECT_EQ(ousted_[0].size(), 1U);
  EXPECT_TRUE(ousted_[0][0].is_dispute);
  EXPECT_TRUE(ousted(1).empty());
  for (std::size_t i = 0; i < kInstances; ++i) {
    ASSERT_EQ(everyone(i)["join"].size(), 1U);
    EXPECT_EQ(everyone(i)["join"][0][0], 7);
  }
}

TEST_F(PresenceElsewhere, R21AnActorInGraceGivesWayToAConnectedOne) {
  join(0, 7, "a");
  room(0).note_lost({7}, now_);
  settle();
  join(1, 1, "a");  // an instance that does not know of the other one
  talk();
  EXPECT_EQ(changes(0)["leave"], Json({{7, "replaced"}}));
  EXPECT_TRUE(ousted(0).empty());
  changes(2);
  for (auto& one : rooms_) EXPECT_EQ(one.size(), 1U);
}

TEST_F(PresenceElsewhere, R21AnotherUserWithTheSameClientIsSomebodyElse) {
  join(0, 1, "a");
  ASSERT_TRUE(room(1).join({7}, "a", user_of("b"), {}, now_).has_value());
  settle();
  for (std::size_t i = 0; i < kInstances; ++i) EXPECT_EQ(room(i).size(), 2U);
}

TEST_F(PresenceElsewhere, R22WhoIsNotNamedAnyMoreLeavesUnlessSomebodyElseNamesThem) {
  join(0, 1, "a");
  join(0, 2, "b");
  settle();
  room(0).leave({1}, LeaveReason::left);
  tell(0);  // lost on its way
  rejoin(1, 2, "b");
  hear(0, 1, tell(1));
  tell(0);  // lost on its way, to 2 as well
  hear(2, 0, tell(0, true));
  EXPECT_FALSE(room(2).has_changes()) << "they may have been taken over";
  pass(kDoubtTime / 2);
  hear(2, 1, tell(1, true));
  pass(kDoubtTime);
  EXPECT_EQ(changes(2), Json({{"leave", {{1, "left"}}}}));
  EXPECT_TRUE(room(2).take_departed().empty()) << "their own instance has reported them";
}

TEST_F(PresenceElsewhere, R22WhoIsHandedOverAndNotNamedByAnybodyLeaves) {
  join(0, 1, "a");
  settle();
  rejoin(1, 1, "a");
  hear(0, 1, tell(1));  // and 2 never hears of it
  hear(2, 0, tell(0));
  EXPECT_FALSE(room(2).has_changes());
  pass(kDoubtTime);
  EXPECT_EQ(changes(2), Json({{"leave", {{1, "left"}}}}));
  hear(2, 1, tell(1, true));
  EXPECT_EQ(changes(2)["join"].size(), 1U) << "until it does";
}

TEST_F(PresenceElsewhere, R23PeopleOfADrainingInstanceKeepTheirPlace) {
  join(0, 1, "a");
  settle();
  drain(0);
  talk();
  EXPECT_FALSE(room(1).has_changes());
  EXPECT_FALSE(room(2).has_changes());
  EXPECT_EQ(room(1).own_size() + room(2).own_size(), 1U) << "one of them keeps it";
  pass(config_.grace / 2);
  rejoin(1, 1, "a");
  talk();
  pass(config_.grace);
  talk();
  EXPECT_FALSE(room(1).has_changes());
  EXPECT_FALSE(room(2).has_changes());
  EXPECT_EQ(room(1).own_size(), 1U);
  EXPECT_EQ(room(2).own_size(), 0U);
  EXPECT_TRUE(ousted(1).empty());
}

TEST_F(PresenceElsewhere, R23WhoReturnsBeforeThePlaceIsKeptHasIt) {
  join(0, 1, "a");
  settle();
  rejoin(1, 1, "a");
  drain(0);  // 2 has not heard of that
  talk();
  EXPECT_TRUE(ousted(1).empty());
  EXPECT_EQ(room(1).own_size(), 1U);
  EXPECT_EQ(room(2).own_size(), 0U);
}

TEST_F(PresenceElsewhere, R23WhoDoesNotReturnIsLost) {
  join(0, 1, "a");
  settle();
  drain(0);
  talk();
  pass(config_.grace);
  talk();
  EXPECT_EQ(changes(1), Json({{"leave", {{1, "lost"}}}}));
  EXPECT_EQ(changes(2), Json({{"leave", {{1, "lost"}}}}));
  EXPECT_EQ(room(1).take_departed().size() + room(2).take_departed().size(), 1U);
}

TEST_F(PresenceElsewhere, R24PeopleOfADeadInstanceAreLostAndReported) {
  join(0, 1, "a", {{"mood", "calm"}});
  join(1, 2, "b");
  settle();
  room(1).hear_death(id(0));
  EXPECT_EQ(changes(1), Json({{"leave", {{1, "lost"}}}}));
  const auto departed = room(1).take_departed();
  ASSERT_EQ(departed.size(), 1U);
  EXPECT_EQ(departed[0].user.id, "u-a");
  EXPECT_EQ(room(1).own_size(), 1U);
  EXPECT_EQ(room(1).take_left(), std::vector{ActorId{1}});
  EXPECT_TRUE(room(1).take_left().empty());
  hear(1, 0, tell(0, true));
  EXPECT_EQ(changes(1)["join"].size(), 1U) << "it was not dead";
}

TEST_F(PresenceElsewhere, R25WhatAnEarlierInstanceStillSaysOfSomebodyGoneIsOld) {
  join(0, 1, "a");
  settle();
  const Told old = tell(0, true);
  rejoin(1, 1, "a");
  hear(2, 1, tell(1));
  room(1).leave({1}, LeaveReason::left);
  hear(2, 1, tell(1));
  changes(2);
  hear(2, 0, old);
  EXPECT_FALSE(room(2).is_here({1}));
  hear(1, 0, old);
  EXPECT_FALSE(room(1).is_here({1}));
}

TEST_F(PresenceElsewhere, R26WhoLeavesIsReportedByTheirOwnInstance) {
  join(0, 1, "a");
  settle();
  room(0).leave({1}, LeaveReason::left);
  settle();
  EXPECT_EQ(room(0).take_departed().size(), 1U);
  EXPECT_TRUE(room(1).take_departed().empty());
  EXPECT_TRUE(room(2).take_departed().empty());
}

TEST_F(PresenceElsewhere, NonsenseIsRefused) {
  Statement said{.actor = {1}, .client = "a", .user = user_of("a"), .presence = "\xc1"};
  EXPECT_FALSE(room(0).hear(id(1), said, now_, ousted_[0]));
  said.presence = "\x80";
  EXPECT_FALSE(room(0).hear(id(0), said, now_, ousted_[0])) << "nobody else speaks as this one";
  said.client.clear();
  EXPECT_FALSE(room(0).hear(id(1), said, now_, ousted_[0]));
  said.client = "a";
  said.claim = UINT64_MAX;
  EXPECT_FALSE(room(0).hear(id(1), said, now_, ousted_[0]));
  EXPECT_EQ(room(0).size(), 0U);
}

}  // namespace
}  // namespace weft::presence
