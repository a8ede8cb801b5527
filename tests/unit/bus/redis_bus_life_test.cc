// SPDX-License-Identifier: Apache-2.0
// Who is dead, who is only cut off, and that nobody stays as a ghost.
#include "bus_world.h"
#include "support/state_rooms.h"

#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>

namespace weft::test {
namespace {

using namespace std::chrono_literals;
using bus::PeerEnd;
using redis::RedisErrc;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

TEST(RedisBusLife, B17WhoIsSilentForThreeSecondsIsDead) {
  BusWorld world;
  world.gather(3, "a");
  world.gather(3, "b");
  world.pass(900ms);  // the last beat is 900 ms old
  world.kill(2);
  world.pass(2'000ms);
  EXPECT_THAT(world.room(1).take(), IsEmpty());
  world.pass(1'200ms);
  EXPECT_THAT(world.room(1).take(),
              testing::UnorderedElementsAre("gone a 2 dead", "gone b 2 dead"));
  EXPECT_TRUE(world.bus(1).has_peers("a"));
  world.pass(60s);
  EXPECT_THAT(world.room(1).take(), IsEmpty());
  EXPECT_EQ(world.link(1).subscriptions.count("weft:node:{2}"), 0U);
}

TEST(RedisBusLife, B17WhoOnlyBeatsLives) {
  BusWorld world(2);
  world.gather(2);
  world.pass(60s);
  EXPECT_THAT(world.room(1).take(), IsEmpty());
  EXPECT_TRUE(world.bus(1).has_peers("board"));
}

TEST(RedisBusLife, B17AnyMessageIsASignOfLife) {
  BusWorld world(2);
  world.gather(2);
  world.link(1).loses = [](const Bytes& channel, const Bytes&) {
    return channel == "weft:node:{2}";
  };
  for (int i = 0; i < 10; ++i) {
    world.pass(2s);
    world.publish(2, "x");
  }
  world.settle();
  EXPECT_EQ(world.room(1).take().size(), 10U);
  world.pass(3s);
  EXPECT_THAT(world.room(1).take(), Contains("gone board 2 dead"));
}

TEST(RedisBusLife, B17NobodyDiesWhileThisOneIsCutOff) {
  BusWorld world(2);
  world.gather(2);
  world.link(1).cut();
  world.pass(60s);
  EXPECT_THAT(world.room(1).take(), IsEmpty());
  EXPECT_TRUE(world.bus(1).has_peers("board"));
  world.kill(2);
  world.link(1).reconnect();
  world.pass(2'900ms);
  EXPECT_THAT(world.room(1).take(), ElementsAre("ready board")) << "three seconds anew";
  world.pass(200ms);
  EXPECT_THAT(world.room(1).take(), ElementsAre("gone board 2 dead"));
}

TEST(RedisBusLife, B17NobodyDiesWhileOneOfTheChannelsIsCut) {
  for (const Bytes channel : {"weft:{board}:live", "weft:node:{2}"}) {
    BusWorld world(2);
    world.gather(2);
    world.link(1).cut(channel);
    world.kill(2);
    world.pass(30s);
    EXPECT_THAT(world.room(1).take(), IsEmpty()) << channel;
    world.link(1).reconnect(channel);
    world.pass(2'900ms);
    EXPECT_THAT(world.room(1).take(), Not(Contains("gone board 2 dead"))) << channel;
    world.pass(400ms);
    EXPECT_THAT(world.room(1).take(), Contains("gone board 2 dead").Times(1)) << channel;
  }
}

TEST(RedisBusLife, B17OwnStallKillsNobody) {
  BusWorld world(2);
  world.gather(2);
  world.link(1).is_stopped = true;
  world.pass(30s);
  world.room(2).take();
  // Awake again, its clock is asked before its sockets are.
  world.link(1).is_stopped = false;
  world.bus(1).advance(world.now());
  EXPECT_THAT(world.room(1).take(), IsEmpty());
  world.pass(10s);
  EXPECT_THAT(world.room(1).take(), Not(Contains("gone board 2 dead")));
  EXPECT_TRUE(world.bus(1).has_peers("board"));
  EXPECT_TRUE(world.bus(2).has_peers("board"));
}

TEST(RedisBusLife, B17B19AnswersThatWaitedThroughAStallAreHeard) {
  BusWorld world(2);
  world.gather(2);
  world.link(2).is_stopped = true;
  world.link(1).cut();
  world.link(1).reconnect();
  world.settle();  // everybody is asked, and that has been published
  world.link(1).is_stopped = true;
  world.link(2).is_stopped = false;
  world.pass(30s);
  world.link(1).is_stopped = false;
  world.bus(1).advance(world.now());
  world.settle();
  EXPECT_THAT(world.room(1).take(), Not(Contains("gone board 2 dead")));
}

TEST(RedisBusLife, B18WhoWasCalledDeadAndLivesComesBack) {
  BusWorld world(2);
  world.gather(2);
  world.link(1).loses = [](const Bytes& channel, const Bytes&) {
    return channel == "weft:node:{2}";
  };
  world.pass(4s);
  const auto heard = world.room(1).take();
  EXPECT_THAT(heard, ElementsAre("gone board 2 dead", "asks board 2"));
  EXPECT_THAT(world.room(2).take(), ElementsAre("asks board 1")) << "it is told";
  EXPECT_TRUE(world.bus(1).has_peers("board"));
  world.link(1).loses = nullptr;
  world.pass(10s);
  EXPECT_THAT(world.room(1).take(), IsEmpty());
}

TEST(RedisBusLife, B24WhoseBeatsWereFarApartSaysHelloEverywhere) {
  BusWorld world(2);
  world.gather(2, "a");
  world.gather(2, "b");
  world.pass(3s);
  world.link(1).is_stopped = true;
  world.pass(2s);
  world.link(1).is_stopped = false;
  world.pass(1s);
  EXPECT_THAT(world.room(1).take(), IsEmpty()) << "nobody can have noticed";
  world.pass(3s);
  world.link(1).is_stopped = true;
  world.pass(2'800ms);
  world.link(1).is_stopped = false;
  world.pass(1s);
  EXPECT_THAT(world.room(1).take(), ElementsAre("ready a", "ready b"));
  EXPECT_THAT(world.room(2).take(), ElementsAre("asks a 1", "asks b 1"));
}

TEST(RedisBusLife, B19WhoLeftWhileThisOneWasCutOffIsMissed) {
  BusWorld world;
  world.gather(3, "a");
  world.gather(3, "b");
  world.link(1).cut();
  world.bus(2).unsubscribe("a", PeerEnd::left);  // its beat goes on
  world.settle();
  world.link(1).reconnect();
  world.pass(2'900ms);
  EXPECT_THAT(world.room(1).take(), testing::UnorderedElementsAre("ready a", "ready b"));
  world.pass(200ms);
  EXPECT_THAT(world.room(1).take(), ElementsAre("gone a 2 dead"));
  EXPECT_TRUE(world.bus(1).has_peers("a")) << "3 has answered";
  world.pass(30s);
  EXPECT_THAT(world.room(1).take(), IsEmpty());
}

TEST(RedisBusLife, B19AnswersThatABreakMayHaveLostAreNotMissed) {
  BusWorld world(2);
  world.gather(2);
  world.link(2).is_stopped = true;
  world.link(1).cut();
  world.link(1).reconnect();
  world.pass(1s);
  world.link(1).cut();
  world.pass(1'500ms);
  world.link(1).reconnect();
  world.pass(2'900ms);
  EXPECT_THAT(world.room(1).take(), ElementsAre("ready board", "ready board"));
  world.pass(200ms);
  EXPECT_THAT(world.room(1).take(), ElementsAre("gone board 2 dead"));
}

TEST(RedisBusLife, B19AnswerMayComeBeforeTheHelloIsKnownToBePublished) {
  for (const bool answers_come_first : {false, true}) {
    BusWorld world(2);
    world.link(1).answers_come_first = answers_come_first;
    world.gather(2);
    world.link(1).cut();
    world.link(1).reconnect();
    world.pass(30s);
    EXPECT_THAT(world.room(1).take(), ElementsAre("ready board"));
    EXPECT_TRUE(world.bus(1).has_peers("board"));
  }
}

TEST(RedisBusLife, B19HelloThatIsNotPublishedMissesNobody) {
  BusWorld world(2);
  world.gather(2);
  world.link(1).fault = RedisErrc::not_sent;
  world.link(1).cut();
  world.link(1).reconnect();
  world.pass(30s);
  EXPECT_THAT(world.room(1).take(), Not(Contains("gone board 2 dead")));
  world.link(1).fault.reset();
  world.pass(10s);
  EXPECT_THAT(world.room(1).take(), Not(Contains("gone board 2 dead")));
  EXPECT_TRUE(world.bus(2).has_peers("board"));
}

TEST(RedisBusLife, B19HelloWhoseAnswerIsLateMissesNobody) {
  BusWorld world(2);
  world.gather(2);
  world.link(1).cut();
  world.link(1).holds_answers = true;
  world.link(2).loses = [](const Bytes& channel, const Bytes&) {
    return channel == "weft:{board}:live";  // the hello is still on its way
  };
  world.link(1).reconnect();
  world.pass(4s);
  EXPECT_THAT(world.room(1).take(), ElementsAre("ready board"));
}

/// Three instances whose links break and fail, whose processes stop and die; then calm.
TEST(RedisBusLife, B14B15B17B19AfterAnyTroubleEverybodyKnowsWhoIsThere) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto below = [&random](std::uint64_t bound) { return random() % bound; };
    BusWorld world(3);
    const std::vector<CanvasId> canvases{"a", "b", "c"};
    std::set<std::pair<std::size_t, CanvasId>> there;
    for (int step = 0; step < 150; ++step) {
      const std::size_t who = 1 + below(3);
      FakeRedis::Link& link = world.link(who);
      const CanvasId canvas = canvases[below(3)];
      switch (below(10)) {
        case 0:
        case 1:
          if (there.emplace(who, canvas).second) world.subscribe(who, canvas);
          break;
        case 2:
          if (there.erase({who, canvas}) > 0) world.bus(who).unsubscribe(canvas, PeerEnd::left);
          break;
        case 3:
          if (link.is_connected) link.cut();
          break;
        case 4:
          if (!link.is_connected) link.reconnect();
          break;
        case 5:
          link.fault = static_cast<RedisErrc>(below(3));
          break;
        case 6:
          link.fault.reset();
          break;
        case 7:
          link.is_stopped = !link.is_stopped;
          break;
        case 8:
          if (there.contains({who, canvas})) world.publish(who, "x", canvas);
          break;
        default:
          world.pass(std::chrono::milliseconds(below(3'000)));
      }
    }
    for (std::size_t who = 1; who <= 3; ++who) {
      world.link(who).fault.reset();
      world.link(who).is_stopped = false;
      if (!world.link(who).is_connected) world.link(who).reconnect();
    }
    world.pass(10s);
    for (std::size_t who = 1; who <= 3; ++who) world.room(who).take();
    world.pass(20s);
    for (std::size_t who = 1; who <= 3; ++who) {
      EXPECT_THAT(world.room(who).take(), IsEmpty()) << "calm is calm";
    }
    for (const CanvasId& canvas : canvases) {
      for (std::size_t from = 1; from <= 3; ++from) {
        if (!there.contains({from, canvas})) continue;
        world.publish(from, "calm", canvas);
        world.settle();
        for (std::size_t to = 1; to <= 3; ++to) {
          const bool is_other = to != from && there.contains({to, canvas});
          EXPECT_EQ(world.room(to).count("got " + canvas + " " + std::to_string(from) + " calm"),
                    is_other ? 1U : 0U);
          world.room(to).take();
        }
        std::size_t others = 0;
        for (std::size_t to = 1; to <= 3; ++to)
          others += to != from && there.contains({to, canvas});
        EXPECT_EQ(world.bus(from).has_peers(canvas), others > 0) << from << " on " << canvas;
      }
    }
  }
}

/// The same with what rooms make of it, and with crashes.
TEST(RedisBusLife, B7B12B20AfterAnyTroubleEverybodySeesWhatTheOthersShow) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto below = [&random](std::uint64_t bound) { return random() % bound; };
    BusWorld world(3);
    std::map<std::size_t, std::unique_ptr<StateRooms>> rooms;  // of those who have not crashed
    for (std::size_t i = 1; i <= 3; ++i) rooms[i] = std::make_unique<StateRooms>(world.bus(i));
    std::vector<std::unique_ptr<StateRooms>> crashed;
    world.on_turn = [&](std::size_t who) {
      if (rooms.contains(who)) rooms[who]->tick();
    };
    const std::vector<CanvasId> canvases{"a", "b", "c"};
    for (int step = 0; step < 200; ++step) {
      auto any = rooms.begin();
      std::advance(any, below(rooms.size()));
      StateRooms& room = *any->second;
      FakeRedis::Link& link = world.link(any->first);
      const CanvasId& canvas = canvases[below(3)];
      const Bytes value = std::to_string(any->first) + " shows " + std::to_string(step);
      switch (below(14)) {
        case 0:
        case 1:
          if (!room.is_open(canvas)) room.open(canvas, value);
          break;
        case 2:
          if (room.is_open(canvas)) room.close(canvas);
          break;
        case 3:
          if (link.is_connected) link.cut();
          break;
        case 4:
        case 5:
          if (!link.is_connected) link.reconnect();
          break;
        case 6:
          link.fault = static_cast<RedisErrc>(below(3));
          break;
        case 7:
        case 8:
          link.fault.reset();
          break;
        case 9:
          link.is_stopped = !link.is_stopped;
          break;
        case 10:
        case 11:
          if (room.is_open(canvas)) room.show(canvas, value);
          break;
        case 12:
          if (below(20) == 0) {
            link.is_stopped = true;
            crashed.push_back(std::move(any->second));
            rooms.erase(any);
            world.add();
            const std::size_t number = 3 + crashed.size();
            rooms[number] = std::make_unique<StateRooms>(world.bus(number));
          }
          break;
        default:
          world.pass(std::chrono::milliseconds(below(3'000)));
      }
    }
    for (auto& [who, room] : rooms) {
      FakeRedis::Link& link = world.link(who);
      link.fault.reset();
      link.is_stopped = false;
      if (!link.is_connected) link.reconnect();
    }
    world.pass(10s);
    std::size_t told = 0;
    for (auto& [who, room] : rooms) told += room->told;
    for (const CanvasId& canvas : canvases) {
      for (auto& [who, room] : rooms) {
        if (!room->is_open(canvas)) continue;
        std::map<bus::PeerId, Bytes> expected;
        for (auto& [other, others_room] : rooms) {
          if (other == who || !others_room->is_open(canvas)) continue;
          expected[world.bus(other).self()] = others_room->shows(canvas);
        }
        EXPECT_EQ(room->sees(canvas), expected) << who << " on " << canvas;
        EXPECT_EQ(world.bus(who).has_peers(canvas), !expected.empty());
      }
    }
    world.pass(60s);
    for (auto& [who, room] : rooms) told -= room->told;
    EXPECT_EQ(told, 0U) << "calm is calm";
  }
}

}  // namespace
}  // namespace weft::test
