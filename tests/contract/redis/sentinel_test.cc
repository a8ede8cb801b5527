// SPDX-License-Identifier: Apache-2.0
#include "support/redis_client_harness.h"
#include "support/redis_sentinel.h"
#include "support/redis_server.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace std::literals;

namespace weft::test {
namespace {

/// A master with a replica and a Sentinel. The URL names a Sentinel that is not there first.
class RedisSentinelTest : public testing::Test {
 protected:
  [[nodiscard]] std::string url() const {
    return "redis+sentinel://127.0.0.1:" + std::to_string(free_port()) +
           ",127.0.0.1:" + std::to_string(sentinel.port()) + "/main";
  }

  RedisServer master;
  RedisServer replica{{"--replicaof", "127.0.0.1 " + std::to_string(master.port())}};
  RedisSentinel sentinel{master.port()};
};

}  // namespace

TEST_F(RedisSentinelTest, FindsTheMasterAndFollowsAFailover) {
  RedisClientHarness harness(url());
  harness.run_until_healthy();
  EXPECT_EQ(harness.call({"SET", "k", "1"}), "OK");
  EXPECT_EQ(master.command({"GET", "k"}), "1");
  ChannelRecorder recorder;
  harness.client->subscribe("a", recorder);
  harness.run_until([&] { return recorder.ready.size() == 1; }, "ready");

  sentinel.wait_for_replicas(1);
  master.kill();
  harness.run_until([&] { return recorder.count("lost a") == 1; }, "the loss");
  EXPECT_EQ(harness.call({"SET", "k", "2"}), "not_sent");
  harness.run_until([&] { return recorder.count("ready a") == 2; }, "ready at the new master", 20s);
  harness.run_until_healthy();
  EXPECT_EQ(harness.call({"SET", "k", "3"}), "OK");
  EXPECT_EQ(replica.command({"GET", "k"}), "3");
  replica.command({"SPUBLISH", "a", "text"});
  harness.run_until([&] { return recorder.count("a: text") == 1; }, "the message");

  // The old master comes back as what it was, until Sentinel makes it a replica; nobody minds.
  master.restart();
  EXPECT_EQ(harness.call({"SET", "k", "4"}), "OK");
  EXPECT_EQ(replica.command({"GET", "k"}), "4");
}

TEST_F(RedisSentinelTest, FollowsAMasterThatStepsDown) {
  RedisClientHarness harness(url());
  harness.run_until_healthy();
  sentinel.wait_for_replicas(1);
  EXPECT_EQ(sentinel.server().command({"SENTINEL", "FAILOVER", "main"}), "OK");
  // Each server cuts its connections when its role changes, so the client alone is asked.
  const std::string new_port = "[port " + std::to_string(replica.port()) + "]";
  harness.run_until([&] { return harness.call({"CONFIG", "GET", "port"}) == new_port; },
                    "the client at the new master", 20s);
  harness.run_until([&] { return harness.call({"SET", "k", "1"}) == "OK"; }, "a write there");
  harness.run_until_healthy();
}

TEST_F(RedisSentinelTest, SaysWhenNoSentinelKnowsTheMaster) {
  RedisClientHarness harness("redis+sentinel://127.0.0.1:" + std::to_string(sentinel.port()) +
                             "/other");
  harness.run_until(
      [&] { return harness.client->health().find("no master named other") != std::string::npos; },
      "the health sentence");
  EXPECT_EQ(harness.call({"GET", "k"}), "not_sent");
}

TEST(RedisSentinelAccess, SentinelsMayHaveAPasswordOfTheirOwn) {
  RedisServer master({"--requirepass", "data-secret"});
  RedisSentinel sentinel(master.port(), {"--requirepass", "sentinel-secret"});
  const std::string url =
      "redis+sentinel://:data-secret@127.0.0.1:" + std::to_string(sentinel.port()) + "/main";
  RedisClientHarness without(url);
  without.run_until([&] { return without.client->health().find("NOAUTH") != std::string::npos; },
                    "the health sentence");
  RedisClientHarness harness(url, [](redis::Options& options) {
    options.sentinel_credentials.password = "sentinel-secret";
  });
  harness.run_until_healthy();
  EXPECT_EQ(harness.call({"SET", "k", "1"}), "OK");
}

}  // namespace weft::test
