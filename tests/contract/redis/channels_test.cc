// SPDX-License-Identifier: Apache-2.0
#include "support/redis_client_harness.h"
#include "support/redis_server.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace std::literals;

namespace weft::test {
namespace {

/// A server, a client and a listener on channel "a".
class RedisChannels : public testing::Test {
 protected:
  void SetUp() override {
    harness.run_until_healthy();
    harness.client->subscribe("a", recorder);
    wait_for({"ready a"});
  }
  void wait_for(const std::vector<std::string>& told) {
    harness.run_until([&] { return recorder.told.size() >= told.size(); },
                      told.empty() ? "" : told.back());
    EXPECT_EQ(recorder.told, told);
  }
  void publish(const std::string& channel, const std::string& payload) {
    server.command({"SPUBLISH", channel, payload});
  }

  RedisServer server;
  RedisClientHarness harness{server.url()};
  ChannelRecorder recorder;
};

}  // namespace

TEST_F(RedisChannels, MessagesComeInOrder) {
  for (int i = 0; i < 100; ++i) {
    harness.send({"SPUBLISH", "a", std::to_string(i)}, [](const redis::Answer&) {});
  }
  std::vector<std::string> expected = {"ready a"};
  for (int i = 0; i < 100; ++i) expected.push_back("a: " + std::to_string(i));
  wait_for(expected);
}

TEST_F(RedisChannels, NothingComesAfterUnsubscribe) {
  harness.client->unsubscribe("a");
  publish("a", "1");
  harness.run_for(50ms);
  EXPECT_EQ(recorder.told, std::vector{"ready a"s});
  EXPECT_EQ(server.command({"PUBSUB", "SHARDNUMSUB", "a"}), "a\n0");
}

TEST_F(RedisChannels, UnsubscribeAndSubscribeAgainAtOnce) {
  harness.client->unsubscribe("a");
  ChannelRecorder second;
  harness.client->subscribe("a", second);
  harness.run_until([&] { return !second.told.empty(); }, "the second listener ready");
  publish("a", "1");
  harness.run_until([&] { return second.told.size() == 2; }, "the message");
  EXPECT_EQ(second.told, (std::vector{"ready a"s, "a: 1"s}));
  EXPECT_EQ(recorder.told, std::vector{"ready a"s});
}

TEST_F(RedisChannels, AConfirmationOfTheOldSubscriptionIsNotTheNewOnes) {
  // All three in one flush: the confirmation of the first must not make the second ready.
  ChannelRecorder first;
  harness.client->subscribe("b", first);
  harness.client->unsubscribe("b");
  ChannelRecorder second;
  harness.client->subscribe("b", second);
  harness.client->unsubscribe("b");
  harness.run_for(50ms);
  EXPECT_TRUE(first.told.empty());
  EXPECT_TRUE(second.told.empty());
  EXPECT_EQ(server.command({"PUBSUB", "SHARDNUMSUB", "b"}), "b\n0");
}

TEST_F(RedisChannels, BreakOfTheLinkForCommandsIsHeardToo) {
  // What answers on the next one may be another Redis, or an older one.
  server.command({"CLIENT", "KILL", "TYPE", "normal"});
  wait_for({"ready a", "lost a", "ready a"});
  publish("a", "1");
  wait_for({"ready a", "lost a", "ready a", "a: 1"});
}

TEST_F(RedisChannels, ManyAtOnceAndAgainAfterABreak) {
  constexpr std::size_t kCount = 3000;
  for (std::size_t i = 0; i < kCount; ++i) {
    harness.client->subscribe("many:" + std::to_string(i), recorder);
  }
  harness.run_until([&] { return recorder.ready.size() == kCount + 1; }, "all ready");
  server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  harness.run_until([&] { return recorder.count("lost many:2999") == 1; }, "the last one lost");
  harness.run_until([&] { return recorder.ready.size() == kCount + 1; }, "all ready again");
}

TEST_F(RedisChannels, ServerKilledAndRestarted) {
  server.kill();
  wait_for({"ready a", "lost a"});
  server.restart();
  wait_for({"ready a", "lost a", "ready a"});
  publish("a", "1");
  wait_for({"ready a", "lost a", "ready a", "a: 1"});
}

TEST_F(RedisChannels, AFullOutputBufferBreaksTheLinkAndIsToldAsLost) {
  server.command({"CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 1mb 1"});
  // Nobody turns the loop meanwhile, so nobody reads.
  for (int i = 0; i < 40; ++i) publish("a", std::string(400'000, 'x'));
  harness.run_until([&] { return recorder.count("lost a") == 1; }, "the loss");
  harness.run_until([&] { return recorder.count("ready a") == 2; }, "ready again");
  publish("a", "1");
  harness.run_until([&] { return recorder.count("a: 1") == 1; }, "the message");
}

TEST_F(RedisChannels, ADeafLinkIsLostWithinThreeSeconds) {
  server.pause();
  const auto begin = std::chrono::steady_clock::now();
  wait_for({"ready a", "lost a"});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
  EXPECT_NE(harness.client->health(), "");
  server.resume();
  wait_for({"ready a", "lost a", "ready a"});
  harness.run_until_healthy();
}

TEST_F(RedisChannels, ListenersMayChangeEverythingFromInside) {
  ChannelRecorder other;
  harness.client->subscribe("b", other);
  harness.client->subscribe("c", other);
  harness.run_until([&] { return other.ready.size() == 2; }, "b and c ready");
  // The first that hears of the loss takes the others away and comes back under a new name.
  recorder.on_event = [&] {
    harness.client->unsubscribe("a");
    harness.client->unsubscribe("b");
    harness.client->unsubscribe("c");
    harness.client->subscribe("b", recorder);
    recorder.on_event = nullptr;
  };
  other.told.clear();
  server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  wait_for({"ready a", "lost a", "ready b"});
  EXPECT_TRUE(other.told.empty());
}

TEST_F(RedisChannels, AListenerMayUnsubscribeInsideAMessage) {
  recorder.on_event = [&] { harness.client->unsubscribe("a"); };
  for (int i = 0; i < 3; ++i) {
    harness.send({"SPUBLISH", "a", std::to_string(i)}, [](const redis::Answer&) {});
  }
  wait_for({"ready a", "a: 0"});
  harness.run_for(50ms);
  EXPECT_EQ(recorder.told.size(), 2u);
}

TEST(RedisChannelsEarly, SubscribedBeforeThereIsALink) {
  RedisServer server;
  server.kill();
  RedisClientHarness harness(server.url());
  ChannelRecorder recorder;
  harness.client->subscribe("a", recorder);
  harness.run_for(100ms);
  EXPECT_TRUE(recorder.told.empty());
  server.restart();
  harness.run_until([&] { return recorder.told == std::vector{"ready a"s}; }, "ready");
}

}  // namespace weft::test
