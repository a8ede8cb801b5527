// SPDX-License-Identifier: Apache-2.0
#include "redis/settings.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace weft::redis {
namespace {

Reply text(std::string words) {
  return {.kind = Reply::Kind::text, .text = std::move(words)};
}

Answer list(const std::vector<std::string>& words) {
  Reply reply{.kind = Reply::Kind::array};
  for (const std::string& word : words) reply.items.push_back(text(word));
  return reply;
}

Answer error(RedisErrc errc) {
  return Failure(RedisError{.errc = errc, .detail = "NOPERM this user has no permissions"});
}

const Answer kInfo = text(
    "# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\n\r\n# Memory\r\nmaxmemory:1024\r\n"
    "maxmemory_policy:allkeys-lru\r\n# Persistence\r\naof_enabled:1\r\n# Replication\r\n"
    "role:master\r\n# Cluster\r\ncluster_enabled:0");
const Answer kConfig = list({"appendonly", "yes", "appendfsync", "everysec", "save", "",
                             "maxmemory", "1024", "maxmemory-policy", "allkeys-lru"});

/// Commands that keep the callbacks for the test to answer.
class AnsweredByHand final : public Commands {
 public:
  void call(ByteView, std::span<const ByteView>, Done done) override {
    waiting.push_back(std::move(done));
  }
  void run(const Script&, std::span<const ByteView>, std::span<const ByteView>, Done) override {}
  void answer(Answer answer) {
    const Done done = std::move(waiting.front());
    waiting.pop_front();
    done(std::move(answer));
  }
  std::deque<Done> waiting;
};

}  // namespace

TEST(RedisSettings, ComeFromInfoAndConfig) {
  const Settings settings = parse_settings(kInfo, kConfig);
  EXPECT_EQ(settings.version, "7.0.15");
  EXPECT_EQ(settings.run_id, "abc");
  EXPECT_EQ(settings.role, "master");
  EXPECT_EQ(settings.cluster_enabled, "0");
  EXPECT_EQ(settings.appendonly, "yes");
  EXPECT_EQ(settings.appendfsync, "everysec");
  EXPECT_EQ(settings.save, "");
  EXPECT_EQ(settings.maxmemory, "1024");
  EXPECT_EQ(settings.maxmemory_policy, "allkeys-lru");
}

TEST(RedisSettings, WhatIsForbiddenIsUnknown) {
  const Settings from_info = parse_settings(kInfo, error(RedisErrc::refused));
  EXPECT_EQ(from_info.appendonly, "yes");
  EXPECT_EQ(from_info.maxmemory_policy, "allkeys-lru");
  EXPECT_EQ(from_info.appendfsync, "unknown");
  EXPECT_EQ(from_info.save, "unknown");
  const Settings from_config = parse_settings(error(RedisErrc::refused), kConfig);
  EXPECT_EQ(from_config.version, "unknown");
  EXPECT_EQ(from_config.appendfsync, "everysec");
}

TEST(RedisSettings, ARefusalIsAnAnswerAndABreakIsNot) {
  AnsweredByHand commands;
  std::vector<std::string> told;
  const auto ask = [&](Answer info, Answer config) {
    read_settings(commands, "key", [&](const Result<Settings, RedisError>& settings) {
      told.push_back(settings ? settings->appendfsync : "no link");
    });
    commands.answer(std::move(info));
    commands.answer(std::move(config));
  };
  ask(kInfo, kConfig);
  ask(kInfo, error(RedisErrc::refused));
  ask(error(RedisErrc::refused), kConfig);
  ask(kInfo, error(RedisErrc::unknown));
  ask(error(RedisErrc::not_sent), error(RedisErrc::not_sent));
  EXPECT_EQ(told,
            (std::vector<std::string>{"everysec", "unknown", "everysec", "no link", "no link"}));
}

}  // namespace weft::redis
