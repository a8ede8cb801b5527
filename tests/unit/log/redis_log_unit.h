// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fake_redis.h"
#include "log/redis_log.h"
#include "support/log_room.h"
#include "support/posted_work.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

inline constexpr const char* kChannel = "weft:{board}:log";

/// A RedisLog on a Redis that does what the test says, at a time that the test makes pass.
class RedisLogUnit : public testing::Test {
 protected:
  explicit RedisLogUnit(store::Store* archive = nullptr, bool acks_from_archive = false) {
    log::RedisLogOptions options;
    options.node = "me";
    options.acks_from_archive = acks_from_archive;
    log_ = std::make_unique<log::RedisLog>(
        redis, redis, archive, work.poster(), [this] { return ++last_epoch; }, options,
        [this](const std::string& notice) { notices.push_back(notice); });
  }

  /// Runs what was posted, and lets `time` pass.
  void pass(std::chrono::milliseconds time = 0ms) {
    work.run_pending();
    log_->advance({.mono = now, .wall_ms = 0});
    now += time;
    work.run_pending();
    log_->advance({.mono = now, .wall_ms = 0});
  }
  log::Push made_push(const ClientId& client, std::uint64_t n, ActorId actor = ActorId{7}) {
    return {.client = client, .n = n, .actor = actor, .user = "user", .ops = "\x90"};
  }
  void push(const ClientId& client, std::uint64_t n, ActorId actor = ActorId{7}) {
    log_->append("board", made_push(client, n, actor));
  }
  /// An entry as `open` and `since` give it.
  redis::Reply entry(std::uint64_t seq, const log::Push& one, const std::string& known = "0 0") {
    return list({text(std::to_string(seq) + "-0"), text(log::encode_push(one)), text(known),
                 text("chain" + std::to_string(seq))});
  }
  redis::Reply opened(std::uint64_t head, std::vector<redis::Reply> entries) {
    return list({text("ok"), text("5"), text(std::to_string(head)), text("1"), text("0"),
                 words({"0", "0", "", "chain0"}), words({"0", "0"}), list(std::move(entries))});
  }
  redis::Reply since(std::uint64_t head, std::vector<redis::Reply> entries) {
    return list({text("ok"), text(std::to_string(head)), text("0"), list(std::move(entries))});
  }
  void open() {
    log_->open("board", room);
    EXPECT_THAT(redis.waiting(), IsEmpty()) << "the channel comes first";
    listener().channel_ready(kChannel);
    redis.answer("open", opened(0, {}));
    ASSERT_TRUE(room.is_open);
    pass();
  }
  redis::ChannelListener& listener() { return *redis.listeners.at(kChannel); }
  void announce(std::uint64_t seq, const log::Push& one, std::uint64_t epoch = 5) {
    listener().channel_message(kChannel, "p " + std::to_string(epoch) + " " + std::to_string(seq) +
                                             " 0 0 chain" + std::to_string(seq) + "\n" +
                                             log::encode_push(one));
  }

  FakeRedis redis;
  PostedWork work;
  Instant now = Instant(1h);
  std::uint64_t last_epoch = 100;
  std::vector<std::string> notices;
  LogRoom room;
  std::unique_ptr<log::RedisLog> log_;
};

}  // namespace weft::test
