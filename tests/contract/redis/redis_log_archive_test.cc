// SPDX-License-Identifier: Apache-2.0
// What Redis holds gets into the archive, and comes back from there.
#include "log/history.h"
#include "redis_log_fixture.h"
#include "store/memory_store.h"

#include <optional>

namespace weft::test {
namespace {

using testing::HasSubstr;

/// The archive does what it is given when the tests pump it.
class RedisLogArchiveTest : public RedisLogTest {
 protected:
  RedisLogArchiveTest() { archive = &store; }
  ~RedisLogArchiveTest() override { sites.clear(); }

  bool run_pumping(const std::function<bool()>& condition, const std::string& what) {
    return run_until(
        [&] {
          store.pump();
          return condition();
        },
        what);
  }
  Site& open_pumping(const std::string& node) {
    Site& site = start(node);
    site.open();
    run_pumping([&] { return site.room.is_open; }, node + " open");
    return site;
  }
  store::StoredCanvas at_rest() {
    std::optional<store::StoredCanvas> canvas;
    store.load("board", 1, 0, [&](auto loaded) { canvas = *std::move(loaded); });
    store.pump();
    return *std::move(canvas);
  }
  /// The pushes that the archive leads to, as a room would see them.
  std::string document_at_rest() {
    const auto history = log::read_history("board", at_rest());
    if (!history) return history.error();
    std::string document = history->base.state;
    for (const log::Entry& entry : history->tail) {
      document += entry.push.client + ":" + std::to_string(entry.push.n) + " ";
    }
    return document;
  }
  std::string archived() { return server.command({"HGET", "weft:{board}:meta", "archived"}); }

  store::MemoryStore store;
};

TEST_F(RedisLogArchiveTest, L24EntriesReachTheArchiveAndRedisKnowsHowFar) {
  Site& a = open_pumping("a");
  for (std::uint64_t n = 1; n <= 5; ++n) a.push("ann", n);
  run_until([&] { return a.room.size() == 5; }, "told without the archive");
  EXPECT_EQ(archived(), "0");
  EXPECT_FALSE(a.instance.log->is_idle());
  run_pumping([&] { return archived() == "5"; }, "the watermark");
  EXPECT_EQ(document_at_rest(), "ann:1 ann:2 ann:3 ann:4 ann:5 ");
  EXPECT_EQ(at_rest().epoch, a.room.epoch) << "a new canvas has one epoch everywhere";
  run_pumping([&] { return a.instance.log->is_idle(); }, "idle");
}

TEST_F(RedisLogArchiveTest, L24EntriesOfAnInstanceThatDiedAreArchivedByAnother) {
  Site& a = open_pumping("a");
  Site& b = open_pumping("b");
  for (std::uint64_t n = 1; n <= 5; ++n) a.push("ann", n);
  expect_all_have(5);
  end(a);
  store.crash();  // with all that it had handed over
  run_pumping([&] { return archived() == "5"; }, "the survivor's help");
  EXPECT_EQ(document_at_rest(), b.room.document);
}

TEST_F(RedisLogArchiveTest, L24NextOpenerArchivesWhatACrashOfEverybodyLeft) {
  Site& a = open_pumping("a");
  for (std::uint64_t n = 1; n <= 5; ++n) a.push("ann", n);
  expect_all_have(5);
  end(a);
  store.crash();
  Site& b = open_pumping("b");
  EXPECT_EQ(b.room.size(), 5U);
  run_pumping([&] { return archived() == "5"; }, "the next opener's help");
  EXPECT_EQ(document_at_rest(), b.room.document);
}

TEST_F(RedisLogArchiveTest, L29ColdCanvasComesBackFromTheArchiveUnderANewEpoch) {
  Site& a = open_pumping("a");
  const std::uint64_t epoch = a.room.epoch;
  for (std::uint64_t n = 1; n <= 3; ++n) a.push("ann", n);
  expect_all_have(3);
  a.save_snapshot();
  a.push("bob", 1, "bobby");
  run_pumping([&] { return archived() == "4"; }, "archived");
  const std::uint64_t actors_end = a.room.actors.end;
  end(a);
  server.command({"FLUSHALL"});
  Site& b = open_pumping("b");
  EXPECT_EQ(b.room.document, "ann:1 ann:2 ann:3 bob:1 ");
  EXPECT_EQ(b.room.newest_snapshot_seq, 3U);
  EXPECT_NE(b.room.epoch, epoch) << "the archive may lag behind what was acknowledged";
  EXPECT_GE(b.room.actors.first, actors_end);
  b.push("bob", 2, "mallory");
  b.push("bob", 2, "bobby");
  run_pumping([&] { return b.room.size() == 5 && archived() == "5"; }, "a new push archived");
  EXPECT_EQ(at_rest().epoch, b.room.epoch);
  EXPECT_EQ(document_at_rest(), b.room.document);
  EXPECT_EQ(b.room.refusals.size(), 1U);
}

TEST_F(RedisLogArchiveTest, L24RestoredCanvasIsBroughtToTheArchiveAtOnce) {
  Site& a = open_pumping("a");
  for (std::uint64_t n = 1; n <= 5; ++n) a.push("ann", n);
  expect_all_have(5);
  store.crash();  // the archive has none of them
  server.command({"FLUSHALL"});
  a.instance.log->advance({.mono = std::chrono::steady_clock::now(), .wall_ms = 0});
  (void)a.instance.log->sync("board");
  run_pumping([&] { return a.room.epoch_changes == 1 && archived() == "5"; }, "restored, archived");
  EXPECT_EQ(document_at_rest(), a.room.document);
  EXPECT_EQ(at_rest().epoch, a.room.epoch);
  a.push("ann", 6);
  run_pumping([&] { return archived() == "6"; }, "and goes on");
  EXPECT_EQ(document_at_rest(), a.room.document);
}

TEST_F(RedisLogArchiveTest, L24TwoInstancesBringARestoredCanvasOverOnce) {
  Site& a = open_pumping("a");
  Site& b = open_pumping("b");
  for (std::uint64_t n = 1; n <= 5; ++n) a.push("ann", n);
  expect_all_have(5);
  run_pumping([&] { return archived() == "5"; }, "archived");
  server.command({"FLUSHALL"});
  for (std::uint64_t n = 6; n <= 10; ++n) {
    a.push("ann", n);
    b.push("bob", n - 5);
  }
  run_pumping([&] { return a.room.size() == 15 && archived() == "15"; }, "archived again");
  expect_all_have(15);
  EXPECT_EQ(document_at_rest(), a.room.document);
}

TEST_F(RedisLogArchiveTest, L25ArchiveThatKnowsMoreThanARestartedRedisIsTaken) {
  Site& a = open_pumping("a");
  for (std::uint64_t n = 1; n <= 3; ++n) a.push("ann", n);
  run_pumping([&] { return archived() == "3"; }, "archived");
  server.command({"SAVE"});
  a.push("ann", 4);
  a.push("ann", 5);
  run_pumping([&] { return archived() == "5" && a.room.size() == 5; }, "archived");
  const std::uint64_t epoch = a.room.epoch;
  end(a);
  server.restart();
  EXPECT_EQ(server.command({"HGET", "weft:{board}:meta", "seq"}), "3");
  Site& b = open_pumping("b");
  EXPECT_EQ(b.room.document, "ann:1 ann:2 ann:3 ann:4 ann:5 ");
  EXPECT_NE(b.room.epoch, epoch);
  b.push("bob", 1);
  run_pumping([&] { return archived() == "6"; }, "archived");
  EXPECT_EQ(document_at_rest(), b.room.document);
}

TEST_F(RedisLogArchiveTest, L25RestartedRedisThatKnowsMoreThanTheArchiveIsKept) {
  Site& a = open_pumping("a");
  for (std::uint64_t n = 1; n <= 3; ++n) a.push("ann", n);
  expect_all_have(3);
  server.command({"SAVE"});
  end(a);
  store.crash();
  server.restart();
  Site& b = open_pumping("b");
  EXPECT_EQ(b.room.document, "ann:1 ann:2 ann:3 ");
  run_pumping([&] { return document_at_rest() == b.room.document && b.instance.log->is_idle(); },
              "archived");
}

TEST_F(RedisLogArchiveTest, L27SurvivorTakesFromTheArchiveWhatItWasNotTold) {
  acks_from_archive = true;
  Site& a = open_pumping("a");
  Site& b = open_pumping("b");
  a.push("ann", 1);
  run_pumping([&] { return a.room.size() == 1 && b.room.size() == 1; }, "told");
  frozen = &b;
  server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  a.push("ann", 2);
  a.push("ann", 3);
  run_pumping([&] { return a.room.size() == 3; }, "told by one of the two");
  end(a);
  server.command({"FLUSHALL"});
  frozen = nullptr;
  b.push("bob", 1);
  run_pumping([&] { return b.room.size() == 4; }, "everything");
  EXPECT_EQ(b.room.document, "ann:1 ann:2 ann:3 bob:1 ");
  EXPECT_EQ(b.room.resets, 0);
  EXPECT_EQ(document_at_rest(), b.room.document);
}

TEST_F(RedisLogArchiveTest, L23ArchiveThatDoesNotAnswerIsNotWaitedFor) {
  Site& a = open_pumping("a");
  a.push("ann", 1);
  expect_all_have(1);
  server.command({"FLUSHALL"});
  a.push("ann", 2);
  run_until([&] { return a.room.size() == 2; }, "restored without the archive");
  EXPECT_EQ(a.room.epoch_changes, 1);
}

TEST_F(RedisLogArchiveTest, L27AcknowledgedByTheArchiveMeansToldOnlyThen) {
  acks_from_archive = true;
  Site& a = open_pumping("a");
  Site& b = open_pumping("b");
  a.push("ann", 1);
  a.push("ann", 2);
  run_until([&] { return server.command({"XLEN", "weft:{board}:log"}) == "2"; }, "in Redis");
  run_for(100ms);
  EXPECT_EQ(a.room.size(), 0U);
  EXPECT_EQ(b.room.size(), 0U);
  EXPECT_FALSE(b.instance.log->sync("board"));
  run_for(100ms);
  EXPECT_EQ(b.room.syncs, 0);
  run_pumping([&] { return a.room.size() == 2 && b.room.size() == 2; }, "told");
  run_until([&] { return b.room.syncs == 1; }, "synced");
}

TEST_F(RedisLogArchiveTest, L27LostWhileTheArchiveWaitsIsNotLost) {
  acks_from_archive = true;
  Site& a = open_pumping("a");
  Site& b = open_pumping("b");
  a.push("ann", 1);
  run_pumping([&] { return a.room.size() == 1 && b.room.size() == 1; }, "told");
  a.push("ann", 2);
  run_until([&] { return server.command({"XLEN", "weft:{board}:log"}) == "2"; }, "in Redis");
  store.crash();
  server.command({"FLUSHALL"});
  (void)a.instance.log->sync("board");
  run_pumping([&] { return a.room.size() == 2 && b.room.size() == 2; }, "told under a new epoch");
  expect_all_have(2);
  EXPECT_EQ(document_at_rest(), a.room.document);
}

TEST_F(RedisLogArchiveTest, L28ClosedCanvasLeavesRedisWhenTheArchiveHasIt) {
  Site& a = open_pumping("a");
  a.push("ann", 1);
  expect_all_have(1);
  a.close();
  run_for(50ms);
  EXPECT_EQ(server.command({"PTTL", "weft:{board}:meta"}), "-1") << "not before it is archived";
  run_pumping([&] { return server.command({"PTTL", "weft:{board}:meta"}) != "-1"; }, "expiry");
  for (const char* key : {"meta", "log", "clients"}) {
    EXPECT_GT(std::stol(server.command({"PTTL", std::string("weft:{board}:") + key})), 3'500'000);
  }
  a.room = LogRoom();
  a.open();
  run_pumping([&] { return a.room.is_open; }, "open");
  EXPECT_EQ(server.command({"PTTL", "weft:{board}:log"}), "-1");
}

TEST_F(RedisLogArchiveTest, L28CanvasThatOthersHaveOpenStaysInRedis) {
  Site& a = open_pumping("a");
  Site& b = open_pumping("b");
  a.push("ann", 1);
  run_pumping([&] { return archived() == "1"; }, "archived");
  expect_all_have(1);
  end(a);
  b.instance.turn(1ms);
  Site& c = open_pumping("c");
  run_pumping([&] { return c.instance.log->is_idle(); }, "idle");
  c.close();
  run_for(200ms);
  EXPECT_EQ(server.command({"PTTL", "weft:{board}:meta"}), "-1");
  EXPECT_EQ(server.command({"PTTL", "weft:{board}:log"}), "-1");
}

TEST_F(RedisLogArchiveTest, L24EntriesStayInRedisUntilTheyAreArchived) {
  Site& a = open_pumping("a");
  for (std::uint64_t n = 1; n <= 6; ++n) {
    a.push("ann", n);
    run_until([&] { return a.room.size() == n; }, "told");
    if (n % 2 == 0) a.save_snapshot();
  }
  run_for(50ms);
  EXPECT_EQ(server.command({"XLEN", "weft:{board}:log"}), "6") << "two snapshots, but no archive";
  run_pumping([&] { return archived() == "6"; }, "archived");
  a.push("ann", 7);
  run_pumping([&] { return archived() == "7"; }, "archived");
  a.save_snapshot();
  run_until([&] { return server.command({"XLEN", "weft:{board}:log"}) == "2"; }, "the trim");
}

TEST_F(RedisLogArchiveTest, L24ArchiveThatTakesNothingHoldsUpNewPushesOnly) {
  Site& a = open_pumping("a");
  std::uint64_t n = 0;
  const std::size_t bytes = 60'000;
  while (n * bytes < (65U << 20) && a.room.refusals.empty()) {
    a.push("ann", ++n, "user", bytes);
    if (n % 20 == 0) {
      run_until([&] { return a.room.size() == n || !a.room.refusals.empty(); }, "told or refused");
    }
  }
  EXPECT_FALSE(a.instance.log->is_available());
  EXPECT_THAT(a.instance.log->trouble(), HasSubstr("archive"));
  a.push("ann", n + 1);
  run_until([&] { return !a.room.refusals.empty(); }, "refused");
  run_pumping([&] { return a.instance.log->is_available(); }, "the archive caught up");
}

}  // namespace
}  // namespace weft::test
