// SPDX-License-Identifier: Apache-2.0
#include "bus_world.h"

#include <gtest/gtest.h>

namespace weft::test {
namespace {

using namespace std::chrono_literals;
using redis::RedisErrc;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(RedisBusTrouble, B26CanvasWhoseChannelIsAwayForLongIsTrouble) {
  BusWorld world(2);
  world.gather(2);
  world.subscribe(1, "other");
  world.pass(5s);
  EXPECT_THAT(world.bus(1).trouble(), IsEmpty());
  world.link(1).cut("weft:{board}:live");
  world.pass(1s);
  EXPECT_THAT(world.bus(1).trouble(), IsEmpty()) << "slots move";
  world.pass(2s);
  EXPECT_THAT(world.bus(1).trouble(), HasSubstr("canvas board does not hear"));
  world.link(1).cut("weft:{other}:live");
  world.pass(3s);
  world.link(1).reconnect("weft:{board}:live");
  world.settle();
  EXPECT_THAT(world.bus(1).trouble(), HasSubstr("canvas other does not hear")) << "the next one";
  world.bus(1).unsubscribe("other", bus::PeerEnd::left);
  EXPECT_THAT(world.bus(1).trouble(), IsEmpty());
  EXPECT_THAT(world.bus(2).trouble(), IsEmpty());
}

TEST(RedisBusTrouble, B26CanvasThatNeverHearsIsTroubleToo) {
  BusWorld world(1);
  world.link(1).is_connected = false;
  world.subscribe(1);
  world.pass(3s);
  EXPECT_THAT(world.bus(1).trouble(), HasSubstr("canvas board does not hear"));
  world.link(1).reconnect();
  world.settle();
  EXPECT_THAT(world.bus(1).trouble(), IsEmpty());
}

TEST(RedisBusTrouble, B26CanvasWhoseHelloCannotBeSaidIsTrouble) {
  BusWorld world(2);
  world.gather(2);
  world.link(1).fault = RedisErrc::unknown;
  world.link(1).fault_on = "board";  // beats get through, so that it tries again and again
  world.publish(1, "x");
  world.pass(1s);
  EXPECT_THAT(world.bus(1).trouble(), IsEmpty());
  for (int i = 0; i < 50; ++i) {
    world.pass(2s + i * 7ms);
    ASSERT_THAT(world.bus(1).trouble(), HasSubstr("canvas board is not shown")) << i;
  }
  world.link(1).fault.reset();
  world.pass(2s);
  EXPECT_THAT(world.bus(1).trouble(), IsEmpty());
}

TEST(RedisBusTrouble, B26CanvasesThatComeAndGoAreNone) {
  BusWorld world(1);
  for (int i = 0; i < 100; ++i) {
    const std::string canvas = std::to_string(i);
    world.subscribe(1, canvas);
    world.pass(50ms);
    if (i % 2 == 0) world.bus(1).unsubscribe(canvas, bus::PeerEnd::left);
    EXPECT_THAT(world.bus(1).trouble(), IsEmpty());
  }
}

}  // namespace
}  // namespace weft::test
