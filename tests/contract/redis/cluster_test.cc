// SPDX-License-Identifier: Apache-2.0
#include "redis/slot.h"
#include "support/redis_client_harness.h"
#include "support/redis_cluster.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

using namespace std::literals;

namespace weft::test {
namespace {

const redis::Script kAppend("#!lua\nreturn redis.call('RPUSH', KEYS[1], ARGV[1])");

std::string joined(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) text += (i > 1 ? " " : "") + std::to_string(i);
  return "[" + text + "]";
}

/// Three masters and a fourth server that owns nothing yet.
class RedisClusterTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = new RedisCluster(3, 1); }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }
  void SetUp() override {
    for (std::size_t i = 0; i < 3; ++i) cluster().server(i).command({"FLUSHALL"});
    harness.run_until_healthy();
  }
  static RedisCluster& cluster() { return *cluster_; }
  /// A key of the first master's, another one for each test.
  static std::string key_of_first(const std::string& name) {
    for (int i = 0;; ++i) {
      std::string key = "{" + name + std::to_string(i) + "}";
      if (cluster().first_owner_of(redis::slot_of(key)) == 0) return key;
    }
  }

  RedisClientHarness harness{cluster().url(), {}, {kAppend}};

 private:
  static RedisCluster* cluster_;
};

RedisCluster* RedisClusterTest::cluster_ = nullptr;

}  // namespace

TEST_F(RedisClusterTest, KeysGoToTheirNodes) {
  for (int i = 0; i < 100; ++i) {
    const std::string key = "key:" + std::to_string(i);
    EXPECT_EQ(harness.call({"SET", key, "v"}), "OK");
    EXPECT_EQ(cluster().server(cluster().first_owner_of(redis::slot_of(key))).command({"GET", key}),
              "v");
  }
  EXPECT_TRUE(harness.call({"MSET", "a", "1", "b", "2"}).starts_with("refused: CROSSSLOT"));
}

TEST_F(RedisClusterTest, ChannelsAreAtTheNodesOfTheirSlots) {
  ChannelRecorder recorder;
  constexpr std::size_t kCount = 200;
  for (std::size_t i = 0; i < kCount; ++i) {
    harness.client->subscribe("channel:" + std::to_string(i), recorder);
  }
  harness.run_until([&] { return recorder.ready.size() == kCount; }, "all ready");
  for (std::size_t i = 0; i < kCount; ++i) {
    harness.send({"SPUBLISH", "channel:" + std::to_string(i), "x"}, [](const redis::Answer&) {});
  }
  harness.run_until([&] { return recorder.told.size() == 2 * kCount; }, "all messages");
}

TEST_F(RedisClusterTest, AMovedSlotIsFollowedAndTheOrderStays) {
  const std::string key = key_of_first("moved");
  const int slot = redis::slot_of(key);
  int number = 0;
  int answers = 0;
  std::vector<std::string> bad;
  const auto append = [&](int count) {
    for (int i = 0; i < count; ++i) {
      harness.run_script(kAppend, {key}, {std::to_string(++number)}, [&](const redis::Answer& a) {
        ++answers;
        if (!a) bad.push_back(show(a));
      });
      if (i % 3 == 0) harness.run_for(1ms);
    }
  };
  append(100);
  cluster().begin_migration(slot, 0, 1);
  append(100);
  cluster().migrate_keys(slot, 0, 1);
  append(100);
  cluster().end_migration(slot, 0, 1);
  append(100);
  cluster().migrate(slot, 1, 0);
  append(100);
  harness.run_until([&] { return answers == number; }, "all answers");
  EXPECT_TRUE(bad.empty()) << bad.front();
  EXPECT_EQ(harness.call({"LRANGE", key, "0", "-1"}), joined(number));
}

TEST_F(RedisClusterTest, TheOrderStaysWhileMovedCommandsAreStillComingBack) {
  const std::string key = key_of_first("behind");
  const int slot = redis::slot_of(key);
  cluster().migrate(slot, 0, 1);
  int number = 0;
  int answers = 0;
  const auto append = [&] {
    harness.send({"RPUSH", key, std::to_string(++number)},
                 [&](const redis::Answer& answer) { answers += answer ? 1 : 0; });
  };
  // So many that their redirections take many reads, with new calls between the reads.
  for (int i = 0; i < 10'000; ++i) append();
  harness.run_until(
      [&] {
        append();
        return answers > 0;
      },
      "the first answer");
  harness.run_until([&] { return answers == number; }, "all answers");
  EXPECT_EQ(harness.call({"LRANGE", key, "0", "-1"}), joined(number));
  cluster().migrate(slot, 1, 0);
}

TEST_F(RedisClusterTest, AKeyThatHasGoneAheadIsAskedForAtItsNewNode) {
  const std::string key = key_of_first("ask");
  const int slot = redis::slot_of(key);
  EXPECT_EQ(harness.call({"SET", key + "a", "1"}), "OK");
  EXPECT_EQ(harness.call({"SET", key + "b", "2"}), "OK");
  // To the server that owns nothing, which the slot map does not name.
  cluster().begin_migration(slot, 0, 3);
  cluster().migrate_key(key + "a", 0, 3);
  EXPECT_EQ(harness.call({"GET", key + "a"}), "1");
  EXPECT_EQ(harness.call({"GET", key + "b"}), "2");
  EXPECT_EQ(harness.call({"SET", key + "new", "3"}), "OK");
  // Both in one command: not now, but as soon as they are together again.
  std::string both;
  harness.send({"MGET", key + "a", key + "b"}, [&](const redis::Answer& a) { both = show(a); });
  harness.run_for(200ms);
  EXPECT_EQ(both, "");
  cluster().migrate_keys(slot, 0, 3);
  harness.run_until([&] { return !both.empty(); }, "the answer to MGET");
  EXPECT_EQ(both, "[1 2]");
  cluster().end_migration(slot, 0, 3);
  EXPECT_EQ(harness.call({"GET", key + "new"}), "3");
  cluster().migrate(slot, 3, 0);
  EXPECT_EQ(harness.call({"GET", key + "new"}), "3");
}

TEST_F(RedisClusterTest, ASubscriptionMovesWithItsSlot) {
  const std::string channel = key_of_first("subscribed");
  const int slot = redis::slot_of(channel);
  ChannelRecorder recorder;
  harness.client->subscribe(channel, recorder);
  harness.run_until([&] { return recorder.ready.size() == 1; }, "ready");
  cluster().migrate(slot, 0, 2);
  harness.run_until([&] { return recorder.count("lost " + channel) == 1; }, "the loss");
  harness.run_until([&] { return recorder.ready.size() == 1; }, "ready at the new node");
  cluster().server(2).command({"SPUBLISH", channel, "text"});
  harness.run_until([&] { return recorder.count(channel + ": text") == 1; }, "the message");
  cluster().migrate(slot, 2, 0);
  harness.run_until([&] { return recorder.count("ready " + channel) == 3; }, "ready at home");
}

TEST_F(RedisClusterTest, TheProbesSlotMayMoveToo) {
  // The tags of the probes' channels are the smallest numbers, so these move for certain.
  std::vector<int> slots;
  for (int i = 0; i < 10; ++i) {
    const int slot = redis::slot_of(std::to_string(i));
    if (cluster().first_owner_of(slot) == 0) slots.push_back(slot);
  }
  ASSERT_FALSE(slots.empty());
  ChannelRecorder recorder;
  const std::string channel = key_of_first("stays");
  harness.client->subscribe(channel, recorder);
  harness.run_until([&] { return recorder.ready.size() == 1; }, "ready");
  for (const int slot : slots) cluster().migrate(slot, 0, 1);
  harness.run_for(2500ms);
  EXPECT_EQ(harness.client->health(), "");
  EXPECT_EQ(recorder.told.size(), 1u) << recorder.told.back();
  for (const int slot : slots) cluster().migrate(slot, 1, 0);
}

TEST(RedisClusterFailover, AKilledNodeCostsItsSlotsAndAReplicaTakesOver) {
  RedisCluster cluster(3, 1);
  cluster.replicate(3, 0);
  RedisClientHarness harness(cluster.url() +
                             ",127.0.0.1:" + std::to_string(cluster.server(1).port()));
  harness.run_until_healthy();
  std::map<std::size_t, std::string> channel_of;
  ChannelRecorder recorder;
  for (int i = 0; channel_of.size() < 3; ++i) {
    const std::string channel = "channel:" + std::to_string(i);
    if (channel_of.emplace(cluster.first_owner_of(redis::slot_of(channel)), channel).second) {
      harness.client->subscribe(channel, recorder);
    }
  }
  harness.run_until([&] { return recorder.ready.size() == 3; }, "all ready");

  cluster.server(0).kill();
  harness.run_until([&] { return recorder.count("lost " + channel_of[0]) == 1; }, "the loss");
  EXPECT_EQ(harness.call({"SET", channel_of[0], "v"}), "not_sent");
  EXPECT_EQ(harness.call({"SET", channel_of[1], "v"}), "OK");
  EXPECT_NE(harness.client->health(), "");
  harness.run_until([&] { return recorder.ready.size() == 3; }, "all ready again", 20s);
  EXPECT_EQ(recorder.count("lost " + channel_of[1]), 0u);
  harness.run_until_healthy();
  EXPECT_EQ(harness.call({"SET", channel_of[0], "v"}), "OK");
  EXPECT_EQ(cluster.server(3).command({"GET", channel_of[0]}), "v");
}

TEST(RedisClusterFailover, AServerThatIsNoClusterIsSaid) {
  RedisServer server;
  RedisClientHarness harness("redis+cluster://127.0.0.1:" + std::to_string(server.port()));
  harness.run_until(
      [&] {
        return harness.client->health().find("cluster support disabled") != std::string::npos;
      },
      "the health sentence");
}

}  // namespace weft::test
