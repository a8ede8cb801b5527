// SPDX-License-Identifier: Apache-2.0
#include "server/bench_command.h"

#include "connection/jwt.h"
#include "server/key_file.h"
#include "unit/server/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace weft::server {
namespace {

using ::testing::HasSubstr;

constexpr WallMs kNow = 1'700'000'000'000;

BenchCommand command_for(const std::string& scenario) {
  BenchCommand command;
  command.scenario = scenario;
  return command;
}

load::Plan plan_of(const BenchCommand& command) {
  auto plan = make_plan(command, kNow);
  if (plan) return std::move(*plan);
  ADD_FAILURE() << plan.error();
  return {};
}

std::string refusal_of(const BenchCommand& command) {
  const auto plan = make_plan(command, kNow);
  return plan ? "taken" : plan.error();
}

TEST(BenchCommand, EachScenarioHasItsDefaults) {
  const load::Plan cursors = plan_of(command_for("cursors"));
  EXPECT_EQ(cursors.targets.at(0).url(), "ws://127.0.0.1:8080");
  EXPECT_EQ(cursors.rate, 20);
  EXPECT_EQ(cursors.warmup_seconds, 1.5);
  EXPECT_EQ(cursors.entities, 0U);
  EXPECT_EQ(plan_of(command_for("concepts")).rate, 2);
  const load::Plan join = plan_of(command_for("join"));
  EXPECT_EQ(join.warmup_seconds, 0);
  EXPECT_EQ(join.entities, 1'000U);
}

TEST(BenchCommand, WhatIsGivenWins) {
  BenchCommand command = command_for("join");
  command.rate = 3;
  command.warmup_seconds = 4;
  command.entities = 5;
  command.server_pids = {7};
  command.redis_pids = {8};
  const load::Plan plan = plan_of(command);
  EXPECT_EQ(plan.rate, 3);
  EXPECT_EQ(plan.warmup_seconds, 4);
  EXPECT_EQ(plan.entities, 5U);
  ASSERT_EQ(plan.watched.size(), 2U);
  EXPECT_EQ(plan.watched[0].role, "server");
  EXPECT_EQ(plan.watched[1].role, "redis");
}

TEST(BenchCommand, SaysWhatIsWrong) {
  EXPECT_EQ(refusal_of(command_for("cursor")),
            "There is no scenario cursor; the nearest is cursors.");
  BenchCommand command = command_for("cursors");
  command.urls = {"127.0.0.1"};
  EXPECT_THAT(refusal_of(command), HasSubstr("--url"));
  command = command_for("cursors");
  command.plan.people = 0;
  EXPECT_THAT(refusal_of(command), HasSubstr("--people is 0"));
  command = command_for("cursors");
  command.token = "a";
  command.key_file = "b";
  EXPECT_THAT(refusal_of(command), HasSubstr("not both"));
  command.token.clear();
  command.key_file = "/nowhere/key";
  EXPECT_THAT(refusal_of(command), HasSubstr("/nowhere/key cannot be read"));
}

TEST(BenchCommand, ATokenIsTextOrTheFirstLineOfAFile) {
  const testing::TemporaryFolder folder;
  BenchCommand command = command_for("cursors");
  command.token = "a.b.c";
  EXPECT_EQ(plan_of(command).token_of(5), "a.b.c");
  command.token = folder.write("token", "d.e.f\n");
  EXPECT_EQ(plan_of(command).token_of(5), "d.e.f");
  command.token = folder.write("empty", "\n");
  EXPECT_THAT(refusal_of(command), HasSubstr("nothing in its first line"));
}

TEST(BenchCommand, MintsATokenForEachPersonAndKeeper) {
  const testing::TemporaryFolder folder;
  BenchCommand command = command_for("join");
  command.plan.rooms = 2;
  command.plan.people = 3;
  command.key_file = folder.write("key", "0123456789abcdef0123456789abcdef0123456789");
  const load::Plan plan = plan_of(command);
  ASSERT_EQ(plan.tokens.size(), 8U);
  const auto keys = read_key_file(command.key_file);
  ASSERT_TRUE(keys);
  for (const std::size_t person : {0U, 7U}) {
    const auto claims = connection::verify_jwt(plan.token_of(person), keys->keys, kNow);
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->user, plan.client_of(person));
    EXPECT_EQ(connection::highest_role(claims->canvases, plan.canvas_of_room(1)),
              connection::Role::edit);
    EXPECT_FALSE(connection::highest_role(claims->canvases, "other"));
  }
}

}  // namespace
}  // namespace weft::server
