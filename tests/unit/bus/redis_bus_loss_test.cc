// SPDX-License-Identifier: Apache-2.0
// What is lost is noticed by somebody, and what it was is told anew.
#include "bus_world.h"

#include <gtest/gtest.h>

namespace weft::test {
namespace {

using namespace std::chrono_literals;
using bus::PeerEnd;
using redis::RedisErrc;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

/// Loses everything that holds the text.
auto losing(const Bytes& text) {
  return [text](const Bytes&, const Bytes& message) { return message.find(text) != Bytes::npos; };
}

/// What one instance would say, for peers that are played by the test.
Bytes message(bus::RedisMessage what) {
  Bytes bytes;
  bus::append_message(bytes, what);
  return bytes;
}

TEST(RedisBusLoss, B12HoleIsNoticedAndTheSenderAsked) {
  BusWorld world;
  world.gather(3);
  world.link(2).loses = losing("lost");
  world.publish(1, "before");
  world.publish(1, "lost");
  world.publish(1, "after");
  world.settle();
  EXPECT_THAT(world.room(2).take(), ElementsAre("got board 1 before", "got board 1 after"));
  EXPECT_THAT(world.room(3).take(),
              ElementsAre("got board 1 before", "got board 1 lost", "got board 1 after"));
  EXPECT_THAT(world.room(1).take(), ElementsAre("asks board 2"));
}

TEST(RedisBusLoss, B12OlderAndEqualNumbersAreDropped) {
  BusWorld world(1);
  world.gather(1);
  const auto say = [&](std::uint64_t seq, const Bytes& batch) {
    world.redis.publish(
        "weft:{board}:live",
        message({.kind = bus::MessageKind::data, .sender = {9}, .seq = seq, .batch = batch}));
  };
  world.redis.publish("weft:{board}:live",
                      message({.kind = bus::MessageKind::hello, .sender = {9}, .seq = 5}));
  say(6, "six");
  say(6, "six again");
  say(5, "five");
  say(7, "seven");
  world.settle();
  EXPECT_THAT(world.room(1).take(),
              ElementsAre("asks board 9", "got board 9 six", "got board 9 seven"));
}

TEST(RedisBusLoss, B13WhoIsHeardOfWithoutHelloIsAsked) {
  BusWorld world(2);
  world.subscribe(1);
  world.link(1).loses = [](const Bytes&, const Bytes&) { return true; };
  world.settle();
  world.subscribe(2);
  world.settle();
  EXPECT_FALSE(world.bus(1).has_peers("board")) << "the hello was lost";
  world.link(1).loses = nullptr;
  world.room(1).take();
  world.room(2).take();
  world.publish(2, "x");
  world.settle();
  EXPECT_THAT(world.room(1).take(), testing::IsSupersetOf({"asks board 2", "got board 2 x"}));
  EXPECT_THAT(world.room(2).take(), Contains("asks board 1"));
  EXPECT_TRUE(world.bus(1).has_peers("board"));
}

TEST(RedisBusLoss, B14AfterABreakEverybodyIsAskedAndTold) {
  BusWorld world;
  world.gather(3);
  world.link(2).cut();
  world.publish(1, "missed");
  world.settle();
  EXPECT_THAT(world.room(2).take(), IsEmpty());
  world.link(2).reconnect();
  world.settle();
  EXPECT_THAT(world.room(2).take(), ElementsAre("ready board"))
      << "nobody is called gone, and no hole is left to ask for";
  EXPECT_THAT(world.room(1).take(), ElementsAre("asks board 2"));
  EXPECT_THAT(world.room(3).take(), ElementsAre("got board 1 missed", "asks board 2"));
  world.publish(1, "x");
  world.settle();
  EXPECT_THAT(world.room(2).take(), ElementsAre("got board 1 x"));
  EXPECT_THAT(world.room(1).take(), IsEmpty());
}

TEST(RedisBusLoss, B14OneChannelMayBreakAlone) {
  BusWorld world(2);
  world.gather(2, "a");
  world.gather(2, "b");
  world.link(1).cut("weft:{a}:live");
  world.link(1).reconnect("weft:{a}:live");
  world.settle();
  EXPECT_THAT(world.room(1).take(), ElementsAre("ready a"));
  EXPECT_THAT(world.room(2).take(), ElementsAre("asks a 1"));
}

TEST(RedisBusLoss, B14ChannelThatFlickersSaysHelloForTheLastTime) {
  BusWorld world(2);
  world.gather(2);
  for (int i = 0; i < 5; ++i) {
    world.link(1).cut();
    world.link(1).reconnect();
    world.redis.run();  // confirmed and lost again before the bus's turn
  }
  world.settle();
  EXPECT_THAT(world.room(1).take(), ElementsAre("ready board"));
  world.link(1).cut();
  world.link(1).reconnect();
  world.settle();
  EXPECT_THAT(world.room(1).take(), ElementsAre("ready board")) << "however soon after the last";
}

class PublishFault : public testing::TestWithParam<RedisErrc> {};

TEST_P(PublishFault, B15WhoeverMayHaveMissedSomethingIsToldAnew) {
  BusWorld world(2);
  world.gather(2);
  world.link(1).fault = GetParam();
  world.publish(1, "x");
  world.pass(2s);
  const auto while_broken = world.room(1).take();
  EXPECT_THAT(while_broken, IsEmpty()) << "nothing could be told yet";
  world.link(1).fault.reset();
  world.pass(400ms);
  EXPECT_THAT(world.room(1).take(), ElementsAre("ready board"));
  EXPECT_THAT(world.room(2).take(), Contains("asks board 1").Times(1));
  world.pass(10s);
  EXPECT_THAT(world.room(1).take(), IsEmpty()) << "once is enough";
}

TEST_P(PublishFault, B15HelloThatFailsIsSaidAgain) {
  BusWorld world(2);
  world.gather(1);
  world.link(2).fault = GetParam();
  world.subscribe(2);
  world.pass(1s);
  EXPECT_TRUE(world.room(2).has("ready board"));
  world.link(2).fault.reset();
  world.pass(1s);
  EXPECT_TRUE(world.bus(1).has_peers("board"));
  EXPECT_TRUE(world.bus(2).has_peers("board"));
  EXPECT_THAT(world.room(1).take(), Contains("asks board 2"));
  EXPECT_THAT(world.room(2).take(), Contains("asks board 1"));
}

INSTANTIATE_TEST_SUITE_P(Ways, PublishFault,
                         testing::Values(RedisErrc::not_sent, RedisErrc::unknown,
                                         RedisErrc::refused));

TEST(RedisBusLoss, B15HellosOfOneCanvasAreApart) {
  BusWorld world(2);
  world.gather(2);
  // Beats go through, so publishing seems to work, and the canvas's own node is away.
  world.link(1).fault = RedisErrc::not_sent;
  world.link(1).fault_on = "board";
  world.link(1).calls = 0;
  for (int i = 0; i < 100; ++i) {
    world.publish(1, "x");
    world.pass(20ms);
  }
  EXPECT_LE(world.link(1).calls, 100U + 10 + 20) << "batches, hellos and beats of two seconds";
  world.link(1).fault.reset();
  world.room(2).take();
  world.pass(500ms);
  EXPECT_THAT(world.room(2).take(), Contains("asks board 1").Times(1));
}

TEST(RedisBusLoss, B15RefusalIsToldTheOperatorOnce) {
  BusWorld world(1);
  world.gather(1);
  world.link(1).fault = RedisErrc::refused;
  world.pass(5s);
  ASSERT_EQ(world.at(1).notices.size(), 1U);
  EXPECT_THAT(world.at(1).notices[0], testing::HasSubstr("a fault"));
}

TEST(RedisBusLoss, B16CallsAreApartAndNoneIsForgotten) {
  BusWorld world(2);
  world.gather(2);
  world.link(2).loses = losing("lost");
  for (int i = 0; i < 50; ++i) {  // a hole every 20 ms
    world.publish(1, "lost");
    world.publish(1, "x");
    world.pass(20ms);
  }
  world.pass(500ms);
  EXPECT_GE(world.room(1).count("asks board 2"), 5U);
  EXPECT_LE(world.room(1).count("asks board 2"), 7U);

  world.publish(1, "lost");
  world.publish(1, "x");
  world.settle();
  world.room(1).take();
  world.publish(1, "lost");  // right after an answer that cannot have had it
  world.publish(1, "x");
  world.settle();
  EXPECT_FALSE(world.room(1).has("asks board 2"));
  world.pass(200ms);
  EXPECT_TRUE(world.room(1).has("asks board 2"));
}

TEST(RedisBusLoss, B20FailedGoodByeIsSaidAgain) {
  for (const auto how : {PeerEnd::left, PeerEnd::draining}) {
    BusWorld world(2);
    world.gather(2, "a");
    world.gather(2, "b");
    world.link(1).fault = RedisErrc::not_sent;
    world.bus(1).unsubscribe("a", how);
    world.bus(1).unsubscribe("b", how);
    world.pass(2s);
    EXPECT_THAT(world.room(2).take(), IsEmpty());
    EXPECT_TRUE(world.bus(1).next_deadline());
    world.link(1).fault.reset();
    world.pass(400ms);
    const std::string word = how == PeerEnd::left ? "left" : "draining";
    EXPECT_THAT(world.room(2).take(), ElementsAre("gone a 1 " + word, "gone b 1 " + word));
    EXPECT_FALSE(world.bus(1).next_deadline());
  }
}

TEST(RedisBusLoss, B20WhoComesBackIsNotSaidToHaveLeft) {
  BusWorld world(2);
  world.gather(2);
  world.link(1).fault = RedisErrc::not_sent;
  world.bus(1).unsubscribe("board", PeerEnd::left);
  world.subscribe(1);
  world.pass(1s);
  world.link(1).fault.reset();
  world.pass(10s);
  EXPECT_THAT(world.room(2).take(), testing::Not(Contains("gone board 1 left")));
  EXPECT_TRUE(world.bus(2).has_peers("board"));
  world.publish(1, "x");
  world.settle();
  EXPECT_TRUE(world.room(2).has("got board 1 x"));
}

TEST(RedisBusLoss, B12NumbersGoOnOverTheLivesOfACanvas) {
  BusWorld world(2);
  world.gather(2);
  for (int i = 0; i < 10; ++i) world.publish(1, "x");
  world.settle();
  world.link(2).loses = [](const Bytes&, const Bytes&) { return true; };
  world.bus(1).unsubscribe("board", PeerEnd::left);
  world.settle();
  world.link(2).loses = nullptr;
  world.room(2).take();
  world.subscribe(1);
  world.publish(1, "y");
  world.settle();
  EXPECT_THAT(world.room(2).take(), testing::IsSupersetOf({"asks board 1", "got board 1 y"}));
}

TEST(RedisBusLoss, B21ManyCanvasesAreDoneInPieces) {
  constexpr int kCanvases = 2'000;
  BusWorld world(2);
  for (int i = 0; i < kCanvases; ++i) {
    world.subscribe(1, std::to_string(i));
    world.subscribe(2, std::to_string(i));
  }
  world.settle();
  world.link(1).cut();
  world.link(1).reconnect();
  world.redis.run();
  world.room(1).take();
  const Now now = world.now();
  world.bus(1).advance(now);
  EXPECT_EQ(world.room(1).take().size(), bus::kCanvasesPerTurn);
  EXPECT_LE(*world.bus(1).next_deadline(), now.mono);
  world.settle();
  EXPECT_EQ(world.room(1).take().size(), kCanvases - bus::kCanvasesPerTurn);
  for (int i = 0; i < kCanvases; ++i) EXPECT_TRUE(world.bus(2).has_peers(std::to_string(i)));
}

}  // namespace
}  // namespace weft::test
