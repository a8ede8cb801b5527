// SPDX-License-Identifier: Apache-2.0
#include "presence/presence_room.h"

#include "unit/presence/presence_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::presence {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

User user_of(std::uint64_t actor) {
  return {.id = "u" + std::to_string(actor),
          .name = "Name " + std::to_string(actor),
          .color = "",
          .avatar = ""};
}

Json user_json(const User& user) {
  return {{"id", user.id}, {"name", user.name}};
}

ClientId client_of(std::uint64_t actor) {
  return "c" + std::to_string(actor);
}

/// What a join of `actor` looks like on the wire.
Json join_json(std::uint64_t actor, const Json& presence = Json::object(),
               std::string_view activity = "active") {
  return {actor, user_json(user_of(actor)), presence, activity};
}

/// A room with manual time. Deeds move no time; pass() does, and lets it come to pass.
class PresenceRoomTest : public testing::Test {
 protected:
  [[nodiscard]] bool join(std::uint64_t actor, const Json& presence = Json::object()) {
    return room_.join({actor}, client_of(actor), user_of(actor), to_raw(presence), now_)
        .has_value();
  }
  [[nodiscard]] bool rejoin(std::uint64_t actor, const Json& patch = Json::object()) {
    return room_.rejoin({actor}, user_of(actor), to_raw(patch), now_).has_value();
  }
  [[nodiscard]] bool patch(std::uint64_t actor, const Json& patch) {
    return room_.patch({actor}, to_raw(patch), now_).has_value();
  }
  void pass(milliseconds time) {
    now_ += time;
    room_.advance(now_);
  }
  /// Joins `actor` and lets everybody hear of it.
  void settle(std::uint64_t actor, const Json& presence = Json::object()) {
    ASSERT_TRUE(join(actor, presence));
    take_changes(room_);
  }
  Json changes() { return take_changes(room_); }
  Json everyone() { return everyone_in(room_); }

  PresenceConfig config_;
  PresenceRoom room_{config_};
  Instant now_ = Instant{} + seconds(1000);
};

TEST_F(PresenceRoomTest, R1NewcomerGetsEveryoneInOneMessage) {
  settle(2, {{"color", "red"}});
  settle(1);
  EXPECT_EQ(everyone(), Json({{"join", {join_json(1), join_json(2, {{"color", "red"}})}}}));
}

TEST_F(PresenceRoomTest, R1EmptyRoomIsAnEmptyMessage) {
  EXPECT_EQ(everyone(), Json::object());
}

TEST_F(PresenceRoomTest, R1EveryoneIsAsOfTheLastBatchAndTheNextBatchBringsTheRest) {
  settle(1, {{"a", 1}});
  settle(2);
  const Json before = everyone();
  ASSERT_TRUE(patch(1, {{"a", 2}}));
  ASSERT_TRUE(join(3));
  room_.leave({2}, LeaveReason::left);
  EXPECT_EQ(everyone(), before);
  EXPECT_EQ(
      changes(),
      Json({{"join", {join_json(3)}}, {"update", {{1, {{"a", 2}}}}}, {"leave", {{2, "left"}}}}));
  EXPECT_EQ(everyone(), Json({{"join", {join_json(1, {{"a", 2}}), join_json(3)}}}));
}

TEST_F(PresenceRoomTest, R1EveryoneDoesNotDependOnWhenBetweenTwoBatchesItIsFirstAsked) {
  settle(1, {{"a", 1}});
  ASSERT_TRUE(patch(1, {{"a", 2}}));
  EXPECT_EQ(everyone(), Json({{"join", {join_json(1, {{"a", 1}})}}}));
}

TEST_F(PresenceRoomTest, R2PresenceCannotOverwriteTheUser) {
  settle(1);
  ASSERT_TRUE(patch(1, {{"id", "root"}, {"name", "Boss"}, {"user", "x"}}));
  changes();
  EXPECT_EQ(everyone().at("join").at(0).at(1), user_json(user_of(1)));
}

TEST_F(PresenceRoomTest, R3PatchMergesByKeyAndNilRemoves) {
  settle(1, {{"a", 1}, {"b", {{"x", 1}}}, {"c", 3}});
  ASSERT_TRUE(patch(1, {{"b", {{"y", 2}}}, {"c", nullptr}, {"d", 4}}));
  EXPECT_EQ(changes(), Json({{"update", {{1, {{"b", {{"y", 2}}}, {"c", nullptr}, {"d", 4}}}}}}));
  EXPECT_EQ(everyone().at("join").at(0).at(2), Json({{"a", 1}, {"b", {{"y", 2}}}, {"d", 4}}));
}

TEST_F(PresenceRoomTest, R4PatchesOfOneBatchAreOneUpdate) {
  settle(1, {{"a", 1}});
  ASSERT_TRUE(patch(1, {{"a", 2}, {"b", 1}}));
  ASSERT_TRUE(patch(1, {{"a", 3}, {"b", nullptr}, {"c", 1}}));
  EXPECT_EQ(changes(), Json({{"update", {{1, {{"a", 3}, {"c", 1}}}}}}));
  EXPECT_FALSE(room_.has_changes());
}

TEST_F(PresenceRoomTest, R4WhatWasChangedBackIsNotTold) {
  settle(1, {{"a", 1}});
  ASSERT_TRUE(patch(1, {{"a", 2}, {"away", true}}));
  EXPECT_TRUE(room_.has_changes());
  ASSERT_TRUE(patch(1, {{"a", 1}, {"away", false}}));
  EXPECT_FALSE(room_.has_changes());
}

TEST_F(PresenceRoomTest, R4PatchThatChangesNothingIsNotTold) {
  settle(1, {{"a", 1}});
  ASSERT_TRUE(patch(1, {{"a", 1}, {"missing", nullptr}}));
  EXPECT_FALSE(room_.has_changes());
}

TEST_F(PresenceRoomTest, R4ChangesOfSomebodyNotYetToldArePartOfTheJoin) {
  ASSERT_TRUE(join(1, {{"a", 1}}));
  ASSERT_TRUE(patch(1, {{"b", 2}, {"away", true}}));
  EXPECT_EQ(changes(), Json({{"join", {join_json(1, {{"a", 1}, {"b", 2}}, "away")}}}));
}

TEST_F(PresenceRoomTest, R5WhoComesAndGoesBetweenTwoBatchesIsNeverSeen) {
  settle(1);
  ASSERT_TRUE(join(2));
  const Json seen_by_newcomer = everyone();
  room_.leave({2}, LeaveReason::left);
  EXPECT_FALSE(room_.has_changes());
  EXPECT_EQ(seen_by_newcomer, Json({{"join", {join_json(1)}}}));
}

TEST_F(PresenceRoomTest, R6LeaveTakesThePlaceOfAnUpdate) {
  settle(1);
  ASSERT_TRUE(patch(1, {{"a", 1}}));
  room_.leave({1}, LeaveReason::kicked);
  EXPECT_EQ(changes(), Json({{"leave", {{1, "kicked"}}}}));
}

TEST_F(PresenceRoomTest, R7UpdateAndActivityOfOnePersonAreNoLeaveAndJoin) {
  settle(1);
  ASSERT_TRUE(patch(1, {{"a", 1}, {"away", true}}));
  EXPECT_EQ(changes(), Json({{"update", {{1, {{"a", 1}}}}}, {"activity", {{1, "away"}}}}));
}

TEST_F(PresenceRoomTest, R8MergedPresenceHasABound) {
  // Map header 1, key 2, string header 3.
  const std::string largest(config_.bytes_max - 6, 'x');
  settle(1, {{"a", largest}});
  const Json before = everyone();
  const auto refused = room_.patch({1}, to_raw({{"b", 1}}), now_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), PresenceErrc::too_large);
  EXPECT_FALSE(room_.has_changes());
  EXPECT_EQ(everyone(), before);
  EXPECT_TRUE(patch(1, {{"a", nullptr}, {"b", largest}}));
}

TEST_F(PresenceRoomTest, R8OnePatchHasABound) {
  settle(1);
  // Map header 3, and 4 for a key of two letters with its nil: 2048 of them are 3 too many bytes.
  Json removals = Json::object();
  for (std::size_t i = 0; i < 2 * config_.bytes_max / 4; ++i) {
    const char key[] = {static_cast<char>('0' + i / 64), static_cast<char>('0' + i % 64), '\0'};
    removals[key] = nullptr;
  }
  const auto refused = room_.patch({1}, to_raw(removals), now_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), PresenceErrc::too_large);
  removals.erase("00");
  EXPECT_TRUE(patch(1, removals));
}

TEST_F(PresenceRoomTest, R8JoinWithTooMuchIsRefusedAndNobodyHasJoined) {
  EXPECT_FALSE(join(1, {{"a", std::string(config_.bytes_max, 'x')}}));
  EXPECT_EQ(room_.size(), 0U);
  EXPECT_FALSE(room_.has_changes());
  EXPECT_FALSE(room_.next_deadline());
}

TEST_F(PresenceRoomTest, R8RejoinWithTooMuchLeavesThePersonInGrace) {
  settle(1);
  room_.note_lost({1}, now_);
  EXPECT_FALSE(rejoin(1, {{"a", std::string(config_.bytes_max, 'x')}}));
  pass(config_.grace);
  EXPECT_EQ(changes(), Json({{"leave", {{1, "lost"}}}}));
}

TEST_F(PresenceRoomTest, R9AwayIsNeverPartOfThePresence) {
  settle(1, {{"away", true}, {"a", 1}});
  EXPECT_EQ(everyone(), Json({{"join", {join_json(1, {{"a", 1}}, "away")}}}));
  ASSERT_TRUE(patch(1, {{"away", false}}));
  EXPECT_EQ(changes(), Json({{"activity", {{1, "active"}}}}));
}

TEST_F(PresenceRoomTest, R9AwayThatIsNoBooleanIsRefused) {
  settle(1);
  for (const Json& away : {Json(nullptr), Json(1), Json("true"), Json::array()}) {
    const auto refused = room_.patch({1}, to_raw({{"a", 1}, {"away", away}}), now_);
    ASSERT_FALSE(refused) << away;
    EXPECT_EQ(refused.error(), PresenceErrc::bad_patch);
  }
  EXPECT_FALSE(room_.has_changes());
  EXPECT_FALSE(join(2, {{"away", 0}}));
  EXPECT_EQ(room_.size(), 1U);
}

TEST_F(PresenceRoomTest, R9PatchThatIsNoMapIsRefused) {
  settle(1);
  EXPECT_EQ(room_.patch({1}, to_raw(Json::array()), now_).error(), PresenceErrc::bad_patch);
}

TEST_F(PresenceRoomTest, R10IdleWithoutInputAndActiveAgainWithTheNext) {
  settle(1);
  pass(config_.idle_after - milliseconds(1));
  EXPECT_FALSE(room_.has_changes());
  pass(milliseconds(1));
  EXPECT_EQ(changes(), Json({{"activity", {{1, "idle"}}}}));
  room_.note_input({1}, now_);
  EXPECT_EQ(changes(), Json({{"activity", {{1, "active"}}}}));
  pass(config_.idle_after);
  EXPECT_EQ(changes(), Json({{"activity", {{1, "idle"}}}}));
}

TEST_F(PresenceRoomTest, R10InputPutsIdleOff) {
  settle(1);
  pass(seconds(40));
  room_.note_input({1}, now_);
  pass(seconds(40));
  ASSERT_TRUE(patch(1, Json::object()));
  pass(seconds(59));
  EXPECT_FALSE(room_.has_changes());
  pass(seconds(1));
  EXPECT_EQ(changes(), Json({{"activity", {{1, "idle"}}}}));
}

TEST_F(PresenceRoomTest, R11AwayLastsThroughInputUntilThePageIsBack) {
  settle(1);
  ASSERT_TRUE(patch(1, {{"away", true}}));
  EXPECT_EQ(changes(), Json({{"activity", {{1, "away"}}}}));
  room_.note_input({1}, now_);
  ASSERT_TRUE(patch(1, {{"a", 1}}));
  pass(config_.idle_after * 2);
  EXPECT_EQ(changes(), Json({{"update", {{1, {{"a", 1}}}}}}));
  ASSERT_TRUE(patch(1, {{"away", false}}));
  EXPECT_EQ(changes(), Json({{"activity", {{1, "active"}}}}));
  pass(config_.idle_after);
  EXPECT_EQ(changes(), Json({{"activity", {{1, "idle"}}}}));
}

TEST_F(PresenceRoomTest, R12LeaveIsToldWithItsReason) {
  for (const std::uint64_t actor : {1U, 2U, 3U, 4U}) settle(actor);
  room_.leave({1}, LeaveReason::left);
  room_.leave({2}, LeaveReason::lost);
  room_.leave({3}, LeaveReason::kicked);
  room_.leave({4}, LeaveReason::replaced);
  EXPECT_EQ(room_.size(), 0U);
  EXPECT_EQ(changes(),
            Json({{"leave", {{1, "left"}, {2, "lost"}, {3, "kicked"}, {4, "replaced"}}}}));
}

TEST_F(PresenceRoomTest, R12LeavingTwiceIsLeavingOnce) {
  settle(1);
  room_.leave({1}, LeaveReason::kicked);
  room_.leave({1}, LeaveReason::left);
  room_.note_lost({1}, now_);
  room_.note_input({1}, now_);
  EXPECT_EQ(changes(), Json({{"leave", {{1, "kicked"}}}}));
  EXPECT_EQ(room_.take_departed().size(), 1U);
}

TEST_F(PresenceRoomTest, R13LostPersonStaysUntilGraceHasRunOut) {
  settle(1);
  room_.note_lost({1}, now_);
  pass(config_.grace - milliseconds(1));
  EXPECT_FALSE(room_.has_changes());
  EXPECT_EQ(room_.size(), 1U);
  EXPECT_EQ(everyone(), Json({{"join", {join_json(1)}}}));
  pass(milliseconds(1));
  EXPECT_EQ(room_.size(), 0U);
  EXPECT_EQ(changes(), Json({{"leave", {{1, "lost"}}}}));
}

TEST_F(PresenceRoomTest, R13GraceCountsFromTheFirstLoss) {
  settle(1);
  room_.note_lost({1}, now_);
  pass(config_.grace / 2);
  room_.note_lost({1}, now_);
  pass(config_.grace / 2);
  EXPECT_EQ(changes(), Json({{"leave", {{1, "lost"}}}}));
}

TEST_F(PresenceRoomTest, R14ReturnWithinGraceIsNotSeen) {
  settle(1, {{"a", 1}});
  room_.note_lost({1}, now_);
  pass(config_.grace - milliseconds(1));
  ASSERT_EQ(room_.actor_of(client_of(1), "u1"), ActorId{1});
  ASSERT_TRUE(rejoin(1, {{"a", 1}}));
  EXPECT_FALSE(room_.has_changes());
  pass(config_.grace * 2);
  EXPECT_FALSE(room_.has_changes());
  EXPECT_EQ(room_.size(), 1U);
}

TEST_F(PresenceRoomTest, R14ReturnWithAnotherPresenceIsAnUpdate) {
  settle(1, {{"a", 1}, {"b", 1}});
  room_.note_lost({1}, now_);
  ASSERT_TRUE(rejoin(1, {{"a", 2}}));
  EXPECT_EQ(changes(), Json({{"update", {{1, {{"a", 2}}}}}}));
}

TEST_F(PresenceRoomTest, R14ConnectingIsNotInput) {
  settle(1);
  settle(2, {{"away", true}});
  pass(config_.idle_after);
  changes();
  ASSERT_TRUE(rejoin(1, {{"away", false}}));
  ASSERT_TRUE(rejoin(2));
  EXPECT_FALSE(room_.has_changes());
  ASSERT_TRUE(rejoin(2, {{"away", false}}));
  EXPECT_EQ(changes(), Json({{"activity", {{2, "active"}}}}));
}

TEST_F(PresenceRoomTest, R14ActorOfKnowsClientAndUserTogether) {
  settle(1);
  EXPECT_EQ(room_.actor_of(client_of(1), "u1"), ActorId{1});
  EXPECT_FALSE(room_.actor_of(client_of(1), "u2"));
  EXPECT_FALSE(room_.actor_of(client_of(2), "u1"));
  ASSERT_TRUE(room_.join({9}, client_of(1), user_of(1), {}, now_));
  EXPECT_EQ(room_.actor_of(client_of(1), "u1"), ActorId{9});
  room_.leave({9}, LeaveReason::left);
  EXPECT_EQ(room_.actor_of(client_of(1), "u1"), ActorId{1});
}

TEST_F(PresenceRoomTest, R15ReturnWithAnotherIdentityIsAJoinOfTheSameActor) {
  settle(1, {{"a", 1}});
  User renamed = user_of(1);
  renamed.name = "New Name";
  ASSERT_TRUE(room_.rejoin({1}, renamed, {}, now_));
  EXPECT_EQ(changes(), Json({{"join", {{1, user_json(renamed), {{"a", 1}}, "active"}}}}));
  EXPECT_EQ(everyone().at("join").at(0).at(1), user_json(renamed));
}

TEST_F(PresenceRoomTest, R16DepartedAreHandedOverOnceWithTheirLastPresence) {
  settle(1, {{"a", 1}});
  ASSERT_TRUE(patch(1, {{"a", 2}}));
  ASSERT_TRUE(join(2));
  room_.leave({1}, LeaveReason::left);
  room_.leave({2}, LeaveReason::left);
  const std::vector<Departed> departed = room_.take_departed();
  ASSERT_EQ(departed.size(), 2U);
  EXPECT_EQ(departed[0].user, user_of(1));
  EXPECT_EQ(from_raw(departed[0].presence), Json({{"a", 2}}));
  EXPECT_EQ(departed[1].user, user_of(2));
  EXPECT_EQ(from_raw(departed[1].presence), Json::object());
  EXPECT_TRUE(room_.take_departed().empty());
}

TEST_F(PresenceRoomTest, R17EqualHistoriesMakeEqualBytes) {
  PresenceRoom other{config_};
  for (const std::uint64_t actor : {3U, 1U, 2U}) ASSERT_TRUE(join(actor, {{"k", actor}}));
  for (const std::uint64_t actor : {2U, 3U, 1U}) {
    ASSERT_TRUE(
        other.join({actor}, client_of(actor), user_of(actor), to_raw({{"k", actor}}), now_));
  }
  Bytes mine;
  Bytes theirs;
  room_.append_changes(mine);
  other.append_changes(theirs);
  room_.append_everyone(mine);
  other.append_everyone(theirs);
  EXPECT_EQ(mine, theirs);
}

TEST_F(PresenceRoomTest, R18SaysWhenTimeWillChangeSomething) {
  EXPECT_FALSE(room_.next_deadline());
  settle(1);
  EXPECT_EQ(room_.next_deadline(), now_ + config_.idle_after);
  room_.note_lost({1}, now_);
  EXPECT_EQ(room_.next_deadline(), now_ + config_.grace);
  pass(config_.grace);
  EXPECT_FALSE(room_.next_deadline());
}

TEST_F(PresenceRoomTest, R18NeedsNoTimerWhenEverybodyIsIdleOrAway) {
  settle(1);
  settle(2, {{"away", true}});
  pass(config_.idle_after);
  EXPECT_FALSE(room_.next_deadline());
  room_.note_input({1}, now_);
  EXPECT_EQ(room_.next_deadline(), now_ + config_.idle_after);
}

TEST_F(PresenceRoomTest, R18RoomThatEveryoneLeftNeedsNoTimer) {
  settle(1);
  room_.leave({1}, LeaveReason::left);
  EXPECT_FALSE(room_.next_deadline());
}

}  // namespace
}  // namespace weft::presence
