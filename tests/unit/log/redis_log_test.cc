// SPDX-License-Identifier: Apache-2.0
#include "redis_log_unit.h"

#include <optional>
#include <string>
#include <vector>

namespace weft::test {
namespace {

using redis::RedisErrc;

// Opening

TEST_F(RedisLogUnit, L20WhatIsAnnouncedWhileItOpensIsFetched) {
  log_->open("board", room);
  listener().channel_ready(kChannel);
  announce(1, made_push("ann", 1));
  redis.answer("open", opened(0, {}));
  EXPECT_TRUE(room.is_open);
  redis.answer("since", since(1, {entry(1, made_push("ann", 1))}));
  EXPECT_EQ(room.document, "ann:1 ");
}

TEST_F(RedisLogUnit, L20LongTailIsFetchedInPiecesBeforeItOpens) {
  log_->open("board", room);
  listener().channel_ready(kChannel);
  redis.answer("open", opened(3, {entry(1, made_push("ann", 1))}));
  EXPECT_FALSE(room.is_open);
  redis.answer("since", since(4, {entry(2, made_push("ann", 2))}));
  EXPECT_FALSE(room.is_open);
  redis.answer("since", since(4, {entry(3, made_push("ann", 3)), entry(4, made_push("ann", 4))}));
  EXPECT_EQ(room.document, "ann:1 ann:2 ann:3 ann:4 ");
}

TEST_F(RedisLogUnit, L11HoleIsReadOnceMoreAndThenTheCanvasStaysClosed) {
  log_->open("board", room);
  listener().channel_ready(kChannel);
  redis.answer("open", opened(2, {entry(2, made_push("ann", 2))}));
  EXPECT_THAT(redis.waiting(), IsEmpty());
  pass(1s);
  redis.answer("open", opened(2, {entry(2, made_push("ann", 2))}));
  EXPECT_EQ(room.failure,
            "corrupt: Canvas board is damaged in Redis at seq 1: this entry is missing.");
  EXPECT_THAT(redis.listeners, IsEmpty());
}

TEST_F(RedisLogUnit, L11SumThatAnAppenderDidNotKnowIsDamage) {
  log_->open("board", room);
  listener().channel_ready(kChannel);
  const auto forked = [&] {
    return opened(2, {entry(1, made_push("ann", 1)), entry(2, made_push("ann", 2), "1 12345")});
  };
  redis.answer("open", forked());
  pass(1s);
  redis.answer("open", forked());
  EXPECT_THAT(room.failure, HasSubstr("at seq 2: its appender knew another history"));
}

TEST_F(RedisLogUnit, L21UnreachableRedisFailsTheOpenAfterTenSeconds) {
  log_->open("board", room);
  pass(9'900ms);
  EXPECT_THAT(room.failure, IsEmpty());
  pass(200ms);
  EXPECT_THAT(room.failure, HasSubstr("unavailable: Canvas board could not be opened: the subs"));
  pass();
  EXPECT_EQ(log_->next_deadline(), std::optional<Instant>()) << "nothing is left to be done";
}

TEST_F(RedisLogUnit, L29UnknownCanvasIsNotMadeInARedisThatHasJustStarted) {
  log_->open("board", room);
  listener().channel_ready(kChannel);
  redis.answer("open", words({"absent"}));
  redis.answer("INFO", text("# Server\r\nuptime_in_seconds:2\r\n"));
  pass(500ms);
  EXPECT_THAT(redis.waiting(), IsEmpty());
  pass(600ms);
  redis.answer("open", words({"restoring"}));
  pass(200ms);
  redis.answer("open", words({"absent"}));
  redis.answer("INFO", text("# Server\r\nuptime_in_seconds:5\r\n"));
  EXPECT_EQ(redis.waiting(), "seed");
  redis.answer("seed", words({"exists"}));
  redis.answer("open", opened(0, {}));
  EXPECT_TRUE(room.is_open);
}

TEST_F(RedisLogUnit, L8AnswersToAClosedCanvasReachNobody) {
  log_->open("board", room);
  listener().channel_ready(kChannel);
  log_->close("board");
  redis.answer("open", opened(0, {}));
  EXPECT_FALSE(room.is_open);
  LogRoom second;
  log_->open("board", second);
  listener().channel_ready(kChannel);
  log_->close("board");
  log_.reset();
  redis.answer("open", opened(0, {}));
  EXPECT_FALSE(second.is_open);
}

// Following

TEST_F(RedisLogUnit, L20OldAndDoubledMessagesAreIgnored) {
  open();
  announce(1, made_push("ann", 1));
  announce(1, made_push("ann", 1));
  announce(2, made_push("ann", 2));
  announce(1, made_push("ann", 1));
  listener().channel_message(kChannel, "no message of ours");
  listener().channel_message(kChannel, "");
  EXPECT_EQ(room.document, "ann:1 ann:2 ");
  EXPECT_THAT(redis.waiting(), IsEmpty());
}

TEST_F(RedisLogUnit, L20NothingIsToldAfterAHoleUntilItIsFilled) {
  open();
  announce(3, made_push("ann", 3));
  announce(4, made_push("ann", 4));
  EXPECT_THAT(room.document, IsEmpty());
  EXPECT_EQ(redis.waiting(), "since") << "one look for all";
  redis.answer("since", since(2, {entry(1, made_push("ann", 1)), entry(2, made_push("ann", 2))}));
  EXPECT_EQ(room.document, "ann:1 ann:2 ann:3 ann:4 ");
}

TEST_F(RedisLogUnit, L20MoreThanAMebibyteAheadIsFetchedInstead) {
  open();
  log::Push big = made_push("ann", 0);
  big.ops = std::string("\x91\xc5\xf0\x00", 4) + std::string(0xf000, 'x');
  std::vector<redis::Reply> entries = {entry(1, made_push("bob", 1))};
  for (std::uint64_t seq = 2; seq <= 40; ++seq) {
    big.n = seq - 1;
    announce(seq, big);
    entries.push_back(entry(seq, big));
  }
  redis.answer("since", since(1, {entries[0]}));
  EXPECT_GT(room.seq, 10U);
  EXPECT_LT(room.seq, 40U);
  redis.answer("since",
               since(40, {entries.begin() + static_cast<std::ptrdiff_t>(room.seq), entries.end()}));
  EXPECT_EQ(room.seq, 40U);
}

TEST_F(RedisLogUnit, L21AfterABreakOfTheChannelTheCanvasIsProvenWholeAgain) {
  open();
  EXPECT_THAT(log_->trouble(), IsEmpty());
  listener().channel_lost(kChannel);
  EXPECT_THAT(log_->trouble(), HasSubstr("not proven whole"));
  listener().channel_ready(kChannel);
  EXPECT_THAT(log_->trouble(), HasSubstr("not proven whole"));
  redis.answer("since", since(1, {entry(1, made_push("ann", 1))}));
  if (redis.waiting() == "since") redis.answer("since", since(1, {}));
  EXPECT_THAT(log_->trouble(), IsEmpty());
  EXPECT_EQ(room.document, "ann:1 ");
}

TEST_F(RedisLogUnit, L16EachSyncIsAnsweredAfterALookThatBeganAfterIt) {
  open();
  EXPECT_FALSE(log_->sync("board"));
  EXPECT_FALSE(log_->sync("board"));
  EXPECT_FALSE(log_->sync("board"));
  redis.answer("since", since(0, {}));
  EXPECT_EQ(room.syncs, 1) << "the others were called when that look was under way";
  redis.answer("since", since(1, {entry(1, made_push("ann", 1))}));
  EXPECT_EQ(room.syncs, 3);
  EXPECT_EQ(room.document, "ann:1 ");
}

TEST_F(RedisLogUnit, L16SyncIsAnsweredLateWhenRedisCannotBeReached) {
  open();
  EXPECT_FALSE(log_->sync("board"));
  redis.fail("since", RedisErrc::unknown);
  pass(100ms);
  redis.fail("since", RedisErrc::not_sent);
  EXPECT_EQ(room.syncs, 0);
  pass(200ms);
  redis.answer("since", since(0, {}));
  EXPECT_EQ(room.syncs, 1);
}

// Appending

TEST_F(RedisLogUnit, L21EntryThatTheChannelDoesNotBringIsFetched) {
  open();
  push("ann", 1);
  redis.answer("append", words({"ok", "1"}));
  pass(190ms);
  EXPECT_THAT(redis.waiting(), IsEmpty());
  pass(20ms);
  redis.answer("since", since(1, {entry(1, made_push("ann", 1))}));
  EXPECT_EQ(room.document, "ann:1 ");
  pass(1h);
  EXPECT_THAT(redis.waiting(), IsEmpty());
}

TEST_F(RedisLogUnit, L21EntryMayBeAnnouncedBeforeItsAppendIsAnswered) {
  open();
  push("ann", 1);
  announce(1, made_push("ann", 1));
  EXPECT_EQ(room.document, "ann:1 ");
  redis.answer("append", words({"ok", "1"}));
  pass(1h);
  EXPECT_THAT(redis.waiting(), IsEmpty());
  EXPECT_THAT(room.refusals, IsEmpty());
}

TEST_F(RedisLogUnit, L21UnknownOutcomeIsLookedUpAndOnlyWhatIsMissingIsSentAgain) {
  open();
  push("ann", 1);
  push("bob", 1);
  push("ann", 2);
  for (int i = 0; i < 3; ++i) redis.fail("append", RedisErrc::unknown);
  EXPECT_THAT(redis.waiting(), IsEmpty());
  pass(100ms);
  redis.answer("since", since(1, {entry(1, made_push("ann", 1))}));
  EXPECT_EQ(room.document, "ann:1 ");
  ASSERT_EQ(redis.waiting(), "append") << "one finds out whether appends work again";
  EXPECT_EQ(redis.calls[0].arguments[1], "bob");
  redis.answer("append", words({"ok", "2"}));
  redis.answer("since", since(2, {entry(2, made_push("bob", 1))}));
  ASSERT_EQ(redis.waiting(), "append");
  EXPECT_EQ(redis.calls[0].arguments[1], "ann");
  EXPECT_EQ(redis.calls[0].arguments[2], "2");
  redis.answer("append", words({"duplicate"}));
  redis.answer("since", since(3, {entry(3, made_push("ann", 2))}));
  EXPECT_EQ(room.document, "ann:1 bob:1 ann:2 ");
  EXPECT_THAT(room.refusals, IsEmpty());
}

TEST_F(RedisLogUnit, L21PushThatOvertookItsForerunnerComesAgainBehindIt) {
  open();
  push("ann", 1);
  push("ann", 2);
  redis.fail("append", RedisErrc::refused, "OOM command not allowed");
  redis.answer("append", words({"out_of_order"}));
  EXPECT_THAT(room.refusals, IsEmpty());
  if (redis.waiting() == "since") redis.answer("since", since(0, {}));
  ASSERT_EQ(redis.waiting(), "append append");
  EXPECT_EQ(redis.calls[0].arguments[2], "1");
  EXPECT_EQ(redis.calls[1].arguments[2], "2");
}

TEST_F(RedisLogUnit, L4DuplicatesOfAPushUnderWayAreToldAfterItOncePerActor) {
  open();
  push("ann", 1, ActorId{7});
  push("ann", 1, ActorId{8});
  push("ann", 1, ActorId{8});
  EXPECT_EQ(redis.waiting(), "append");
  announce(1, made_push("ann", 1, ActorId{7}));
  EXPECT_EQ(room.document, "ann:1 ");
  EXPECT_THAT(room.refusals, ElementsAre("duplicate ann:1"));
}

TEST_F(RedisLogUnit, L4PushThatAnotherInstanceAppendedFirstIsADuplicate) {
  open();
  push("ann", 1, ActorId{7});
  announce(1, made_push("ann", 1, ActorId{9}));
  EXPECT_THAT(room.refusals, ElementsAre("duplicate ann:1"));
}

TEST_F(RedisLogUnit, L5NumberThatRedisCannotCountIsOutOfOrder) {
  open();
  push("ann", (std::uint64_t{1} << 53) + 1);
  pass();
  EXPECT_THAT(redis.waiting(), IsEmpty());
  EXPECT_THAT(room.refusals, ElementsAre("out_of_order ann:9007199254740993"));
}

TEST_F(RedisLogUnit, L15NoMoreThanEightMebibytesAreUnderWay) {
  open();
  log::Push big = made_push("ann", 0);
  big.ops = std::string("\x91\xc6\x00\x0f\x00\x00", 6) + std::string(0x0f0000, 'x');
  for (big.n = 1; big.n <= 9; ++big.n) log_->append("board", big);
  pass();
  EXPECT_THAT(room.refusals, ElementsAre("unavailable ann:9"));
  EXPECT_EQ(redis.calls.size(), 8U);
}

TEST_F(RedisLogUnit, L6PushesAreKeptForASecondAndThenRefused) {
  open();
  push("ann", 1);
  redis.fail("append", RedisErrc::not_sent);
  pass(900ms);
  push("ann", 2);
  pass();
  EXPECT_TRUE(log_->is_available());
  EXPECT_THAT(room.refusals, IsEmpty());
  pass(200ms);
  EXPECT_FALSE(log_->is_available());
  push("ann", 3);
  push("ann", 4);
  pass();
  EXPECT_THAT(room.refusals, ElementsAre("unavailable ann:3", "unavailable ann:4"));
  EXPECT_THAT(notices, testing::Contains(HasSubstr("Redis takes no edits of canvas board")));
}

TEST_F(RedisLogUnit, L21ClosingFromInsideACallIsAllowed) {
  /// Closes the canvas at the first chance of a kind.
  struct Closer final : log::LogListener {
    explicit Closer(log::Log& log) : log_(log) {}
    void log_opened(log::Opened) override { closes_on("opened"); }
    void log_open_failed(log::LogErrc, const std::string&) override {}
    void log_entries(std::span<const log::Entry>) override { closes_on("entries"); }
    void log_refused(const ClientId&, std::uint64_t, ActorId, log::LogErrc) override {
      closes_on("refused");
    }
    void log_actors(log::ActorRange) override { closes_on("actors"); }
    void log_synced() override { closes_on("synced"); }
    void log_epoch_changed(std::uint64_t) override { closes_on("epoch"); }
    void log_reset() override { closes_on("reset"); }
    std::optional<Bytes> log_state() override { return "state"; }
    void closes_on(const std::string& what) {
      ++calls;
      if (what == wanted) log_.close("board");
    }
    log::Log& log_;
    std::string wanted;
    int calls = 0;
  };
  for (const std::string wanted :
       {"opened", "entries", "refused", "actors", "synced", "epoch", "reset"}) {
    SCOPED_TRACE(wanted);
    Closer closer(*log_);
    closer.wanted = wanted;
    log_->open("board", closer);
    listener().channel_ready(kChannel);
    redis.answer("open", opened(0, {}));
    if (wanted == "entries" || wanted == "refused") {
      push("ann", 1);
      push("ann", 1, ActorId{8});
      push("ann", 1, ActorId{9});
      announce(1, made_push("ann", 1));
    } else if (wanted == "actors") {
      log_->reserve_actors("board");
      redis.answer("reserve", words({"ok", "300"}));
    } else if (wanted == "synced") {
      (void)log_->sync("board");
      redis.answer("since", since(0, {}));
    } else if (wanted == "epoch") {
      (void)log_->sync("board");
      redis.answer("since", words({"moved", "6", "0", "0", "0", "chain0", "1"}));
    } else if (wanted == "reset") {
      (void)log_->sync("board");
      redis.answer("since", words({"fork", "3"}));
    }
    const int calls = closer.calls;
    EXPECT_GT(calls, 0);
    EXPECT_THAT(redis.listeners, IsEmpty());
    while (!redis.calls.empty()) {
      redis.calls.front().done(words({"ok", "1"}));
      redis.calls.pop_front();
    }
    pass(1min);
    EXPECT_EQ(closer.calls, calls);
    redis.calls.clear();
  }
}

// Another history

TEST_F(RedisLogUnit, L23EpochThatGoesOnFromHereIsFollowed) {
  open();
  announce(1, made_push("ann", 1));
  push("bob", 1);
  redis.answer("append", list({text("epoch"), text("6")}));
  redis.answer("since", words({"moved", "6", "2", "0", "0", "chain0", "1"}));
  EXPECT_EQ(room.epoch, 6U);
  EXPECT_EQ(room.resets, 0);
  EXPECT_EQ(redis.calls[0].arguments[0], "6");
  redis.answer("since", since(2, {entry(2, made_push("eve", 1))}));
  EXPECT_EQ(room.document, "ann:1 eve:1 ");
  ASSERT_EQ(redis.waiting(), "append");
  EXPECT_EQ(redis.calls[0].arguments[0], "6");
}

TEST_F(RedisLogUnit, L26EntriesThatTheOtherHistoryLacksAreAppendedAgainBeforeAnythingNew) {
  open();
  announce(1, made_push("ann", 1));
  announce(2, made_push("bob", 1));
  announce(3, made_push("ann", 2));
  (void)log_->sync("board");
  redis.answer("since", words({"fork", "9"}));
  EXPECT_EQ(room.resets, 1);
  redis.answer("open", opened(1, {entry(1, made_push("ann", 1))}));
  EXPECT_TRUE(room.is_open);
  ASSERT_EQ(redis.waiting(), "append append");
  EXPECT_EQ(redis.calls[0].arguments[1], "bob");
  EXPECT_EQ(redis.calls[1].arguments[1], "ann");
  EXPECT_EQ(redis.calls[1].arguments[2], "2");
  announce(2, made_push("bob", 1));
  announce(3, made_push("ann", 2));
  EXPECT_EQ(room.document, "ann:1 bob:1 ann:2 ");
  EXPECT_THAT(room.refusals, IsEmpty()) << "nobody waits for an answer";
}

TEST_F(RedisLogUnit, L26WhatIsBeingBroughtBackSurvivesASecondReset) {
  open();
  announce(1, made_push("ann", 1));
  announce(2, made_push("bob", 1));
  announce(3, made_push("ann", 2));
  for (int i = 0; i < 2; ++i) {
    redis.calls.clear();
    (void)log_->sync("board");
    redis.answer("since", words({"fork", "9"}));
    redis.answer("open", opened(1, {entry(1, made_push("ann", 1))}));
    ASSERT_EQ(redis.waiting(), "append append") << i;
    EXPECT_EQ(redis.calls[0].arguments[1], "bob");
    EXPECT_EQ(redis.calls[1].arguments[1], "ann");
  }
}

TEST_F(RedisLogUnit, L26WhatIsToBeBroughtBackIsTriedAlsoWhenTheCanvasIsClosedMeanwhile) {
  open();
  announce(1, made_push("ann", 1));
  announce(2, made_push("bob", 1));
  (void)log_->sync("board");
  redis.answer("since", words({"fork", "9"}));
  log_->close("board");
  EXPECT_FALSE(log_->is_idle());
  redis.calls.clear();
  pass(200ms);
  ASSERT_EQ(redis.waiting(), "append append");
  redis.answer("append", words({"duplicate"}));
  redis.answer("append", words({"absent"}));
  EXPECT_FALSE(log_->is_idle()) << "somebody may bring the canvas back";
  pass(2s);
  redis.answer("append", words({"ok", "2"}));
  EXPECT_TRUE(log_->is_idle());
  pass(1min);
  EXPECT_THAT(notices, testing::Not(testing::Contains(HasSubstr("could not be brought back"))));
}

TEST_F(RedisLogUnit, L26WhatIsGivenUpIsSaid) {
  open();
  announce(1, made_push("ann", 1));
  (void)log_->sync("board");
  redis.answer("since", words({"fork", "9"}));
  log_->close("board");
  pass(31s);
  EXPECT_TRUE(log_->is_idle());
  EXPECT_THAT(notices, testing::Contains(HasSubstr("could not be brought back to canvas board")));
}

TEST_F(RedisLogUnit, L26NextLifeTakesOverWhatIsToBeBroughtBack) {
  open();
  announce(1, made_push("ann", 1));
  (void)log_->sync("board");
  redis.answer("since", words({"fork", "9"}));
  log_->close("board");
  redis.calls.clear();
  LogRoom second;
  log_->open("board", second);
  listener().channel_ready(kChannel);
  redis.answer("open", opened(0, {}));
  ASSERT_EQ(redis.waiting(), "append");
  EXPECT_EQ(redis.calls[0].arguments[1], "ann");
}

TEST_F(RedisLogUnit, L21AnnouncedEntryThatRedisDoesNotHaveIsNotLookedForEndlessly) {
  open();
  announce(3, made_push("ann", 3));
  redis.answer("since", since(1, {entry(1, made_push("ann", 1))}));
  redis.answer("since", since(1, {}));
  EXPECT_THAT(redis.waiting(), IsEmpty());
  pass(150ms);
  redis.answer("since", since(1, {}));
  pass(1h);
  EXPECT_THAT(redis.waiting(), IsEmpty());
  EXPECT_THAT(log_->trouble(), IsEmpty());
}

TEST_F(RedisLogUnit, L23LostCanvasIsOfferedAndRestoredAfterASecond) {
  open();
  announce(1, made_push("ann", 1));
  push("ann", 2);
  redis.answer("append", words({"absent"}));
  redis.answer("since", words({"absent"}));
  ASSERT_EQ(redis.waiting(), "offer");
  EXPECT_THAT(redis.calls[0].arguments, ElementsAre("", "", "me", "1", "5000"));
  redis.answer("offer", words({"ok"}));
  EXPECT_THAT(log_->trouble(), HasSubstr("brought back"));
  pass(900ms);
  EXPECT_THAT(redis.waiting(), IsEmpty());
  pass(200ms);
  ASSERT_EQ(redis.waiting(), "restore");
  EXPECT_EQ(redis.calls[0].arguments[4], "0");
  EXPECT_EQ(redis.calls[0].arguments[5], "101") << "a fresh epoch";
  redis.answer("restore", words({"ok"}));
  EXPECT_EQ(room.epoch, 101U);
  redis.answer("since", since(1, {}));
  ASSERT_EQ(redis.waiting(), "append") << "what was under way goes on";
  EXPECT_THAT(log_->trouble(), IsEmpty());
}

TEST_F(RedisLogUnit, L23WhoWasOutbidWaitsThreeSecondsForTheWinner) {
  open();
  announce(1, made_push("ann", 1));
  (void)log_->sync("board");
  redis.answer("since", words({"behind", "0"}));
  redis.answer("offer", words({"ok"}));
  int attempts = 0;
  bool is_forced = false;
  for (int i = 0; i < 100 && !is_forced; ++i) {
    pass(50ms);
    if (redis.calls.empty()) continue;
    const std::string name = redis.calls[0].name;
    if (name == "since") redis.answer("since", words({"behind", "0"}));
    if (name == "offer") redis.answer("offer", words({"ok"}));
    if (name == "restore") {
      is_forced = redis.calls[0].arguments[4] == "1";
      if (!is_forced) redis.answer("restore", words({"not_highest"}));
      ++attempts;
    }
  }
  EXPECT_TRUE(is_forced);
  EXPECT_GT(attempts, 2);
  EXPECT_GE(now - Instant(1h), 3s);
  EXPECT_LE(now - Instant(1h), 4s);
}

TEST_F(RedisLogUnit, L23RestoreOfUnknownOutcomeIsRecognizedAsOnesOwn) {
  open();
  announce(1, made_push("ann", 1));
  (void)log_->sync("board");
  redis.answer("since", words({"absent"}));
  redis.answer("offer", words({"ok"}));
  pass(1s);
  redis.fail("restore", RedisErrc::unknown);
  pass(200ms);
  redis.answer("since", words({"moved", "101", "1", "1", "0", "chain1", "1"}));
  EXPECT_EQ(room.epoch, 101U);
  EXPECT_EQ(room.resets, 0);
  redis.answer("since", since(1, {}));
  EXPECT_EQ(room.syncs, 1);
  EXPECT_THAT(log_->trouble(), IsEmpty());
}

}  // namespace
}  // namespace weft::test
