// SPDX-License-Identifier: Apache-2.0
// How entries get into the archive, where Redis and the archive do what the test says.
#include "log/history.h"
#include "redis_log_unit.h"
#include "store/memory_store.h"

#include <optional>
#include <string>

namespace weft::test {
namespace {

using redis::RedisErrc;

/// Comes to be before the log, and ends after it.
struct Archive {
  store::MemoryStore store{store::MemoryStore::Completion::by_pump};
};

class RedisArchiveUnit : public Archive, public RedisLogUnit {
 protected:
  explicit RedisArchiveUnit(bool acks_from_archive = false)
      : RedisLogUnit(&store, acks_from_archive) {}

  /// Everything that is handed to the archive is carried out and answered.
  void settle() {
    do {
      work.run_pending();
      pass();
      take_notes();
    } while (store.pump());
    pass();
  }
  /// Answers that it has noted how far the archive is.
  void take_notes() {
    for (std::size_t i = 0; i < redis.calls.size(); ++i) {
      if (redis.calls[i].name != "archived") continue;
      const FakeRedis::Call call = redis.calls[i];
      redis.calls.erase(redis.calls.begin() + static_cast<std::ptrdiff_t>(i--));
      noted = call.arguments[1];
      call.done(words({"ok"}));
    }
  }
  store::StoredCanvas at_rest() {
    std::optional<store::StoredCanvas> canvas;
    store.load("board", 1, 0, [&](auto loaded) { canvas = *std::move(loaded); });
    store.pump();
    return *std::move(canvas);
  }
  /// The pushes that the archive leads to, or what is wrong with it.
  std::string document_at_rest() {
    const auto history = log::read_history("board", at_rest());
    if (!history) return history.error();
    std::string document = history->base.state;
    for (const log::Entry& entry : history->tail) {
      document += entry.push.client + ":" + std::to_string(entry.push.n) + " ";
    }
    return document;
  }
  /// The canvas after `seq` pushes of ann's, as a room knows it.
  store::SnapshotRow base_at(std::uint64_t seq) {
    log::Snapshot snapshot{.seq = seq, .sum = 0, .state = {}, .clients = {}};
    for (std::uint64_t n = 1; n <= seq; ++n) {
      snapshot.sum = log::next_sum(snapshot.sum, log::encode_push(made_push("ann", n)));
      snapshot.state += "ann:" + std::to_string(n) + " ";
    }
    snapshot.clients = {{.client = "ann", .user = "user", .n = seq}};
    return {.seq = seq, .sum = snapshot.sum, .state = log::encode_snapshot(snapshot)};
  }
  void other_starts_over(std::uint64_t before, std::uint64_t epoch, std::uint64_t seq) {
    store.start_over("board", before, epoch, base_at(seq), [](bool) {});
    store.pump_one();
  }
  void make_at_rest(std::uint64_t epoch) {
    store.load("board", epoch, 0, [](const auto&) {});
    store.pump();
  }

  std::string noted;  // up to where Redis was told that everything is in the archive
};

TEST_F(RedisArchiveUnit, L24CanvasThatTheArchiveDoesNotHaveIsWrittenThereWhole) {
  open();
  announce(1, made_push("ann", 1));
  announce(2, made_push("bob", 1));
  pass(3s);
  settle();
  EXPECT_EQ(document_at_rest(), "ann:1 bob:1 ");
  EXPECT_EQ(at_rest().epoch, 5U);
  EXPECT_EQ(noted, "2");
  announce(3, made_push("ann", 2));
  pass(3s);
  settle();
  EXPECT_EQ(document_at_rest(), "ann:1 bob:1 ann:2 ");
}

TEST_F(RedisArchiveUnit, L24WhoeverStartsTheArchiveOverSecondLeavesNoHole) {
  make_at_rest(4);
  open();
  for (std::uint64_t n = 1; n <= 3; ++n) announce(n, made_push("ann", n));
  pass(3s);
  store.pump();
  pass();
  ASSERT_TRUE(store.pump()) << "it looks at what the archive has";
  // Another instance is quicker, begins earlier, and dies before it has brought the rest.
  other_starts_over(4, 5, 1);
  settle();
  EXPECT_EQ(document_at_rest(), "ann:1 ann:2 ann:3 ");
  EXPECT_EQ(noted, "3");
}

TEST_F(RedisArchiveUnit, L24CanvasThatIsClosedWhileTheArchiveIsStartedOverIsStillBroughtThere) {
  make_at_rest(4);
  open();
  announce(1, made_push("ann", 1));
  pass(3s);
  store.pump();
  pass();
  store.pump();
  pass();
  announce(2, made_push("ann", 2));
  log_->close("board");
  settle();
  EXPECT_EQ(document_at_rest(), "ann:1 ann:2 ");
  EXPECT_EQ(noted, "2");
  redis.answer("expire", words({"ok"}));
  pass();
  EXPECT_EQ(log_->next_deadline(), std::optional<Instant>());
}

TEST_F(RedisArchiveUnit, L24CanvasThatIsClosedBeforeTheArchiveCouldBeStartedOverStaysInRedis) {
  make_at_rest(4);
  open();
  announce(1, made_push("ann", 1));
  log_->close("board");
  settle();
  EXPECT_EQ(at_rest().epoch, 4U);
  EXPECT_EQ(noted, "");
  redis.answer("expire", words({"ignored"}));
  pass();
  EXPECT_TRUE(log_->is_idle());
  EXPECT_EQ(log_->next_deadline(), std::optional<Instant>());
}

TEST_F(RedisArchiveUnit, L24HoleBetweenTheArchiveAndWhatIsKnownIsClosedAtANewEpoch) {
  make_at_rest(5);
  open();
  for (std::uint64_t n = 1; n <= 3; ++n) announce(n, made_push("ann", n));
  other_starts_over(5, 6, 1);
  (void)log_->sync("board");
  redis.answer("since", words({"moved", "6", "3", "3", "0", "chain3", "1"}));
  ASSERT_EQ(room.epoch, 6U);
  announce(4, made_push("ann", 4), 6);
  pass(3s);
  settle();
  EXPECT_EQ(document_at_rest(), "ann:1 ann:2 ann:3 ann:4 ");
  EXPECT_EQ(at_rest().epoch, 6U);
  EXPECT_EQ(noted, "4");
}

TEST_F(RedisArchiveUnit, L24OpenerDoesNotSkipWhatLiesBetweenTheArchiveAndTheSnapshotInRedis) {
  make_at_rest(5);
  log_->open("board", room);
  listener().channel_ready(kChannel);
  const store::SnapshotRow base = base_at(2);
  redis.answer(
      "open",
      list({text("ok"), text("5"), text("3"), text("1"), text("0"),
            list({text("2"), text(std::to_string(base.sum)), text(base.state), text("chain2")}),
            list({text("2"), text(std::to_string(base.sum))}),
            list({entry(3, made_push("ann", 3))})}));
  ASSERT_TRUE(room.is_open);
  settle();
  pass(3s);
  settle();
  EXPECT_EQ(document_at_rest(), "ann:1 ann:2 ann:3 ");
  EXPECT_EQ(noted, "3");
}

TEST_F(RedisArchiveUnit, L29EmptyCanvasAtRestIsNeverGoneOnWithUnderItsEpoch) {
  make_at_rest(4);
  log_->open("board", room);
  listener().channel_ready(kChannel);
  redis.answer("open", words({"absent"}));
  redis.answer("INFO", text("uptime_in_seconds:100\r\n"));
  settle();
  ASSERT_EQ(redis.waiting(), "seed");
  EXPECT_NE(redis.calls[0].arguments[0], "4") << "Redis may have had pushes under the old one";
}

TEST_F(RedisArchiveUnit, L23AskingTheArchiveForALostCanvasDoesNotMakeItThere) {
  open();
  announce(1, made_push("ann", 1));
  (void)log_->sync("board");
  redis.answer("since", words({"absent"}));
  settle();
  EXPECT_NE(at_rest().epoch, 5U) << "who follows epoch 5 would take it for a whole one";
}

TEST_F(RedisArchiveUnit, L24DamagedRowIsNotHiddenByTheOnesBehindIt) {
  make_at_rest(5);
  store.append("board", 5, {.seq = 2, .sum = 1, .push = "other bytes"}, [](store::Kept) {});
  open();
  for (std::uint64_t n = 1; n <= 3; ++n) announce(n, made_push("ann", n));
  pass(3s);
  settle();
  EXPECT_EQ(noted, "1");
  EXPECT_THAT(notices, testing::Contains(HasSubstr("another entry at seq 2 of canvas board")));
  EXPECT_THAT(log_->trouble(), HasSubstr("other entries in the archive"));
  EXPECT_TRUE(log_->is_idle()) << "nothing is kept for ever";
  log_->close("board");
  settle();
  EXPECT_THAT(redis.waiting(), IsEmpty()) << "Redis keeps what it has";
  EXPECT_EQ(log_->next_deadline(), std::optional<Instant>());
}

TEST_F(RedisArchiveUnit, L28ClosedCanvasExpiresAlsoWhenRedisIsAwayJustThen) {
  open();
  log_->close("board");
  EXPECT_FALSE(log_->is_idle()) << "Redis has not heard of it";
  redis.fail("expire", RedisErrc::not_sent);
  pass(1s);
  EXPECT_THAT(redis.waiting(), IsEmpty());
  pass(1s);
  redis.fail("expire", RedisErrc::refused, "OOM");
  EXPECT_TRUE(log_->is_idle()) << "nobody waits for a Redis that is away";
  pass(4s);
  redis.answer("expire", words({"ok"}));
  pass();
  EXPECT_EQ(log_->next_deadline(), std::optional<Instant>());
}

TEST_F(RedisArchiveUnit, L28LettingItExpireIsGivenUpInTheEndAndWhenItIsOpenedAgain) {
  open();
  log_->close("board");
  int attempts = 0;
  for (; redis.waiting() == "expire"; ++attempts) {
    redis.fail("expire", RedisErrc::not_sent);
    pass(1min);
  }
  EXPECT_GT(attempts, 20);
  EXPECT_EQ(log_->next_deadline(), std::optional<Instant>());
  LogRoom second;
  log_->open("board", second);
  listener().channel_ready(kChannel);
  redis.answer("open", opened(0, {}));
  log_->close("board");
  redis.fail("expire", RedisErrc::not_sent);
  LogRoom third;
  log_->open("board", third);
  pass(1h);
  EXPECT_THAT(redis.waiting(), IsEmpty());
}

TEST_F(RedisArchiveUnit, L28OpenCanvasIsKeptAlsoWhenItCouldNotHearThatItExpires) {
  log_->open("board", room);
  listener().channel_ready(kChannel);
  listener().channel_message(kChannel, "x 5 0\n");
  redis.answer("open", opened(0, {}));
  ASSERT_TRUE(room.is_open);
  redis.answer("keep", words({"ok"}));
  redis.calls.clear();
  listener().channel_lost(kChannel);
  redis.calls.clear();
  listener().channel_ready(kChannel);
  EXPECT_THAT(redis.waiting(), HasSubstr("keep"));
}

/// Entries are told when they are in the archive.
class RedisArchiveAcksUnit : public RedisArchiveUnit {
 protected:
  RedisArchiveAcksUnit() : RedisArchiveUnit(true) {}
};

TEST_F(RedisArchiveAcksUnit, L27LostTailThatNobodyWasToldIsForgottenAndSyncsAreAnswered) {
  open();
  (void)log_->sync("board");
  for (std::uint64_t n = 1; n <= 3; ++n) announce(n, made_push("ann", n));
  redis.answer("since", since(3, {}));
  pass();
  EXPECT_EQ(room.syncs, 0) << "nothing of it is in the archive";
  (void)log_->sync("board");
  redis.answer("since", words({"behind", "1"}));
  redis.answer("since", since(1, {entry(1, made_push("ann", 1))}));
  EXPECT_THAT(redis.waiting(), IsEmpty());
  listener().channel_message(kChannel, "a 5 1\n");
  EXPECT_EQ(room.document, "ann:1 ");
  EXPECT_EQ(room.syncs, 2);
}

TEST_F(RedisArchiveAcksUnit, L27SyncsOutliveAChangeOfTheEpoch) {
  open();
  announce(1, made_push("ann", 1));
  listener().channel_message(kChannel, "a 5 1\n");
  announce(2, made_push("ann", 2));
  (void)log_->sync("board");
  redis.answer("since", since(2, {}));
  EXPECT_EQ(room.syncs, 0);
  (void)log_->sync("board");
  redis.answer("since", words({"moved", "6", "1", "1", "0", "chain1", "0"}));
  redis.answer("since", words({"moved", "6", "1", "1", "0", "chain1", "1"}));
  ASSERT_EQ(room.epoch, 6U);
  redis.answer("since", since(1, {}));
  EXPECT_EQ(room.syncs, 2);
}

TEST_F(RedisArchiveAcksUnit, L29ArchivesAnswerFromBeforeRedisWasAskedAgainIsDropped) {
  log_->open("board", room);
  listener().channel_ready(kChannel);
  redis.answer("open", opened(1, {entry(1, made_push("ann", 1))}));
  listener().channel_message(kChannel, "a 5 1\n");
  redis.answer("since", words({"absent"}));
  redis.answer("open", words({"absent"}));
  redis.answer("INFO", text("uptime_in_seconds:100\r\n"));
  pass(300ms);
  redis.answer("open", words({"absent"}));
  redis.answer("INFO", text("uptime_in_seconds:100\r\n"));
  settle();
  EXPECT_EQ(redis.waiting(), "seed") << "one, from the second answer";
}

}  // namespace
}  // namespace weft::test
