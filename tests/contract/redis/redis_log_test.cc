// SPDX-License-Identifier: Apache-2.0
// Several instances on one Redis that misbehaves.
#include "redis_log_fixture.h"

namespace weft::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(RedisLogTest, L20InstancesSeeOneOrder) {
  Site& a = open("a");
  Site& b = open("b");
  EXPECT_EQ(a.room.epoch, b.room.epoch);
  for (std::uint64_t n = 1; n <= 50; ++n) {
    a.push("ann", n);
    b.push("bob", n);
  }
  expect_all_have(100);
  Site& c = open("c");
  EXPECT_EQ(c.room.document, a.room.document);
  EXPECT_GE(c.room.actors.first, b.room.actors.end);
}

TEST_F(RedisLogTest, L20ResendAtAnotherInstanceIsADuplicateToldAfterItsOriginal) {
  Site& a = open("a");
  Site& b = open("b");
  a.push("ann", 1);
  expect_all_have(1);
  b.push("ann", 1);
  b.push("ann", 2);
  b.push("ann", 4);
  a.push("eve", 1, "eve");
  expect_all_have(3);
  b.push("eve", 2, "mallory");
  run_until([&] { return b.room.refusals.size() == 3; }, "refusals");
  EXPECT_THAT(b.room.refusals, testing::UnorderedElementsAre(
                                   "duplicate ann:1", "out_of_order ann:4", "not_owner eve:2"));
}

TEST_F(RedisLogTest, L29TenRacingOpenersMakeOneCanvas) {
  for (int i = 0; i < 10; ++i) start("node " + std::to_string(i));
  for (const auto& site : sites) site->open();
  run_until([&] { return std::ranges::all_of(sites, [](auto& s) { return s->room.is_open; }); },
            "ten open");
  std::uint64_t n = 0;
  for (const auto& site : sites) site->push("client-" + std::to_string(++n), 1);
  expect_all_have(10);
  std::vector<std::uint64_t> firsts;
  for (const auto& site : sites) firsts.push_back(site->room.actors.first);
  std::ranges::sort(firsts);
  for (std::size_t i = 0; i < firsts.size(); ++i) EXPECT_EQ(firsts[i], 1 + 256 * i);
}

TEST_F(RedisLogTest, L16SyncTellsWhatAnotherInstanceAppended) {
  Site& a = open("a");
  Site& b = open("b");
  frozen = &b;
  a.push("ann", 1);
  run_until([&] { return a.room.size() == 1; }, "a's push");
  frozen = nullptr;
  b.instance.log->advance({.mono = std::chrono::steady_clock::now(), .wall_ms = 0});
  EXPECT_FALSE(b.instance.log->sync("board"));
  EXPECT_FALSE(b.instance.log->sync("board"));
  run_until([&] { return b.room.syncs > 0; }, "sync");
  EXPECT_EQ(b.room.size(), 1U);
  run_until([&] { return b.room.syncs == 2; }, "an answer to each call");
}

// Links

TEST_F(RedisLogTest, L21BrokenLinksLoseAndDoubleNothing) {
  Site& a = open("a");
  Site& b = open("b");
  for (std::uint64_t n = 1; n <= 200; ++n) {
    a.push("ann", n);
    b.push("bob", n);
    if (n % 20 == 0) server.command({"CLIENT", "KILL", "TYPE", n % 40 == 0 ? "pubsub" : "normal"});
    run_for(1ms);
  }
  expect_all_have(400);
  EXPECT_THAT(a.room.refusals, IsEmpty());
  EXPECT_THAT(b.room.refusals, IsEmpty());
  EXPECT_EQ(a.room.resets + b.room.resets + a.room.epoch_changes, 0);
}

TEST_F(RedisLogTest, L21PushesWaitWhileRedisStandsStill) {
  Site& a = open("a");
  server.pause();
  a.push("ann", 1);
  a.push("ann", 2);
  run_for(500ms);
  EXPECT_EQ(a.room.size(), 0U);
  EXPECT_TRUE(a.instance.log->is_available());
  run_until([&] { return !a.instance.log->is_available(); }, "refusing");
  EXPECT_THAT(a.instance.log->trouble(), HasSubstr("board"));
  a.push("ann", 3);
  a.push("ann", 4);
  run_until([&] { return a.room.refusals.size() == 2; }, "refusals");
  EXPECT_THAT(a.room.refusals, ElementsAre("unavailable ann:3", "unavailable ann:4"));
  server.resume();
  run_until([&] { return a.room.size() == 2 && a.instance.log->is_available(); }, "pushes told");
  a.push("ann", 4);
  run_until([&] { return a.room.refusals.size() == 3; },
            "what follows on a refused one is refused");
  EXPECT_EQ(a.room.refusals.back(), "unavailable ann:4");
  a.push("ann", 3);
  a.push("ann", 4);
  expect_all_have(4);
}

TEST_F(RedisLogTest, L21CanvasThatCannotBeReachedIsNotOpened) {
  log::RedisLogOptions how = options("a");
  how.open_patience = 500ms;
  sites.push_back(std::make_unique<Site>(server.url(), how, nullptr));
  server.kill();
  sites[0]->open();
  run_until([&] { return !sites[0]->room.failure.empty(); }, "failure");
  EXPECT_THAT(sites[0]->room.failure, HasSubstr("unavailable: Canvas board could not be opened"));
  server.restart();
  sites[0]->open();
  run_until([&] { return sites[0]->room.is_open; }, "open");
}

TEST_F(RedisLogTest, L21ClosedCanvasStillAppendsWhatWasUnderWay) {
  Site& a = open("a");
  Site& b = open("b");
  server.command({"CLIENT", "KILL", "TYPE", "normal"});
  a.push("ann", 1);
  a.push("ann", 2);
  a.close();
  a.room = LogRoom();
  run_until([&] { return b.room.size() == 2; }, "the closed canvas's pushes");
  a.open();
  expect_all_have(2);
}

TEST_F(RedisLogTest, L21ReopeningTakesOverWhatIsUnderWay) {
  Site& a = open("a");
  Site& b = open("b");
  server.command({"CLIENT", "KILL", "TYPE", "normal"});
  a.push("ann", 1);
  a.push("ann", 2);
  a.close();
  a.room = LogRoom();
  a.open();
  run_until([&] { return a.room.is_open; }, "open");
  a.push("ann", 3);
  expect_all_have(3);
  EXPECT_EQ(b.room.document, "ann:1 ann:2 ann:3 ");
}

// What Redis refuses

TEST_F(RedisLogTest, L21FullRedisTakesNothingAndForgetsNothing) {
  Site& a = open("a");
  a.push("ann", 1);
  expect_all_have(1);
  server.command({"CONFIG", "SET", "maxmemory", "1"});
  a.push("ann", 2);
  run_until([&] { return !a.instance.log->is_available(); }, "refusing");
  EXPECT_THAT(a.instance.log->trouble(), HasSubstr("OOM"));
  EXPECT_EQ(a.room.size(), 1U);
  server.command({"CONFIG", "SET", "maxmemory", "0"});
  expect_all_have(2);
  EXPECT_TRUE(a.instance.log->is_available());
}

TEST_F(RedisLogTest, L21ReadOnlyRedisTakesNothingAndForgetsNothing) {
  Site& a = open("a");
  a.push("ann", 1);
  expect_all_have(1);
  server.command({"REPLICAOF", "127.0.0.1", "1"});
  a.push("ann", 2);
  run_until([&] { return !a.instance.log->is_available(); }, "refusing");
  EXPECT_EQ(a.room.size(), 1U);
  server.command({"REPLICAOF", "NO", "ONE"});
  expect_all_have(2);
}

TEST_F(RedisLogTest, L22KeyOfAnotherTypeIsNamed) {
  server.command({"SET", "weft:{board}:log", "mine"});
  Site& a = start("a");
  a.open();
  run_until([&] { return !a.room.failure.empty(); }, "failure");
  EXPECT_EQ(a.room.failure,
            "corrupt: WRONGTYPE key weft:{board}:log holds a string where Weft keeps a stream");
  EXPECT_EQ(server.command({"GET", "weft:{board}:log"}), "mine");
}

// Redis with other data

TEST_F(RedisLogTest, L25RestartedRedisGoesOnUnderANewEpoch) {
  server.restart({"--appendonly", "yes", "--appendfsync", "always"});
  Site& a = open("a");
  Site& b = open("b");
  for (std::uint64_t n = 1; n <= 20; ++n) a.push("ann", n);
  expect_all_have(20);
  server.restart();
  a.push("ann", 21);
  b.push("bob", 1);
  expect_all_have(22);
  EXPECT_EQ(a.room.resets + b.room.resets, 0);
  EXPECT_EQ(a.room.epoch_changes, 1) << "its end may be lost, and nobody may know";
  EXPECT_EQ(b.room.epoch_changes, 1);
  Site& c = open("c");
  EXPECT_EQ(c.room.document, a.room.document);
  EXPECT_GE(c.room.actors.first, b.room.actors.end + (1 << 24));
}

TEST_F(RedisLogTest, L25CanvasThatARestartSetBackOpensUnderANewEpoch) {
  Site& a = open("a");
  for (std::uint64_t n = 1; n <= 3; ++n) a.push("ann", n);
  expect_all_have(3);
  const std::uint64_t epoch = a.room.epoch;
  server.command({"SAVE"});
  a.push("ann", 4);
  expect_all_have(4);
  end(a);
  server.restart();
  Site& b = open("b");
  EXPECT_EQ(b.room.size(), 3U);
  EXPECT_NE(b.room.epoch, epoch) << "seq 4 is not given twice under one epoch";
  b.push("bob", 1);
  Site& c = open("c");
  EXPECT_EQ(c.room.epoch, b.room.epoch);
  expect_all_have(4);
}

TEST_F(RedisLogTest, L23EmptiedRedisIsRestored) {
  Site& a = open("a");
  Site& b = open("b");
  for (std::uint64_t n = 1; n <= 20; ++n) a.push("ann", n);
  expect_all_have(20);
  const std::uint64_t epoch = a.room.epoch;
  server.command({"FLUSHALL"});
  a.push("ann", 21);
  b.push("bob", 1);
  expect_all_have(22);
  EXPECT_NE(a.room.epoch, epoch);
  EXPECT_EQ(a.room.epoch_changes, 1);
  EXPECT_EQ(b.room.epoch_changes, 1);
  EXPECT_EQ(a.room.resets + b.room.resets, 0);
  Site& c = open("c");
  EXPECT_EQ(c.room.document, a.room.document);
  EXPECT_GE(c.room.actors.first, b.room.actors.end + (1 << 24)) << "others may have had numbers";
  c.push("ann", 21);
  run_until([&] { return c.room.refusals.size() == 1; }, "the marks are restored too");
  EXPECT_THAT(c.room.refusals, ElementsAre("duplicate ann:21"));
}

TEST_F(RedisLogTest, L23WhoeverKnowsMostRestoresAndTheOthersCatchUp) {
  Site& a = open("a");
  Site& z = open("z");
  a.push("ann", 1);
  expect_all_have(1);
  frozen = &z;
  server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  for (std::uint64_t n = 2; n <= 10; ++n) a.push("ann", n);
  run_until([&] { return a.room.size() == 10; }, "a's pushes");
  frozen = nullptr;
  server.command({"FLUSHALL"});
  expect_all_have(10);
  EXPECT_EQ(a.room.epoch_changes, 1);
  EXPECT_EQ(z.room.epoch_changes, 1);
  EXPECT_EQ(z.room.resets, 0);
}

TEST_F(RedisLogTest, L26WhoComesLateBringsBackWhatOnlyItKnows) {
  Site& a = open("a");
  Site& b = open("b");
  a.push("ann", 1);
  expect_all_have(1);
  frozen = &b;
  server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  for (std::uint64_t n = 2; n <= 5; ++n) a.push("ann", n);
  run_until([&] { return a.room.size() == 5; }, "a's pushes");
  server.command({"FLUSHALL"});
  // Only b is there to restore, and it knows less.
  frozen = &a;
  b.push("bob", 1);
  run_until([&] { return b.room.epoch_changes == 1 && b.room.size() == 2; }, "b's restore");
  frozen = nullptr;
  expect_all_have(6);
  EXPECT_EQ(b.room.document, "ann:1 bob:1 ann:2 ann:3 ann:4 ann:5 ");
  EXPECT_EQ(a.room.resets, 1);
  EXPECT_EQ(b.room.resets, 0);
}

TEST_F(RedisLogTest, L23OlderDataIsBroughtUpToDate) {
  Site& a = open("a");
  Site& b = open("b");
  for (std::uint64_t n = 1; n <= 5; ++n) a.push("ann", n);
  expect_all_have(5);
  server.command({"SAVE"});
  for (std::uint64_t n = 6; n <= 9; ++n) a.push("ann", n);
  expect_all_have(9);
  server.restart();
  b.push("bob", 1);
  expect_all_have(10);
  EXPECT_EQ(a.room.resets + b.room.resets, 0);
  EXPECT_EQ(a.room.epoch_changes, 1);
}

TEST_F(RedisLogTest, L26ForkIsFoundAndBothSidesAreKept) {
  Site& a = open("a");
  for (std::uint64_t n = 1; n <= 5; ++n) a.push("ann", n);
  expect_all_have(5);
  server.command({"SAVE"});
  a.push("ann", 6);
  a.push("ann", 7);
  expect_all_have(7);
  server.restart();
  // Before a notices, somebody else goes on from the older data, further than a knows.
  frozen = &a;
  Site& b = open("b");
  for (std::uint64_t n = 1; n <= 4; ++n) b.push("bob", n);
  run_until([&] { return b.room.size() == 9; }, "b's pushes");
  frozen = nullptr;
  a.push("eve", 1);
  a.push("ann", 8);
  run_until([&] { return a.room.is_open && a.room.resets == 1; }, "a's reset");
  expect_all_have(11);
  EXPECT_TRUE(a.room.has("ann:6"));
  EXPECT_TRUE(a.room.has("ann:7"));
  EXPECT_FALSE(a.room.has("eve:1")) << "a reset makes pushes under way void";
  EXPECT_EQ(b.room.resets, 0);
  a.push("ann", 8);
  expect_all_have(12);
}

TEST_F(RedisLogTest, L29OpenerWaitsForSurvivorsOfAnEmptyRestart) {
  settle = 3s;
  server.restart();
  Site& a = open("a");
  for (std::uint64_t n = 1; n <= 5; ++n) a.push("ann", n);
  expect_all_have(5);
  frozen = &a;
  server.restart();
  Site& b = start("b");
  b.open();
  run_for(1s);
  EXPECT_FALSE(b.room.is_open);
  frozen = nullptr;
  expect_all_have(5);
  EXPECT_EQ(b.room.epoch, a.room.epoch);
}

TEST_F(RedisLogTest, L26NewCanvasInPlaceOfALostOneIsTakenOver) {
  Site& a = open("a");
  for (std::uint64_t n = 1; n <= 5; ++n) a.push("ann", n);
  expect_all_have(5);
  frozen = &a;
  server.command({"FLUSHALL"});
  Site& b = open("b");
  b.push("bob", 1);
  run_until([&] { return b.room.size() == 1; }, "b's push");
  frozen = nullptr;
  expect_all_have(6);
  EXPECT_EQ(a.room.resets, 1);
  EXPECT_EQ(b.room.resets, 0);
}

TEST_F(RedisLogTest, L26InstanceFarBehindReadsAgain) {
  Site& a = open("a");
  Site& b = open("b");
  a.push("ann", 1);
  expect_all_have(1);
  frozen = &b;
  server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  for (std::uint64_t n = 2; n <= 10; ++n) {
    a.push("ann", n);
    run_until([&] { return a.room.size() == n; }, "a's push");
    if (n % 3 == 0) a.save_snapshot();
  }
  frozen = nullptr;
  expect_all_have(10);
  EXPECT_EQ(b.room.resets, 1);
  EXPECT_EQ(b.room.base_seq, 6U);
  EXPECT_EQ(b.room.newest_snapshot_seq, 9U);
}

TEST_F(RedisLogTest, L23RestoredCanvasGoesOnFromItsSnapshots) {
  Site& a = open("a");
  for (std::uint64_t n = 1; n <= 3; ++n) a.push("ann", n);
  expect_all_have(3);
  server.command({"FLUSHALL"});
  a.push("ann", 4);
  expect_all_have(4);
  a.save_snapshot();
  a.push("ann", 5);
  expect_all_have(5);
  a.save_snapshot();
  Site& b = open("b");
  expect_all_have(5);
  EXPECT_EQ(b.room.base_seq, 4U);
  EXPECT_EQ(b.room.newest_snapshot_seq, 5U);
}

}  // namespace
}  // namespace weft::test
