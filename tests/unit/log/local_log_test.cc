// SPDX-License-Identifier: Apache-2.0
#include "log/local_log.h"

#include "log/history.h"
#include "store/memory_store.h"
#include "support/log_recorder.h"
#include "support/posted_work.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace weft::log {
namespace {

using store::MemoryStore;
using test::LogRecorder;
using test::PostedWork;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Push make_push(const ClientId& client, std::uint64_t n, const UserId& user = "user",
               const Bytes& ops = "\x90") {
  return {.client = client, .n = n, .actor = ActorId{1}, .user = user, .ops = ops};
}

class LocalLogTest : public testing::Test {
 protected:
  LocalLogTest() { start(); }

  void start() {
    log_ = std::make_unique<LocalLog>(store_, shard_.poster(), [this] { return ++epoch_; });
  }
  void open() {
    log_->open("board", room_);
    settle();
    ASSERT_TRUE(room_.opened.has_value()) << room_.open_failure_detail;
  }
  void push(const ClientId& client, std::uint64_t n) {
    log_->append("board", make_push(client, n));
  }
  void settle() {
    while (store_.pump() || shard_.run_pending()) {
    }
  }
  std::vector<std::string> take_told() { return std::exchange(room_.told, {}); }

  MemoryStore store_;
  PostedWork shard_;
  std::unique_ptr<LocalLog> log_;
  LogRecorder room_;
  std::uint64_t epoch_ = 0;
};

TEST_F(LocalLogTest, L3NothingIsToldBeforeItIsCommitted) {
  open();
  push("ann", 1);
  shard_.run_pending();
  EXPECT_THAT(take_told(), IsEmpty());
  EXPECT_FALSE(log_->client("board", "ann").has_value());
  settle();
  EXPECT_THAT(take_told(), ElementsAre("1 ann:1"));
  EXPECT_EQ(log_->client("board", "ann")->n, 1U);
}

TEST_F(LocalLogTest, L4DuplicateOfAPushUnderWayWaitsForIt) {
  open();
  push("ann", 1);
  push("ann", 1);
  push("ann", 2);
  shard_.run_pending();
  EXPECT_THAT(take_told(), IsEmpty());
  settle();
  EXPECT_THAT(take_told(), ElementsAre("1 ann:1", "2 ann:2", "duplicate ann:1"));
}

TEST_F(LocalLogTest, L4DuplicatesUnderWayAreToldOnceForEachActor) {
  open();
  for (const std::uint64_t actor : {1U, 2U, 1U, 2U, 2U, 1U}) {
    Push again = make_push("ann", 1);
    again.actor = ActorId{actor};
    log_->append("board", again);
  }
  settle();
  EXPECT_THAT(take_told(), ElementsAre("1 ann:1", "duplicate ann:1", "duplicate ann:1"));
  push("ann", 1);
  push("ann", 1);
  settle();
  EXPECT_THAT(take_told(), ElementsAre("duplicate ann:1", "duplicate ann:1"));
}

TEST_F(LocalLogTest, L6WhileTheStoreIsAwayPushesAreRefusedAsUnavailableInTheirOrder) {
  open();
  push("ann", 1);
  settle();
  take_told();
  store_.fail_appends(true);
  EXPECT_FALSE(log_->is_available());
  push("ann", 2);
  push("ann", 3);
  push("ann", 1);
  push("bob", 2);
  settle();
  EXPECT_THAT(take_told(), ElementsAre("unavailable ann:2", "unavailable ann:3", "duplicate ann:1",
                                       "out_of_order bob:2"));
  // What follows on a refused push is no fault of the client's, until that one has come again.
  store_.fail_appends(false);
  push("ann", 4);
  push("ann", 2);
  push("ann", 4);
  settle();
  EXPECT_THAT(take_told(), ElementsAre("unavailable ann:4", "out_of_order ann:4", "2 ann:2"));
}

TEST_F(LocalLogTest, L6StrangersWhoWereRefusedAreRememberedUpToABound) {
  open();
  store_.fail_appends(true);
  push("first", 1);
  push("first", 1);
  push("second", 1);
  for (std::size_t i = 1; i < kWaitingStrangersMax; ++i) push("s" + std::to_string(i), 1);
  settle();
  take_told();
  store_.fail_appends(false);
  push("first", 2);
  push("second", 2);
  push("second", 1);
  push("second", 3);
  settle();
  EXPECT_THAT(take_told(), UnorderedElementsAre("out_of_order first:2", "unavailable second:2",
                                                "1 second:1", "out_of_order second:3"));
  // One place is free again.
  store_.fail_appends(true);
  push("last", 1);
  store_.fail_appends(false);
  push("s1", 2);
  settle();
  EXPECT_THAT(take_told(), ElementsAre("unavailable last:1", "unavailable s1:2"));
}

TEST_F(LocalLogTest, L6PushUnderWayWhenTheStoreFailsStaysUnansweredUntilItIsCommitted) {
  open();
  push("ann", 1);
  store_.fail_appends(true);
  push("ann", 1);
  push("ann", 2);
  settle();
  EXPECT_THAT(take_told(), ElementsAre("unavailable ann:2"));
  store_.fail_appends(false);
  settle();
  EXPECT_THAT(take_told(), ElementsAre("1 ann:1", "duplicate ann:1"));
}

TEST_F(LocalLogTest, L7OwnerIsTheUserOfAPushStillUnderWay) {
  open();
  push("ann", 1);
  log_->append("board", make_push("ann", 2, "mallory"));
  settle();
  EXPECT_THAT(take_told(), UnorderedElementsAre("1 ann:1", "not_owner ann:2"));
}

TEST_F(LocalLogTest, L8LateCommitsOfAnEarlierLifeAreNotTheNewOnes) {
  open();
  push("ann", 1);
  push("ann", 2);
  store_.pump_one();
  log_->close("board");
  LogRecorder again;
  log_->open("board", again);
  settle();
  ASSERT_TRUE(again.opened.has_value());
  EXPECT_EQ(again.opened->tail.size(), 2U);
  EXPECT_THAT(again.told, IsEmpty());
  EXPECT_THAT(take_told(), IsEmpty());
}

TEST_F(LocalLogTest, L8AnswersToAnEarlierLifeAreDropped) {
  log_->open("board", room_);
  log_->close("board");
  open();
  EXPECT_EQ(room_.opened->actors.first, 1 + kActorsPerReservation);
  push("ann", 7);
  log_->reserve_actors("board");
  log_->close("board");
  room_ = LogRecorder();
  open();
  EXPECT_THAT(take_told(), IsEmpty());
  EXPECT_FALSE(room_.actors.has_value());
}

TEST_F(LocalLogTest, L8NothingIsToldOrPostedAfterTheLogIsGone) {
  open();
  push("ann", 1);
  const std::size_t posted = shard_.posted();
  log_.reset();
  settle();
  EXPECT_EQ(shard_.posted(), posted);
  EXPECT_THAT(take_told(), IsEmpty());
}

TEST_F(LocalLogTest, L8ListenerMayCloseFromInsideItsCall) {
  class Leaver final : public LogListener {
   public:
    explicit Leaver(LocalLog& log) : log_(log) {}
    void log_opened(Opened) override {}
    void log_open_failed(LogErrc, const std::string&) override {}
    void log_entries(std::span<const Entry>) override {
      ++calls;
      log_.close("board");
    }
    void log_refused(const ClientId&, std::uint64_t, ActorId, LogErrc) override { ++calls; }
    void log_actors(ActorRange) override {}
    void log_synced() override {}
    void log_epoch_changed(std::uint64_t) override {}
    void log_reset() override {}
    std::optional<Bytes> log_state() override { return Bytes(); }
    int calls = 0;

   private:
    LocalLog& log_;
  };
  Leaver leaver(*log_);
  log_->open("board", leaver);
  settle();
  push("ann", 1);
  push("ann", 1);
  push("bob", 7);
  log_->append("board", make_push("eve", 1));
  store_.pump();
  shard_.run_pending();
  EXPECT_LE(leaver.calls, 2);  // bob's refusal may come first
  const int calls = leaver.calls;
  settle();
  EXPECT_EQ(leaver.calls, calls);
}

TEST_F(LocalLogTest, L8CrashKeepsWhatWasCommittedAndNothingElseWasTold) {
  open();
  push("ann", 1);
  push("ann", 2);
  store_.pump_one();
  shard_.run_pending();
  log_.reset();
  store_.crash();
  EXPECT_THAT(take_told(), ElementsAre("1 ann:1"));
  start();
  room_ = LogRecorder();
  open();
  EXPECT_EQ(room_.opened->tail.size(), 1U);
  push("ann", 2);
  settle();
  EXPECT_THAT(take_told(), ElementsAre("2 ann:2"));
}

TEST_F(LocalLogTest, L8FailedOpenLeavesTheCanvasClosed) {
  store_.fail_appends(true);
  log_->open("board", room_);
  settle();
  EXPECT_EQ(room_.open_failure, LogErrc::unavailable);
  store_.fail_appends(false);
  room_ = LogRecorder();
  open();
}

TEST_F(LocalLogTest, L12OneGroupCommitIsOneDelivery) {
  open();
  LogRecorder other;
  log_->open("other", other);
  settle();
  for (std::uint64_t n = 1; n <= 10; ++n) {
    push("ann", n);
    log_->append("other", make_push("ann", n));
  }
  const std::size_t posted = shard_.posted();
  store_.pump();
  EXPECT_EQ(shard_.posted(), posted + 1);
  shard_.run_pending();
  EXPECT_EQ(room_.deliveries, 1);
  EXPECT_EQ(other.deliveries, 1);
  EXPECT_EQ(room_.told.size(), 10U);
}

TEST_F(LocalLogTest, L13ActorsThatCannotBeHadAreAnEmptyRange) {
  open();
  store_.fail_appends(true);
  log_->reserve_actors("board");
  settle();
  ASSERT_TRUE(room_.actors.has_value());
  EXPECT_EQ(room_.actors->first, room_.actors->end);
}

TEST_F(LocalLogTest, L15TooMuchUnderWayIsRefusedAsUnavailable) {
  open();
  Bytes ops = std::string("\x91\xc6\x00\x0f\xff\xf0", 6) + Bytes(0x0f'fff0, 'x');
  for (std::uint64_t n = 1; n <= 9; ++n) {
    log_->append("board", make_push("ann", n, "user", ops));
  }
  push("bob", 1);
  settle();
  EXPECT_THAT(room_.told, testing::Contains("unavailable ann:8"));
  EXPECT_THAT(room_.told, testing::Contains("unavailable ann:9"));
  push("ann", 8);
  settle();
  EXPECT_EQ(log_->client("board", "ann")->n, 8U);
}

// Histories that are none

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() {
    protocol::Sum sum = 0;
    for (std::uint64_t n = 1; n <= 6; ++n) {
      Bytes bytes = encode_push(make_push("ann", n));
      sum = next_sum(sum, bytes);
      stored_.log.push_back({.seq = n, .sum = sum, .push = bytes});
    }
  }
  /// Keeps snapshots at 2 and 4, as the store would.
  void with_snapshots() {
    for (std::uint64_t seq : {2U, 4U}) {
      const Snapshot snapshot{.seq = seq,
                              .sum = stored_.log[seq - 1].sum,
                              .state = "state",
                              .clients = {{.client = "ann", .user = "user", .n = seq}}};
      stored_.snapshots.push_back(
          {.seq = seq, .sum = snapshot.sum, .state = encode_snapshot(snapshot)});
    }
    stored_.log.erase(stored_.log.begin(), stored_.log.begin() + 2);
  }
  void expect_damaged(const std::string& where) {
    auto history = read_history("board", stored_);
    ASSERT_FALSE(history.has_value());
    EXPECT_THAT(history.error(), HasSubstr("Canvas board"));
    EXPECT_THAT(history.error(), HasSubstr(where));
  }
  store::StoredCanvas stored_;
};

TEST_F(HistoryTest, L11WholeHistoryIsRead) {
  with_snapshots();
  auto history = read_history("board", stored_);
  ASSERT_TRUE(history.has_value()) << history.error();
  EXPECT_EQ(history->base.seq, 2U);
  EXPECT_EQ(history->tail.size(), 4U);
  EXPECT_EQ(history->clients.at(0).n, 6U);
}

TEST_F(HistoryTest, L11HoleIsFound) {
  stored_.log.erase(stored_.log.begin() + 2);
  expect_damaged("seq 3");
}

TEST_F(HistoryTest, L11MissingBeginningIsFound) {
  stored_.log.erase(stored_.log.begin());
  expect_damaged("seq 1");
}

TEST_F(HistoryTest, L11ChangedPushIsFound) {
  stored_.log[3].push.back() = '\x91';
  expect_damaged("seq 4");
}

TEST_F(HistoryTest, L11ChangedSumIsFound) {
  stored_.log[5].sum ^= 1;
  expect_damaged("seq 6");
}

TEST_F(HistoryTest, L11BaseThatDoesNotLeadToTheLogIsFound) {
  with_snapshots();
  stored_.snapshots[0].sum ^= 1;
  expect_damaged("seq 3");
}

TEST_F(HistoryTest, L11NewerSnapshotThatIsNotOnTheWayIsFound) {
  with_snapshots();
  stored_.snapshots[1].sum ^= 1;
  expect_damaged("seq 4");
}

TEST_F(HistoryTest, L11LostTailIsFoundBehindTheNewerSnapshot) {
  with_snapshots();
  stored_.log.resize(1);
  expect_damaged("seq 4");
}

TEST_F(HistoryTest, L11CanvasThatWasStartedOverBeginsAtItsSnapshot) {
  with_snapshots();
  stored_.snapshots.erase(stored_.snapshots.begin());
  stored_.log.erase(stored_.log.begin(), stored_.log.begin() + 2);
  auto history = read_history("board", stored_);
  ASSERT_TRUE(history.has_value()) << history.error();
  EXPECT_EQ(history->base.seq, 4U);
  EXPECT_EQ(history->newest_snapshot_seq, 4U);
  EXPECT_EQ(history->tail.size(), 2U);
  EXPECT_EQ(history->clients.at(0).n, 6U);
  stored_.log.clear();
  history = read_history("board", stored_);
  ASSERT_TRUE(history.has_value()) << history.error();
  EXPECT_EQ(history->base.seq, 4U);
  EXPECT_EQ(history->clients.at(0).n, 4U);
}

TEST_F(HistoryTest, L11HoleBehindTheSnapshotOfACanvasThatWasStartedOverIsFound) {
  with_snapshots();
  stored_.snapshots.erase(stored_.snapshots.begin());
  stored_.log.erase(stored_.log.begin(), stored_.log.begin() + 3);
  expect_damaged("seq 5");
}

TEST_F(HistoryTest, L11UnreadableSnapshotIsFound) {
  with_snapshots();
  stored_.snapshots[0].state.pop_back();
  expect_damaged("seq 2");
}

TEST_F(HistoryTest, L11PushThatWasWrittenTwiceIsFound) {
  const Bytes again = encode_push(make_push("ann", 6));
  stored_.log.push_back({.seq = 7, .sum = next_sum(stored_.log[5].sum, again), .push = again});
  expect_damaged("seq 7");
}

TEST_F(LocalLogTest, L11DamagedCanvasStaysClosed) {
  store_.load("board", 1, 1, [](auto) {});
  store_.append("board", 1, {.seq = 2, .sum = 0, .push = "x"}, [](auto) {});
  log_->open("board", room_);
  settle();
  EXPECT_EQ(room_.open_failure, LogErrc::corrupt);
  EXPECT_THAT(room_.open_failure_detail, HasSubstr("Canvas board is damaged at seq 1"));
}

}  // namespace
}  // namespace weft::log
