// SPDX-License-Identifier: Apache-2.0
// Each script of the log by itself, on a real Redis.
#include "log/lua_sources.h"
#include "log/redis_scripts.h"
#include "support/redis_client_harness.h"
#include "support/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace weft::test {
namespace {

using namespace std::chrono_literals;
using log::Appended;
using log::OpenReply;
using log::RedisScripts;
using log::SinceReply;
using Restored = RedisScripts::Restored;
using testing::ElementsAre;
using testing::HasSubstr;

RedisServer& server() {
  static RedisServer shared;
  return shared;
}

class RedisScriptsTest : public testing::Test {
 protected:
  RedisScriptsTest() {
    server().command({"FLUSHALL"});
    EXPECT_TRUE(redis.run_until_healthy());
  }

  template <class T, class Call>
  Result<T, redis::RedisError> ask(Call call) {
    std::optional<Result<T, redis::RedisError>> answer;
    call([&](Result<T, redis::RedisError> result) { answer = std::move(result); });
    EXPECT_FALSE(answer.has_value()) << "nothing is answered from inside the call";
    redis.run_until([&] { return answer.has_value(); }, "an answer");
    return *std::move(answer);
  }
  log::Push push(const ClientId& client, std::uint64_t n, const UserId& user = "user") {
    return {.client = client, .n = n, .actor = ActorId{1}, .user = user, .ops = "\x90"};
  }
  Appended append(const log::Push& one, std::uint64_t epoch = 5, const log::Point& known = {}) {
    return *ask<Appended>([&](auto done) {
      scripts.append(epoch, one, log::encode_push(one), known, std::move(done));
    });
  }
  OpenReply open() {
    return *ask<OpenReply>([&](auto done) { scripts.open(10, std::move(done)); });
  }
  SinceReply since(std::uint64_t epoch, std::uint64_t seq, const Bytes& chain) {
    return *ask<SinceReply>([&](auto done) { scripts.since(epoch, seq, chain, std::move(done)); });
  }
  bool seed(std::uint64_t epoch = 5) {
    log::WholeCanvas canvas;
    canvas.epoch = epoch;
    canvas.head.chain = "start";
    return *ask<bool>([&](auto done) { scripts.seed(canvas, std::move(done)); });
  }
  bool offer(const log::Seen& seen, const std::string& node, std::uint64_t seq,
             std::chrono::milliseconds stands = 10s) {
    return *ask<bool>([&](auto done) { scripts.offer(seen, node, seq, stands, std::move(done)); });
  }
  Restored restore(const log::Seen& seen, const std::string& node, std::uint64_t seq,
                   bool is_forced = false) {
    log::WholeCanvas canvas;
    canvas.epoch = 6;
    canvas.head = {.seq = seq, .sum = 1, .chain = "told"};
    canvas.base = {{.seq = seq, .sum = 1, .state = "state"}};
    return *ask<Restored>(
        [&](auto done) { scripts.restore(seen, node, is_forced, canvas, std::move(done)); });
  }
  void save_snapshot(std::uint64_t seq, bool keeps_unarchived = false, std::uint64_t epoch = 5) {
    scripts.save_snapshot(epoch, {.seq = seq, .sum = 1, .state = "s" + std::to_string(seq)},
                          keeps_unarchived);
  }
  bool expire(std::uint64_t epoch) {
    return *ask<bool>([&](auto done) { scripts.expire(epoch, 1h, std::move(done)); });
  }
  std::optional<std::uint64_t> reserve(std::uint64_t epoch) {
    return *ask<std::optional<std::uint64_t>>(
        [&](auto done) { scripts.reserve_actors(epoch, 100, std::move(done)); });
  }
  std::string entries() { return redis.call({"XLEN", "weft:{board}:log"}); }

  RedisClientHarness redis{server().url()};
  RedisScripts scripts{*redis.client, "board"};
};

TEST_F(RedisScriptsTest, L22AppendGivesPlacesAndRefusesWithoutMovingOn) {
  EXPECT_EQ(append(push("ann", 1)).kind, Appended::Kind::absent);
  ASSERT_TRUE(seed());
  EXPECT_FALSE(seed()) << "it is there";
  EXPECT_EQ(append(push("ann", 2)).kind, Appended::Kind::out_of_order);
  const Appended first = append(push("ann", 1));
  EXPECT_EQ(first.kind, Appended::Kind::ok);
  EXPECT_EQ(first.seq, 1U);
  EXPECT_EQ(append(push("ann", 1)).kind, Appended::Kind::duplicate);
  EXPECT_EQ(append(push("ann", 3)).kind, Appended::Kind::out_of_order);
  EXPECT_EQ(append(push("ann", 2, "mallory")).kind, Appended::Kind::not_owner);
  const Appended other = append(push("ann", 2), 4);
  EXPECT_EQ(other.kind, Appended::Kind::epoch);
  EXPECT_EQ(other.epoch, 5U);
  EXPECT_EQ(append(push("ann", 2)).seq, 2U) << "what was refused has taken no seq";
  EXPECT_EQ(append(push("bob", 1, "a user of three words")).seq, 3U);
  EXPECT_EQ(append(push("bob", 2, "a user of three words")).seq, 4U);
  EXPECT_EQ(entries(), "4");
}

TEST_F(RedisScriptsTest, L22AppendRefusesWhoKnowsAnotherHistory) {
  ASSERT_TRUE(seed());
  append(push("ann", 1));
  append(push("ann", 2));
  const OpenReply opened = open();
  ASSERT_EQ(opened.entries.size(), 2U);
  const auto with = [&](std::uint64_t seq, const Bytes& chain) {
    return append(push("bob", 1), 5, {.seq = seq, .sum = 0, .chain = chain}).kind;
  };
  EXPECT_EQ(with(3, opened.entries[1].chain), Appended::Kind::behind);
  EXPECT_EQ(with(2, opened.entries[0].chain), Appended::Kind::fork);
  EXPECT_EQ(with(1, opened.entries[1].chain), Appended::Kind::fork);
  EXPECT_EQ(with(0, "elsewhere"), Appended::Kind::fork);
  EXPECT_EQ(entries(), "2");
  EXPECT_EQ(with(1, opened.entries[0].chain), Appended::Kind::ok);
}

TEST_F(RedisScriptsTest, L22AppendIsAnnouncedInOrderWithWhatItsAppenderKnew) {
  ASSERT_TRUE(seed());
  ChannelRecorder recorder;
  redis.client->subscribe("weft:{board}:log", recorder);
  redis.run_until([&] { return !recorder.ready.empty(); }, "the subscription");
  append(push("ann", 1), 5, {.seq = 0, .sum = 77, .chain = "start"});
  redis.run_until([&] { return recorder.told.size() == 2; }, "the message");
  const std::string message = recorder.told[1].substr(std::string("weft:{board}:log: ").size());
  const auto decoded = log::decode_redis_message(message);
  ASSERT_TRUE(decoded.has_value()) << message;
  EXPECT_EQ(decoded->kind, log::RedisMessage::Kind::push);
  EXPECT_EQ(decoded->epoch, 5U);
  EXPECT_EQ(decoded->entry.seq, 1U);
  EXPECT_EQ(decoded->entry.known_sum, 77U);
  EXPECT_EQ(decoded->entry.push, log::encode_push(push("ann", 1)));
  EXPECT_EQ(decoded->entry.chain, open().entries[0].chain);
  redis.client->unsubscribe("weft:{board}:log");
}

TEST_F(RedisScriptsTest, L22EveryKeyTypeIsCheckedBeforeAnythingIsWritten) {
  ASSERT_TRUE(seed());
  for (const std::string key : {"log", "clients", "snapshot", "restore"}) {
    server().command({"DEL", "weft:{board}:" + key});
    server().command({"SET", "weft:{board}:" + key, "mine"});
    const auto refused = ask<Appended>([&](auto done) {
      scripts.append(5, push("ann", 1), log::encode_push(push("ann", 1)), {}, std::move(done));
    });
    ASSERT_FALSE(refused.has_value()) << key;
    EXPECT_EQ(refused.error().errc, redis::RedisErrc::refused);
    EXPECT_THAT(refused.error().detail, HasSubstr("WRONGTYPE key weft:{board}:" + key));
    EXPECT_FALSE(ask<OpenReply>([&](auto done) { scripts.open(10, std::move(done)); }).has_value());
    EXPECT_FALSE(ask<SinceReply>([&](auto done) {
                   scripts.since(5, 0, "start", std::move(done));
                 }).has_value());
    EXPECT_EQ(server().command({"HGET", "weft:{board}:meta", "seq"}), "0");
    EXPECT_EQ(server().command({"HGET", "weft:{board}:meta", "actors"}), "1");
    server().command({"DEL", "weft:{board}:" + key});
  }
}

TEST_F(RedisScriptsTest, L22SinceSaysHowTheHistoriesRelate) {
  EXPECT_EQ(since(5, 0, "start").kind, SinceReply::Kind::absent);
  ASSERT_TRUE(seed());
  for (std::uint64_t n = 1; n <= 3; ++n) append(push("ann", n));
  const auto entries = open().entries;
  const SinceReply rest = since(5, 1, entries[0].chain);
  EXPECT_EQ(rest.kind, SinceReply::Kind::ok);
  EXPECT_EQ(rest.head, 3U);
  ASSERT_EQ(rest.entries.size(), 2U);
  EXPECT_EQ(rest.entries[0].seq, 2U);
  EXPECT_EQ(rest.entries[1].chain, entries[2].chain);
  EXPECT_EQ(since(5, 3, entries[2].chain).entries.size(), 0U);
  EXPECT_EQ(since(5, 4, "x").kind, SinceReply::Kind::behind);
  EXPECT_EQ(since(5, 4, "x").head, 3U);
  EXPECT_EQ(since(5, 2, "x").kind, SinceReply::Kind::fork);
  EXPECT_TRUE(since(4, 2, entries[1].chain).is_on_way);
  const SinceReply moved = since(4, 2, "x");
  EXPECT_EQ(moved.kind, SinceReply::Kind::moved);
  EXPECT_EQ(moved.epoch, 5U);
  EXPECT_EQ(moved.base.chain, "start");
  EXPECT_FALSE(moved.is_on_way);
  save_snapshot(2);
  save_snapshot(3);
  EXPECT_EQ(since(5, 1, entries[0].chain).kind, SinceReply::Kind::trimmed);
  EXPECT_EQ(since(5, 2, entries[1].chain).kind, SinceReply::Kind::ok);
}

TEST_F(RedisScriptsTest, L22EntriesComeInPieces) {
  ASSERT_TRUE(seed());
  log::Push big = push("ann", 1);
  big.ops = "\x91\xc6";
  big.ops += std::string("\x00\x0f\x00\x00", 4) + std::string(0x0f0000, 'x');
  for (big.n = 1; big.n <= 10; ++big.n) ASSERT_EQ(append(big).kind, Appended::Kind::ok);
  const OpenReply first = open();
  EXPECT_EQ(first.head, 10U);
  EXPECT_GT(first.entries.size(), 1U);
  EXPECT_LT(first.entries.size(), 7U);
  std::uint64_t seq = first.entries.back().seq;
  Bytes chain = first.entries.back().chain;
  while (seq < 10) {
    const SinceReply piece = since(5, seq, chain);
    ASSERT_FALSE(piece.entries.empty());
    EXPECT_EQ(piece.entries.front().seq, seq + 1);
    seq = piece.entries.back().seq;
    chain = piece.entries.back().chain;
  }
}

TEST_F(RedisScriptsTest, L22TwoSnapshotsAreKeptAndTheEntriesFromTheOlderOn) {
  ASSERT_TRUE(seed());
  for (std::uint64_t n = 1; n <= 6; ++n) append(push("ann", n));
  save_snapshot(2);
  EXPECT_EQ(open().base.seq, 0U);
  EXPECT_EQ(open().newest_snapshot.seq, 2U);
  save_snapshot(1);
  save_snapshot(7);
  save_snapshot(4, false, 4);
  EXPECT_EQ(open().newest_snapshot.seq, 2U) << "older, from the future, of another epoch";
  EXPECT_EQ(entries(), "6");
  save_snapshot(4);
  const OpenReply opened = open();
  EXPECT_EQ(opened.base.seq, 2U);
  EXPECT_EQ(opened.base.state, "s2");
  EXPECT_EQ(opened.newest_snapshot.seq, 4U);
  ASSERT_EQ(opened.entries.size(), 4U);
  EXPECT_EQ(opened.entries[0].seq, 3U);
  save_snapshot(5);
  EXPECT_EQ(open().base.state, "s4");
  save_snapshot(6, true);
  EXPECT_EQ(open().base.state, "s5");
  EXPECT_EQ(entries(), "3") << "nothing is archived, so nothing more is trimmed";
  EXPECT_EQ(server().command({"HLEN", "weft:{board}:snapshot"}), "2");
}

TEST_F(RedisScriptsTest, L22ActorsAreGivenOnce) {
  EXPECT_FALSE(reserve(5).has_value());
  ASSERT_TRUE(seed());
  EXPECT_EQ(open().first_actor, 1U);
  EXPECT_EQ(reserve(5), 11U);
  EXPECT_FALSE(reserve(4).has_value());
  EXPECT_EQ(open().first_actor, 111U);
}

TEST_F(RedisScriptsTest, L25NoActorsAreGivenByARedisThatMayHaveForgottenSome) {
  ASSERT_TRUE(seed());
  ASSERT_TRUE(offer({.epoch = 5, .seq = 0}, "a", 9));
  EXPECT_FALSE(reserve(5).has_value()) << "somebody is about to restore it";
  scripts.withdraw("a");
  EXPECT_TRUE(reserve(5).has_value());
  server().command({"HSET", "weft:{board}:meta", "run", "another"});
  EXPECT_FALSE(reserve(5).has_value()) << "it is not the Redis in which the epoch began";
}

TEST_F(RedisScriptsTest, L22FullRedisCanGetBetter) {
  ASSERT_TRUE(seed());
  for (std::uint64_t n = 1; n <= 3; ++n) append(push("ann", n));
  save_snapshot(1);
  EXPECT_EQ(open().newest_snapshot.seq, 1U);
  server().command({"CONFIG", "SET", "maxmemory", "1"});
  const auto refused = ask<Appended>([&](auto done) {
    scripts.append(5, push("ann", 4), log::encode_push(push("ann", 4)), {}, std::move(done));
  });
  EXPECT_FALSE(refused.has_value()) << "it is full";
  save_snapshot(2);
  save_snapshot(3);
  const auto noted = ask<bool>([&](auto done) { scripts.note_archived(5, 3, std::move(done)); });
  const auto expires = ask<bool>([&](auto done) { scripts.expire(5, 1h, std::move(done)); });
  scripts.keep();
  scripts.withdraw("a");
  const auto renewed = ask<Restored>(
      [&](auto done) { scripts.renew({.epoch = 5, .seq = 3}, "a", false, 6, std::move(done)); });
  server().command({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(entries(), "2") << "trimmed";
  EXPECT_TRUE(noted.has_value() && *noted);
  EXPECT_TRUE(expires.has_value() && *expires);
  EXPECT_EQ(redis.call({"PTTL", "weft:{board}:log"}), "-1") << "kept";
  EXPECT_TRUE(renewed.has_value());
}

TEST_F(RedisScriptsTest, L22EveryScriptIsAmongThoseThatAreLoadedFirst) {
  std::size_t files = 0;
  for (const char* text :
       {log::lua::append, log::lua::archived, log::lua::expire, log::lua::keep, log::lua::offer,
        log::lua::open, log::lua::renew, log::lua::reserve, log::lua::restore,
        log::lua::save_snapshot, log::lua::seed, log::lua::since, log::lua::withdraw}) {
    const std::string body = text;
    const auto all = log::redis_log_scripts();
    EXPECT_TRUE(std::ranges::any_of(all, [&](const redis::Script& script) {
      return script.source.ends_with(body.substr(body.find('\n')));
    })) << body.substr(0, 120);
    ++files;
  }
  EXPECT_EQ(log::redis_log_scripts().size(), files);
}

TEST_F(RedisScriptsTest, L22NoReplyHasMoreThanTenThousandEntries) {
  ASSERT_TRUE(seed());
  for (std::uint64_t n = 1; n <= 10'001; ++n) {
    scripts.append(5, push("ann", n), log::encode_push(push("ann", n)), {}, [](const auto&) {});
    if (n % 1'000 == 0) (void)redis.call({"PING"});
  }
  const OpenReply opened = open();
  EXPECT_EQ(opened.head, 10'001U);
  ASSERT_EQ(opened.entries.size(), 10'000U);
  EXPECT_EQ(since(5, 10'000, opened.entries.back().chain).entries.size(), 1U);
}

TEST_F(RedisScriptsTest, L22WatermarkOnlyRises) {
  ASSERT_TRUE(seed());
  for (std::uint64_t n = 1; n <= 3; ++n) append(push("ann", n));
  const auto note = [&](std::uint64_t epoch, std::uint64_t seq) {
    return *ask<bool>([&](auto done) { scripts.note_archived(epoch, seq, std::move(done)); });
  };
  EXPECT_TRUE(note(5, 2));
  EXPECT_FALSE(note(5, 1));
  EXPECT_FALSE(note(5, 4)) << "there is no such entry";
  EXPECT_FALSE(note(4, 3));
  EXPECT_EQ(open().archived, 2U);
}

TEST_F(RedisScriptsTest, L28CanvasExpiresOnlyWhenItIsArchived) {
  ASSERT_TRUE(seed());
  append(push("ann", 1));
  expire(5);
  EXPECT_EQ(redis.call({"PTTL", "weft:{board}:meta"}), "-1");
  (void)ask<bool>([&](auto done) { scripts.note_archived(5, 1, std::move(done)); });
  expire(4);
  EXPECT_EQ(redis.call({"PTTL", "weft:{board}:meta"}), "-1");
  expire(5);
  EXPECT_NE(redis.call({"PTTL", "weft:{board}:meta"}), "-1");
  EXPECT_NE(redis.call({"PTTL", "weft:{board}:log"}), "-1");
  scripts.keep();
  EXPECT_EQ(redis.call({"PTTL", "weft:{board}:log"}), "-1");
}

TEST_F(RedisScriptsTest, L23HighestOfferRestoresWhatWasSeen) {
  ASSERT_TRUE(offer({}, "a", 10));
  ASSERT_TRUE(offer({}, "b", 12));
  ASSERT_TRUE(offer({}, "c", 12));
  EXPECT_FALSE(seed()) << "somebody is about to restore it";
  EXPECT_EQ(open().kind, OpenReply::Kind::restoring);
  EXPECT_EQ(restore({}, "a", 10), Restored::not_highest);
  EXPECT_EQ(restore({}, "b", 12), Restored::not_highest) << "of equals the higher name";
  EXPECT_EQ(restore({}, "c", 12), Restored::ok);
  EXPECT_EQ(restore({}, "b", 12, true), Restored::changed) << "forced, but it is not as it was";
  EXPECT_FALSE(offer({}, "a", 10));
  const OpenReply opened = open();
  EXPECT_EQ(opened.epoch, 6U);
  EXPECT_EQ(opened.head, 12U);
  EXPECT_EQ(opened.base.state, "state");
}

TEST_F(RedisScriptsTest, L23NothingIsAppendedWhileOffersStand) {
  ASSERT_TRUE(seed());
  append(push("ann", 1));
  const log::Seen seen{.epoch = 5, .seq = 1};
  EXPECT_FALSE(offer({.epoch = 5, .seq = 0}, "a", 9));
  EXPECT_FALSE(offer({.epoch = 4, .seq = 1}, "a", 9));
  EXPECT_FALSE(offer({}, "a", 9));
  ASSERT_TRUE(offer(seen, "a", 9));
  EXPECT_EQ(append(push("ann", 2)).kind, Appended::Kind::restoring);
  scripts.withdraw("a");
  EXPECT_EQ(append(push("ann", 2)).kind, Appended::Kind::ok);
  EXPECT_EQ(restore(seen, "a", 9, true), Restored::changed);
  ASSERT_TRUE(offer({.epoch = 5, .seq = 2}, "a", 9, 50ms));
  redis.run_until([&] { return append(push("ann", 3)).kind == Appended::Kind::ok; },
                  "an offer that nobody follows to run out");
}

TEST_F(RedisScriptsTest, L23WhatWasThereIsGoneAfterARestore) {
  ASSERT_TRUE(seed());
  for (std::uint64_t n = 1; n <= 3; ++n) append(push("ann", n));
  save_snapshot(2);
  const log::Seen seen{.epoch = 5, .seq = 3};
  ASSERT_TRUE(offer(seen, "a", 9));
  EXPECT_EQ(restore(seen, "a", 9), Restored::ok);
  EXPECT_EQ(entries(), "0");
  EXPECT_EQ(redis.call({"EXISTS", "weft:{board}:clients"}), "0");
  EXPECT_EQ(open().newest_snapshot.seq, 9U);
  EXPECT_EQ(append(push("ann", 1), 6).seq, 10U);
}

}  // namespace
}  // namespace weft::test
