// SPDX-License-Identifier: Apache-2.0
#include "bus_world.h"

#include <gtest/gtest.h>

namespace weft::test {
namespace {

using namespace std::chrono_literals;
using bus::PeerEnd;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(RedisBus, B7ReadyComesWhenTheSubscriptionIsConfirmed) {
  BusWorld world(1);
  world.link(1).is_connected = false;
  world.subscribe(1);
  world.pass(10s);
  EXPECT_THAT(world.room(1).take(), IsEmpty());
  world.link(1).reconnect();
  world.settle();
  EXPECT_THAT(world.room(1).take(), ElementsAre("ready board"));
}

TEST(RedisBus, B8B13BothSidesAreAskedWhenSomebodyComes) {
  BusWorld world(2);
  world.subscribe(1);
  world.settle();
  EXPECT_FALSE(world.bus(1).has_peers("board"));
  world.subscribe(2);
  world.settle();
  EXPECT_THAT(world.room(1).take(), ElementsAre("ready board", "asks board 2"));
  EXPECT_THAT(world.room(2).take(), ElementsAre("asks board 1", "ready board"));
  EXPECT_TRUE(world.bus(1).has_peers("board"));
  EXPECT_TRUE(world.bus(2).has_peers("board"));
}

TEST(RedisBus, B25ReadyComesWhenEverybodyWhoGotTheHelloHasAnswered) {
  BusWorld world(4);
  world.gather(3);
  world.link(3).is_stopped = true;
  world.subscribe(4);
  world.settle();
  EXPECT_THAT(world.room(4).take(), testing::UnorderedElementsAre("asks board 1", "asks board 2"));
  world.link(3).is_stopped = false;
  world.settle();
  EXPECT_THAT(world.room(4).take(), ElementsAre("asks board 3", "ready board"));

  world.bus(4).unsubscribe("board", PeerEnd::left);
  world.settle();
  world.link(3).is_stopped = true;
  world.subscribe(4);
  world.pass(bus::kAnswerWaitMax - 1ms);
  EXPECT_FALSE(world.room(4).has("ready board"));
  world.pass(1ms);
  EXPECT_TRUE(world.room(4).has("ready board")) << "nobody is waited for for ever";
}

TEST(RedisBus, B25BreakBeforeTheAnswersBeginsAnew) {
  BusWorld world(2);
  world.gather(1);
  world.link(1).is_stopped = true;
  world.subscribe(2);
  world.settle();
  world.link(2).cut();
  world.pass(5s);
  EXPECT_THAT(world.room(2).take(), IsEmpty());
  world.link(1).is_stopped = false;
  world.settle();
  world.link(2).reconnect();
  world.settle();
  EXPECT_THAT(world.room(2).take(), ElementsAre("asks board 1", "ready board"));
}

TEST(RedisBus, B1B2B3BatchesReachTheOthersOfTheCanvasInOrder) {
  BusWorld world;
  world.gather(3);
  world.subscribe(3, "other");
  world.settle();
  world.room(3).take();
  world.publish(1, "a");
  world.publish(1, "b");
  world.publish(3, "c", "other");
  world.settle();
  EXPECT_THAT(world.room(1).take(), IsEmpty());
  EXPECT_THAT(world.room(2).take(), ElementsAre("got board 1 a", "got board 1 b"));
  EXPECT_THAT(world.room(3).take(), ElementsAre("got board 1 a", "got board 1 b"));
}

TEST(RedisBus, B9EndIsToldWithTheWayAndNothingComesAfter) {
  BusWorld world;
  world.gather(3);
  world.publish(1, "last");
  world.bus(1).unsubscribe("board", PeerEnd::left);
  world.publish(2, "later");
  world.bus(3).unsubscribe("board", PeerEnd::draining);
  world.settle();
  EXPECT_THAT(world.room(1).take(), IsEmpty());
  EXPECT_THAT(world.room(2).take(),
              ElementsAre("got board 1 last", "gone board 1 left", "gone board 3 draining"));
  EXPECT_THAT(world.room(3).take(), IsEmpty());
  EXPECT_FALSE(world.bus(2).has_peers("board"));
  world.bus(2).unsubscribe("never subscribed", PeerEnd::left);
}

TEST(RedisBus, B9WhoComesBackIsHeardAgain) {
  BusWorld world(2);
  world.gather(2);
  for (int life = 0; life < 3; ++life) {
    world.publish(2, "x");
    world.bus(2).unsubscribe("board", PeerEnd::left);
    world.subscribe(2);
    world.settle();
    EXPECT_THAT(world.room(1).take(),
                ElementsAre("got board 2 x", "gone board 2 left", "asks board 2"));
  }
}

TEST(RedisBus, B9PeerThatLeavesIsStillAPeerElsewhere) {
  BusWorld world(2);
  world.gather(2, "a");
  world.gather(2, "b");
  world.bus(2).unsubscribe("a", PeerEnd::left);
  world.pass(10s);
  EXPECT_THAT(world.room(1).take(), ElementsAre("gone a 2 left"));
  EXPECT_TRUE(world.bus(1).has_peers("b"));
}

TEST(RedisBus, B4ListenersMayComeAndGoFromInside) {
  BusWorld world;
  for (const char* cue : {"ready board", "asks board 2", "got board 2 x", "gone board 2 left"}) {
    world.room(1).on_heard = [&world, cue](const std::string& heard) {
      if (heard != cue) return;
      world.bus(1).unsubscribe("board", PeerEnd::left);
      world.subscribe(1, "elsewhere");
    };
    world.subscribe(1);
    world.subscribe(2);
    world.settle();
    world.publish(2, "x");
    world.bus(2).unsubscribe("board", PeerEnd::left);
    world.settle();
    const auto heard = world.room(1).take();
    ASSERT_THAT(heard, Contains(cue));
    const auto last = std::ranges::find(heard, cue);
    for (auto after = last + 1; after != heard.end(); ++after) {
      EXPECT_EQ(after->find("board"), std::string::npos) << *after << " after " << cue;
    }
    world.room(1).on_heard = nullptr;
    world.bus(1).unsubscribe("elsewhere", PeerEnd::left);
    world.bus(1).unsubscribe("board", PeerEnd::left);
    world.settle();
    world.room(1).take();
    world.room(2).take();
  }
}

TEST(RedisBus, B4EndedBusHearsNothingAndAnswersFindItGone) {
  BusWorld world(2);
  world.gather(2);
  world.publish(2, "under way");
  world.publish(1, "unanswered");
  world.bus(1).unsubscribe("board", PeerEnd::left);
  world.subscribe(1, "other");
  world.at(1).bus.reset();
  EXPECT_THAT(world.link(1).subscriptions, IsEmpty());
  world.settle();
  EXPECT_THAT(world.room(1).take(), IsEmpty());
}

TEST(RedisBus, B22TooLargeBatchesAreNeitherSentNorTaken) {
  BusWorld world(2);
  world.gather(2);
  const Bytes large(bus::kBatchBytesMax + 1, 'x');
  world.publish(1, large);
  world.settle();
  EXPECT_THAT(world.room(2).take(), IsEmpty());
  ASSERT_EQ(world.at(1).notices.size(), 1U);
  EXPECT_THAT(world.at(1).notices[0], testing::HasSubstr("board"));

  Bytes message;
  bus::append_message(message,
                      {.kind = bus::MessageKind::data, .sender = {1}, .seq = 100, .batch = large});
  world.redis.publish("weft:{board}:live", message);
  world.settle();
  EXPECT_FALSE(world.room(2).has("got board 1 " + large));
  EXPECT_EQ(world.at(2).notices.size(), 1U);
  world.publish(1, Bytes(bus::kBatchBytesMax, 'y'));
  world.settle();
  EXPECT_EQ(world.at(1).notices.size(), 1U) << "the most is not too much";
}

TEST(RedisBus, B22WhatIsNoMessageIsIgnoredAndTold) {
  BusWorld world(2);
  world.gather(2);
  world.redis.publish("weft:{board}:live", "GET / HTTP/1.1");
  world.redis.publish("weft:{board}:live", "");
  world.publish(2, "x");
  world.settle();
  EXPECT_THAT(world.room(1).take(), ElementsAre("got board 2 x"));
  EXPECT_FALSE(world.at(1).notices.empty());
}

TEST(RedisBus, B22TooManyPeersAreNotHeard) {
  BusWorld world(1);
  world.gather(1);
  for (std::uint64_t id = 1'000; id < 1'000 + bus::kPeersMax + 2; ++id) {
    Bytes message;
    bus::append_message(message, {.kind = bus::MessageKind::hello, .sender = {id}, .seq = 1});
    world.redis.publish("weft:{board}:live", message);
  }
  world.settle();
  EXPECT_EQ(world.room(1).take().size(), bus::kPeersMax);
  EXPECT_EQ(world.link(1).subscriptions.size(), bus::kPeersMax + 1);
  EXPECT_FALSE(world.at(1).notices.empty());
}

TEST(RedisBus, B23BeatsWhileACanvasIsSubscribedAndThenHasNothingToDo) {
  BusWorld world(1);
  EXPECT_FALSE(world.bus(1).next_deadline());
  world.pass(10s);
  EXPECT_EQ(world.redis.published, 0U);
  world.subscribe(1);
  world.settle();
  world.redis.published = 0;
  world.pass(10s);
  EXPECT_EQ(world.redis.published, 10U);
  world.bus(1).unsubscribe("board", PeerEnd::left);
  world.settle();
  EXPECT_FALSE(world.bus(1).next_deadline());
}

TEST(RedisBus, B23PeersAreListenedToWhileACanvasIsShared) {
  BusWorld world(2);
  world.gather(2, "a");
  world.gather(2, "b");
  EXPECT_EQ(world.link(1).subscriptions.count("weft:node:{2}"), 1U);
  world.bus(2).unsubscribe("a", PeerEnd::left);
  world.settle();
  EXPECT_EQ(world.link(1).subscriptions.count("weft:node:{2}"), 1U);
  world.bus(2).unsubscribe("b", PeerEnd::left);
  world.settle();
  EXPECT_EQ(world.link(1).subscriptions.count("weft:node:{2}"), 0U);
}

}  // namespace
}  // namespace weft::test
