// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace weft::store {

inline bool operator==(const LogRow& a, const LogRow& b) {
  return a.seq == b.seq && a.sum == b.sum && a.push == b.push;
}
inline bool operator==(const SnapshotRow& a, const SnapshotRow& b) {
  return a.seq == b.seq && a.sum == b.sum && a.state == b.state;
}
inline bool operator==(const LastSeen& a, const LastSeen& b) {
  return a.user == b.user && a.name == b.name && a.at_ms == b.at_ms && a.presence == b.presence;
}

}  // namespace weft::store

namespace weft::test {

/// The promises of store.h, for every form of it (docs/spec/store.md, T rules).
class StoreContract : public testing::TestWithParam<StoreFormMaker> {
 protected:
  static constexpr std::uint64_t kEpoch =
      0xfeed'face'cafe'beefU;  // more than a signed number holds

  store::Store& store() { return form_->store(); }
  void settle() {
    ASSERT_TRUE(store().flush(std::chrono::steady_clock::now() + std::chrono::seconds(60)));
  }

  store::StoredCanvas load(const CanvasId& canvas = "board", std::uint64_t epoch = kEpoch,
                           std::uint64_t actors = 10) {
    Result<store::StoredCanvas, store::StoreError> answer;
    store().load(canvas, epoch, actors, [&](auto result) { answer = std::move(result); });
    settle();
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(store::StoredCanvas{});
  }
  bool exists() {
    bool answer = false;
    store().exists("board", [&](auto result) { answer = std::move(result).value(); });
    settle();
    return answer;
  }
  void append(std::uint64_t seq, const CanvasId& canvas = "board", std::uint64_t epoch = kEpoch) {
    store().append(canvas, epoch, row(seq), [this, seq](store::Kept kept) {
      (kept == store::Kept::committed ? acked_ : outdated_).push_back(seq);
    });
  }
  void save_snapshot(std::uint64_t seq, const CanvasId& canvas = "board",
                     std::uint64_t epoch = kEpoch) {
    store().save_snapshot(canvas, epoch, snapshot(seq));
  }
  bool start_over(std::uint64_t epoch_before, std::uint64_t epoch, std::uint64_t base_seq) {
    std::optional<bool> answer;
    store().start_over("board", epoch_before, epoch, snapshot(base_seq),
                       [&](bool is_under_epoch) { answer = is_under_epoch; });
    settle();
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(false);
  }
  std::vector<store::LastSeen> last_seen(const CanvasId& canvas = "board") {
    std::vector<store::LastSeen> answer;
    store().load_last_seen(canvas, [&](auto result) { answer = std::move(result).value(); });
    settle();
    return answer;
  }

  /// Bytes that text would not survive, and a sum that a signed number would not.
  static store::LogRow row(std::uint64_t seq) {
    return {.seq = seq,
            .sum = seq * 0x9e37'79b9'7f4a'7c15U,
            .push = std::string("push\0\xff ", 7) + std::to_string(seq)};
  }
  static store::SnapshotRow snapshot(std::uint64_t seq) {
    return {.seq = seq, .sum = ~seq, .state = std::string("\0state ", 7) + std::to_string(seq)};
  }
  static std::vector<store::LogRow> rows(std::uint64_t first, std::uint64_t last) {
    std::vector<store::LogRow> all;
    for (std::uint64_t seq = first; seq <= last; ++seq) all.push_back(row(seq));
    return all;
  }

  std::unique_ptr<StoreForm> form_ = GetParam().make();
  // Read after settle() only.
  std::vector<std::uint64_t> acked_;
  std::vector<std::uint64_t> outdated_;
};

TEST_P(StoreContract, T1UnknownCanvasIsMadeEmptyWithTheFreshEpoch) {
  const store::StoredCanvas canvas = load();
  EXPECT_EQ(canvas.epoch, kEpoch);
  EXPECT_TRUE(canvas.snapshots.empty());
  EXPECT_TRUE(canvas.log.empty());
  EXPECT_EQ(canvas.first_actor, 1U);
  EXPECT_EQ(canvas.end_actor, 11U);
}

TEST_P(StoreContract, T1AskingForACanvasDoesNotMakeIt) {
  EXPECT_FALSE(exists());
  EXPECT_FALSE(exists());
  load();
  EXPECT_TRUE(exists());
}

TEST_P(StoreContract, T2EpochStaysWhatTheFirstLoadMadeIt) {
  load("board", kEpoch);
  EXPECT_EQ(load("board", 7).epoch, kEpoch);
  form_->restart();
  EXPECT_EQ(load("board", 8).epoch, kEpoch);
}

TEST_P(StoreContract, T3ActorNumbersAreNeverGivenTwice) {
  EXPECT_EQ(load("board", kEpoch, 10).end_actor, 11U);
  std::uint64_t first = 0;
  store().reserve_actors("board", 5, [&](auto result) { first = result.value(); });
  settle();
  EXPECT_EQ(first, 11U);
  form_->restart();
  EXPECT_EQ(load("board", kEpoch, 10).first_actor, 16U);
  EXPECT_EQ(load("other", kEpoch, 10).first_actor, 1U);
}

TEST_P(StoreContract, T4AppendsAreAnsweredInTheirOrder) {
  load();
  for (std::uint64_t seq = 1; seq <= 100; ++seq) append(seq);
  settle();
  std::vector<std::uint64_t> expected;
  for (std::uint64_t seq = 1; seq <= 100; ++seq) expected.push_back(seq);
  EXPECT_EQ(acked_, expected);
}

TEST_P(StoreContract, T5LoadSeesEveryWriteHandedOverBeforeIt) {
  load();
  append(1);
  append(2);
  save_snapshot(2);
  store::StoredCanvas canvas;
  std::size_t acked_before_load = 0;
  store().load("board", kEpoch, 1, [&](auto result) {
    acked_before_load = acked_.size();
    canvas = std::move(result).value();
  });
  append(3);
  settle();
  EXPECT_EQ(acked_before_load, 2U);
  EXPECT_EQ(canvas.log, rows(1, 2));
  EXPECT_THAT(canvas.snapshots, testing::ElementsAre(snapshot(2)));
}

TEST_P(StoreContract, T6RowsComeBackByteForByteAfterARestart) {
  load();
  for (std::uint64_t seq = 1; seq <= 12; ++seq) append(seq);
  store().append("board", kEpoch, {.seq = 13, .sum = 0, .push = ""}, [](auto) {});
  settle();
  form_->restart();
  auto expected = rows(1, 12);
  expected.push_back({.seq = 13, .sum = 0, .push = ""});
  EXPECT_EQ(load().log, expected);
}

TEST_P(StoreContract, T7KeepsTwoSnapshotsAndTheLogAfterTheOlder) {
  load();
  for (std::uint64_t seq = 1; seq <= 10; ++seq) append(seq);
  save_snapshot(3);
  EXPECT_EQ(load().log, rows(1, 10));
  save_snapshot(6);
  EXPECT_EQ(load().log, rows(4, 10));
  save_snapshot(9);
  form_->restart();
  const store::StoredCanvas canvas = load();
  EXPECT_THAT(canvas.snapshots, testing::ElementsAre(snapshot(6), snapshot(9)));
  EXPECT_EQ(canvas.log, rows(7, 10));
}

TEST_P(StoreContract, T7AStateMayBeMadeOnTheStoresThread) {
  load();
  for (std::uint64_t seq = 1; seq <= 3; ++seq) append(seq);
  const auto made = std::make_shared<std::atomic<int>>(0);
  store::SnapshotRow row{.seq = 3, .sum = snapshot(3).sum, .state = {}};
  row.make_state = [made] {
    ++*made;
    return snapshot(3).state;
  };
  store().save_snapshot("board", kEpoch, std::move(row));
  settle();
  form_->restart();
  EXPECT_THAT(load().snapshots, testing::ElementsAre(snapshot(3)));
  EXPECT_EQ(*made, 1);
}

TEST_P(StoreContract, T7IgnoresASnapshotOlderThanBothAndReplacesOneOfTheSameSeq) {
  load();
  for (std::uint64_t seq = 1; seq <= 10; ++seq) append(seq);
  for (const std::uint64_t seq : {4U, 8U, 8U, 2U}) {
    save_snapshot(seq);
    settle();
  }
  const store::StoredCanvas canvas = load();
  EXPECT_THAT(canvas.snapshots, testing::ElementsAre(snapshot(4), snapshot(8)));
  EXPECT_EQ(canvas.log, rows(5, 10));
}

TEST_P(StoreContract, T7NewerSnapshotTakesThePlaceOfOneThatWaits) {
  load();
  for (std::uint64_t seq = 1; seq <= 10; ++seq) append(seq);
  save_snapshot(3);
  settle();
  form_->break_medium();
  save_snapshot(5);
  append(11);
  save_snapshot(11);
  save_snapshot(7);
  form_->mend_medium();
  settle();
  const store::StoredCanvas canvas = load();
  EXPECT_THAT(canvas.snapshots, testing::ElementsAre(snapshot(3), snapshot(11)));
  EXPECT_EQ(canvas.log, rows(4, 11)) << "nothing is cut behind a snapshot that was not written";
}

TEST_P(StoreContract, T7EveryLoadBetweenSnapshotsThatWaitSeesAHistory) {
  load();
  std::vector<store::StoredCanvas> seen;  // read after settle() only
  for (std::uint64_t seq = 1; seq <= 30; ++seq) {
    append(seq);
    if (seq % 3 == 0) save_snapshot(seq);
    store().load("board", kEpoch, 1,
                 [&](auto result) { seen.push_back(std::move(result).value()); });
  }
  settle();
  ASSERT_EQ(seen.size(), 30U);
  for (std::uint64_t head = 1; head <= 30; ++head) {
    const store::StoredCanvas& canvas = seen[head - 1];
    const std::uint64_t base = canvas.snapshots.size() == 2 ? canvas.snapshots[0].seq : 0;
    EXPECT_EQ(canvas.log, rows(base + 1, head));
    if (!canvas.snapshots.empty()) {
      EXPECT_LE(canvas.snapshots.back().seq, head);
    }
  }
  EXPECT_EQ(load().snapshots.back(), snapshot(30));
}

TEST_P(StoreContract, T8LastSeenIsOneRowPerUserAndTheLatestCallWins) {
  const store::LastSeen early{"ann", "Ann", 100, std::string("\x80\0", 2)};
  const store::LastSeen late{"ann", "Ann B.", 50, "\x81"};
  const store::LastSeen bob{"bob", "Bob", 70, ""};
  load();
  store().save_last_seen("board", bob);
  store().save_last_seen("board", early);
  store().save_last_seen("board", late);
  store().save_last_seen("never loaded", bob);
  settle();
  form_->restart();
  EXPECT_THAT(last_seen(), testing::ElementsAre(late, bob));
  EXPECT_THAT(last_seen("never loaded"), testing::IsEmpty());
}

TEST_P(StoreContract, T8NewestAreReadAndTheOldestForgotten) {
  const auto person = [](std::size_t number) {
    // Two come at a time, and the later ones have the lower ids.
    return store::LastSeen{std::to_string(30'000 - number), "N", static_cast<WallMs>(number / 2),
                           "\x80"};
  };
  load();
  for (std::size_t i = 0; i < store::kLastSeenRowsMax + 2; ++i) {
    store().save_last_seen("board", person(i));
  }
  const auto rows = last_seen();
  ASSERT_EQ(rows.size(), store::kLastSeenRowsRead);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i], person(store::kLastSeenRowsMax + 1 - i));
  }
  // Whoever was read is made older than the rest, so that the rest has its turn.
  std::size_t kept = 0;
  constexpr std::size_t kPages = store::kLastSeenRowsMax / store::kLastSeenRowsRead;
  for (std::size_t page = 0; page <= kPages; ++page) {
    for (store::LastSeen& row : last_seen()) {
      if (row.at_ms < 0) continue;
      ++kept;
      row.at_ms = -1;
      store().save_last_seen("board", row);
    }
  }
  EXPECT_EQ(kept, store::kLastSeenRowsMax);
}

TEST_P(StoreContract, T9CanvasesDoNotTouchEachOther) {
  load("a");
  load("b");
  append(1, "a");
  append(1, "b");
  append(2, "b");
  save_snapshot(1, "a");
  EXPECT_EQ(load("a").log, rows(1, 1));
  EXPECT_EQ(load("b").log, rows(1, 2));
  EXPECT_TRUE(load("b").snapshots.empty());
}

TEST_P(StoreContract, T10WhileTheMediumFailsReadsAreAnsweredUnavailableAndWritesWait) {
  load();
  append(1);
  settle();
  form_->break_medium();
  EXPECT_FALSE(store().is_available());
  append(2);
  std::optional<store::StoreErrc> errc;
  std::mutex mutex;
  std::condition_variable answered;
  store().load("board", kEpoch, 1, [&](auto result) {
    std::lock_guard lock(mutex);
    errc = result.error().errc;
    answered.notify_one();
  });
  // The write before it keeps waiting, so this cannot succeed; it only gives a pumped store its
  // turn.
  EXPECT_FALSE(store().flush(std::chrono::steady_clock::now()));
  {
    std::unique_lock lock(mutex);
    answered.wait(lock, [&] { return errc.has_value(); });
    EXPECT_EQ(errc, store::StoreErrc::unavailable);
  }
  append(3);
  form_->mend_medium();
  settle();
  EXPECT_TRUE(store().is_available());
  EXPECT_THAT(acked_, testing::ElementsAre(1, 2, 3));
  EXPECT_EQ(load().log, rows(1, 3));
}

TEST_P(StoreContract, T11IsUnavailableWhileTooMuchWaits) {
  load();
  form_->break_medium();
  // More than the bound waits; once the medium is mended all of it is written.
  const Bytes large(store::kQueueBytesMax / 8, 'x');
  for (std::uint64_t seq = 1; seq <= 9; ++seq) {
    store().append("board", kEpoch, {.seq = seq, .sum = seq, .push = large},
                   [this](auto) { acked_.push_back(0); });
  }
  EXPECT_FALSE(store().is_available());
  form_->mend_medium();
  settle();
  EXPECT_EQ(acked_.size(), 9U);
  EXPECT_TRUE(store().is_available());
}

TEST_P(StoreContract, T11SnapshotsThatWaitDoNotCount) {
  load();
  // A store with a thread of its own waits in the answer to the read.
  std::promise<void> go_on;
  store().exists("board", [&](auto) { go_on.get_future().wait(); });
  const Bytes large(store::kQueueBytesMax + 1, 'x');
  store().save_snapshot("board", kEpoch, {.seq = 1, .sum = 1, .state = large});
  EXPECT_TRUE(store().is_available());
  go_on.set_value();
  settle();
  EXPECT_EQ(load().snapshots.size(), 1U);
}

TEST_P(StoreContract, T20AppendUnderAnotherEpochIsOutdatedAndWritesNothing) {
  load();
  append(1);
  append(2, "board", 7);
  append(2);
  settle();
  EXPECT_THAT(acked_, testing::ElementsAre(1, 2));
  EXPECT_THAT(outdated_, testing::ElementsAre(2));
  append(3, "board", 7);
  settle();
  form_->restart();
  EXPECT_EQ(load().log, rows(1, 2));
}

TEST_P(StoreContract, T21SameRowTwiceIsKeptOnceAndAnsweredCommitted) {
  load();
  append(1);
  append(1);
  append(2);
  settle();
  append(1);
  append(2);
  settle();
  EXPECT_THAT(acked_, testing::ElementsAre(1, 1, 2, 1, 2));
  EXPECT_EQ(load().log, rows(1, 2));
}

TEST_P(StoreContract, T21RowThatIsForgottenBehindTheOlderSnapshotIsNotWrittenAgain) {
  load();
  for (std::uint64_t seq = 1; seq <= 8; ++seq) append(seq);
  for (const std::uint64_t seq : {4U, 6U}) {
    save_snapshot(seq);
    settle();
  }
  append(2);
  append(4);
  append(5);
  settle();
  EXPECT_EQ(acked_.size(), 11U);
  EXPECT_EQ(load().log, rows(5, 8));
}

TEST_P(StoreContract, T22SnapshotOfAnotherEpochIsIgnored) {
  load();
  for (std::uint64_t seq = 1; seq <= 4; ++seq) append(seq);
  save_snapshot(3, "board", 7);
  settle();
  EXPECT_TRUE(load().snapshots.empty());
  save_snapshot(2);
  save_snapshot(4, "board", 7);  // takes the place of the one that may wait
  settle();
  const store::StoredCanvas canvas = load();
  EXPECT_LE(canvas.snapshots.size(), 1U);
  EXPECT_EQ(canvas.log, rows(1, 4));
}

TEST_P(StoreContract, T23StartsOverWithTheBaseAndNothingElse) {
  load("board", kEpoch, 10);
  for (std::uint64_t seq = 1; seq <= 8; ++seq) append(seq);
  for (const std::uint64_t seq : {3U, 6U}) {
    save_snapshot(seq);
    settle();
  }
  EXPECT_TRUE(start_over(kEpoch, 7, 5));
  store::StoredCanvas canvas = load("board", 1);
  EXPECT_EQ(canvas.epoch, 7U);
  EXPECT_THAT(canvas.snapshots, testing::ElementsAre(snapshot(5)));
  EXPECT_TRUE(canvas.log.empty());
  EXPECT_EQ(canvas.first_actor, 11U) << "actor numbers go on";
  append(6);
  append(6, "board", 7);
  settle();
  EXPECT_THAT(outdated_, testing::ElementsAre(6));
  form_->restart();
  canvas = load("board", 1);
  EXPECT_EQ(canvas.epoch, 7U);
  EXPECT_THAT(canvas.snapshots, testing::ElementsAre(snapshot(5)));
  EXPECT_EQ(canvas.log, rows(6, 6));
}

TEST_P(StoreContract, T23StartingOverIsFencedByTheEpoch) {
  load();
  append(1);
  EXPECT_FALSE(start_over(kEpoch + 1, 7, 5));
  EXPECT_EQ(load().log, rows(1, 1));
  EXPECT_TRUE(start_over(kEpoch, 7, 5));
  append(6, "board", 7);
  // Again, as after an outcome that was never heard of: what came since stays.
  EXPECT_TRUE(start_over(kEpoch, 7, 5));
  EXPECT_EQ(load().log, rows(6, 6));
  EXPECT_FALSE(start_over(kEpoch, 8, 5)) << "another one was first";
  EXPECT_EQ(load().epoch, 7U);
}

TEST_P(StoreContract, T23BaseUnderTheSameEpochClosesAHoleAndTakesNothingAway) {
  load();
  for (const std::uint64_t seq : {1U, 2U, 5U}) append(seq);
  settle();
  EXPECT_FALSE(start_over(kEpoch, kEpoch, 4)) << "a row lies beyond the base";
  EXPECT_EQ(load().log.size(), 3U);
  EXPECT_TRUE(start_over(kEpoch, kEpoch, 5));
  append(6);
  settle();
  const store::StoredCanvas canvas = load();
  EXPECT_EQ(canvas.epoch, kEpoch);
  EXPECT_THAT(canvas.snapshots, testing::ElementsAre(snapshot(5)));
  EXPECT_EQ(canvas.log, rows(6, 6));
  EXPECT_FALSE(start_over(kEpoch, kEpoch, 4)) << "so does the snapshot";
}

TEST_P(StoreContract, T23WritesBeforeAndAfterStartingOverKeepTheirOrder) {
  load();
  append(1);
  append(2);
  save_snapshot(2);
  store().start_over("board", kEpoch, 7, snapshot(1), [](bool) {});
  append(3);
  append(2, "board", 7);
  save_snapshot(2, "board", 7);
  settle();
  EXPECT_THAT(acked_, testing::ElementsAre(1, 2, 2));
  EXPECT_THAT(outdated_, testing::ElementsAre(3));
  const store::StoredCanvas canvas = load();
  EXPECT_THAT(canvas.snapshots, testing::ElementsAre(snapshot(1), snapshot(2)));
  EXPECT_EQ(canvas.log, rows(2, 2));
}

TEST_P(StoreContract, T23StartingOverWaitsLikeAnAppend) {
  load();
  append(1);
  settle();
  form_->break_medium();
  std::optional<bool> answer;
  store().start_over("board", kEpoch, 7, snapshot(1), [&](bool is_under) { answer = is_under; });
  append(2, "board", 7);
  form_->mend_medium();
  settle();
  EXPECT_EQ(answer, true);
  EXPECT_THAT(acked_, testing::ElementsAre(1, 2));
  EXPECT_EQ(load().log, rows(2, 2));
}

}  // namespace weft::test
