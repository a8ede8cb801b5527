// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/log.h"
#include "support/log_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

/// A log under test, and what the suite needs to do with it from outside.
class LogForm {
 public:
  virtual ~LogForm() = default;
  virtual log::Log& log() = 0;
  /// Ends the instance in good order and starts one on the same data. Listeners of before are
  /// forgotten.
  virtual void restart() = 0;
  /// Runs the shard until the condition holds; false if it cannot come true any more.
  virtual bool run_until(const std::function<bool()>& condition) = 0;
};

struct LogFormMaker {
  std::string name;
  std::function<std::unique_ptr<LogForm>()> make;
};

/// The promises of log.h, for every form of it (docs/spec/store.md, L rules).
class LogContract : public testing::TestWithParam<LogFormMaker> {
 protected:
  log::Log& log() { return form_->log(); }

  template <class Call>
  void outside(Call call) {
    room_.is_inside_call = true;
    call();
    room_.is_inside_call = false;
  }
  void open(const CanvasId& canvas = "board") {
    outside([&] { log().open(canvas, room_); });
    ASSERT_TRUE(form_->run_until([&] { return room_.is_answered(); }));
    ASSERT_TRUE(room_.opened.has_value()) << room_.open_failure_detail;
  }
  void reopen(const CanvasId& canvas = "board") {
    log().close(canvas);
    room_ = LogRecorder();
    open(canvas);
  }
  void restart() {
    form_->restart();
    room_ = LogRecorder();
    open();
  }
  void push(const ClientId& client, std::uint64_t n, const UserId& user = "user",
            const CanvasId& canvas = "board") {
    outside([&] {
      log().append(canvas, {.client = client,
                            .n = n,
                            .actor = ActorId{n + 100},
                            .user = user,
                            .ops = std::string("\x91\xa1x", 3)});
    });
  }
  void run_until_told(std::size_t count) {
    ASSERT_TRUE(form_->run_until([&] { return room_.told.size() >= count; }));
  }
  void save_snapshot(std::uint64_t seq) {
    outside([&] {
      log().save_snapshot("board", {.seq = seq,
                                    .sum = room_.entries.back().sum,
                                    .state = "state " + std::to_string(seq),
                                    .clients = {}});
    });
  }
  std::vector<std::string> marks(const std::vector<log::ClientMark>& clients) {
    std::vector<std::string> all;
    for (const auto& mark : clients) {
      all.push_back(mark.client + " of " + mark.user + " at " + std::to_string(mark.n));
    }
    return all;
  }
  /// The tail's seqs follow on the base, and every sum follows on the one before.
  void expect_whole(const log::Opened& opened) {
    std::uint64_t seq = opened.base.seq;
    protocol::Sum sum = opened.base.sum;
    for (const log::Entry& entry : opened.tail) {
      EXPECT_EQ(entry.seq, ++seq);
      sum = log::next_sum(sum, log::encode_push(entry.push));
      EXPECT_EQ(entry.sum, sum);
    }
  }

  std::unique_ptr<LogForm> form_ = GetParam().make();
  LogRecorder room_;
};

TEST_P(LogContract, L1NewCanvasOpensEmptyUnderAnEpochThatItKeeps) {
  open();
  EXPECT_EQ(room_.opened->base.seq, 0U);
  EXPECT_EQ(room_.opened->base.sum, 0U);
  EXPECT_TRUE(room_.opened->base.state.empty());
  EXPECT_TRUE(room_.opened->tail.empty());
  EXPECT_EQ(room_.opened->newest_snapshot_seq, 0U);
  const std::uint64_t epoch = room_.opened->epoch;
  restart();
  EXPECT_EQ(room_.opened->epoch, epoch);
}

TEST_P(LogContract, L2EntriesComeInOrderWithoutHolesAndWithRunningSums) {
  open();
  push("ann", 1);
  push("bob", 1);
  push("ann", 2);
  run_until_told(3);
  EXPECT_THAT(room_.told, testing::ElementsAre("1 ann:1", "2 bob:1", "3 ann:2"));
  log::Opened all{.epoch = 0, .base = {}, .tail = room_.entries, .actors = {}};
  expect_whole(all);
  EXPECT_EQ(room_.entries[2].push.actor, ActorId{102});
  EXPECT_EQ(room_.entries[2].push.ops, std::string("\x91\xa1x", 3));
}

TEST_P(LogContract, L2EntriesAreThereAfterARestart) {
  open();
  push("ann", 1);
  push("bob", 1);
  run_until_told(2);
  const auto before = room_.entries;
  restart();
  ASSERT_EQ(room_.opened->tail.size(), 2U);
  expect_whole(*room_.opened);
  EXPECT_EQ(room_.opened->tail.back().sum, before.back().sum);
  push("ann", 2);
  run_until_told(1);
  EXPECT_THAT(room_.told, testing::ElementsAre("3 ann:2"));
}

TEST_P(LogContract, L4PushThatIsInTheLogIsADuplicate) {
  open();
  push("ann", 1);
  push("ann", 2);
  run_until_told(2);
  push("ann", 1);
  push("ann", 2);
  run_until_told(4);
  restart();
  push("ann", 2);
  run_until_told(1);
  EXPECT_THAT(room_.told, testing::ElementsAre("duplicate ann:2"));
}

TEST_P(LogContract, L4DuplicateIsToldAfterItsOriginal) {
  open();
  push("ann", 1);
  push("ann", 1);
  push("ann", 2);
  run_until_told(3);
  auto original = std::ranges::find(room_.told, "1 ann:1");
  auto duplicate = std::ranges::find(room_.told, "duplicate ann:1");
  EXPECT_LT(original - room_.told.begin(), duplicate - room_.told.begin());
  EXPECT_EQ(room_.entries.size(), 2U);
}

TEST_P(LogContract, L5PushThatSkipsANumberIsOutOfOrder) {
  open();
  push("ann", 2);
  run_until_told(1);
  push("ann", 1);
  push("ann", 3);
  run_until_told(3);
  EXPECT_THAT(room_.told,
              testing::UnorderedElementsAre("out_of_order ann:2", "1 ann:1", "out_of_order ann:3"));
}

TEST_P(LogContract, L7ClientIdBelongsToItsFirstUser) {
  open();
  push("ann", 1, "anna");
  push("ann", 2, "mallory");
  run_until_told(2);
  EXPECT_THAT(room_.told, testing::UnorderedElementsAre("1 ann:1", "not_owner ann:2"));
  restart();
  push("ann", 1, "mallory");
  push("ann", 2, "anna");
  run_until_told(2);
  EXPECT_THAT(room_.told, testing::UnorderedElementsAre("not_owner ann:1", "2 ann:2"));
}

TEST_P(LogContract, L8ReopeningSeesTheAppendsThatWereUnderWay) {
  open();
  for (std::uint64_t n = 1; n <= 20; ++n) push("ann", n);
  log().close("board");
  LogRecorder old = std::exchange(room_, LogRecorder());
  open();
  ASSERT_EQ(room_.opened->tail.size(), 20U);
  expect_whole(*room_.opened);
  push("ann", 21);
  run_until_told(1);
  EXPECT_THAT(room_.told, testing::ElementsAre("21 ann:21"));
  EXPECT_THAT(old.told, testing::IsEmpty());
}

TEST_P(LogContract, L8NothingReachesAClosedListener) {
  LogRecorder other;
  log().open("board", room_);
  log().close("board");
  log().open("other", other);
  ASSERT_TRUE(form_->run_until([&] { return other.is_answered(); }));
  EXPECT_FALSE(room_.is_answered());
}

TEST_P(LogContract, L9OpensFromTheOlderOfTwoSnapshots) {
  open();
  for (std::uint64_t n = 1; n <= 3; ++n) push("ann", n);
  run_until_told(3);
  save_snapshot(3);
  reopen();
  EXPECT_EQ(room_.opened->base.seq, 0U) << "one snapshot alone forgets nothing";
  EXPECT_EQ(room_.opened->newest_snapshot_seq, 3U);
  EXPECT_EQ(room_.opened->tail.size(), 3U);
  push("ann", 4);
  run_until_told(1);
  save_snapshot(4);
  push("ann", 5);
  run_until_told(2);
  restart();
  EXPECT_EQ(room_.opened->base.seq, 3U);
  EXPECT_EQ(room_.opened->base.state, "state 3");
  EXPECT_EQ(room_.opened->newest_snapshot_seq, 4U);
  EXPECT_EQ(room_.opened->tail.size(), 2U);
  expect_whole(*room_.opened);
}

TEST_P(LogContract, L9SnapshotOfAnythingButTheNewestEntryGivenIsIgnored) {
  open();
  push("ann", 1);
  push("ann", 2);
  run_until_told(2);
  save_snapshot(1);
  save_snapshot(2);
  push("ann", 3);
  run_until_told(3);
  restart();
  EXPECT_EQ(room_.opened->base.seq, 0U);
}

TEST_P(LogContract, L10ClientMarksGoWithTheSnapshotAndOutliveTheEntries) {
  open();
  push("bob", 1, "bobby");
  push("ann", 1, "anna");
  run_until_told(2);
  save_snapshot(2);
  push("ann", 2, "anna");
  run_until_told(3);
  save_snapshot(3);
  push("ann", 3, "anna");
  run_until_told(4);
  restart();
  ASSERT_EQ(room_.opened->base.seq, 2U);
  EXPECT_THAT(marks(room_.opened->base.clients),
              testing::ElementsAre("ann of anna at 1", "bob of bobby at 1"));
  EXPECT_EQ(log().client("board", "ann")->n, 3U);
  EXPECT_EQ(log().client("board", "bob")->user, "bobby");
  EXPECT_FALSE(log().client("board", "eve").has_value());
  push("bob", 1, "bobby");
  push("bob", 2, "mallory");
  run_until_told(2);
  EXPECT_THAT(room_.told, testing::ElementsAre("duplicate bob:1", "not_owner bob:2"));
}

TEST_P(LogContract, L13ActorNumbersAreNeverGivenTwice) {
  open();
  const log::ActorRange first = room_.opened->actors;
  EXPECT_EQ(first.first, 1U);
  EXPECT_GT(first.end, first.first);
  outside([&] { log().reserve_actors("board"); });
  ASSERT_TRUE(form_->run_until([&] { return room_.actors.has_value(); }));
  EXPECT_GE(room_.actors->first, first.end);
  const std::uint64_t end = room_.actors->end;
  restart();
  EXPECT_GE(room_.opened->actors.first, end);
}

TEST_P(LogContract, L16SyncTellsAllThatIsInTheLogByThen) {
  open();
  push("ann", 1);
  run_until_told(1);
  outside([&] {
    if (log().sync("board")) ++room_.syncs;
  });
  ASSERT_TRUE(form_->run_until([&] { return room_.syncs > 0; }));
  EXPECT_THAT(room_.told, testing::ElementsAre("1 ann:1"));
}

TEST_P(LogContract, L17AskingForACanvasDoesNotMakeIt) {
  const auto exists = [this](const CanvasId& canvas) {
    Result<bool, std::string> answer = Failure(std::string("unanswered"));
    bool is_answered = false;
    bool is_inside_call = true;
    log().exists(canvas, [&](Result<bool, std::string> result) {
      EXPECT_FALSE(is_inside_call);
      EXPECT_FALSE(is_answered);
      answer = std::move(result);
      is_answered = true;
    });
    is_inside_call = false;
    EXPECT_TRUE(form_->run_until([&] { return is_answered; }));
    EXPECT_TRUE(answer.has_value()) << answer.error();
    return answer.value_or(false);
  };
  EXPECT_FALSE(exists("board"));
  EXPECT_FALSE(exists("board"));
  open();
  EXPECT_TRUE(exists("board"));
  EXPECT_FALSE(exists("other"));
  restart();
  log().close("board");
  EXPECT_TRUE(exists("board"));
}

}  // namespace weft::test
