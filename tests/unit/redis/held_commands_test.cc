// SPDX-License-Identifier: Apache-2.0
#include "redis/held_commands.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::redis {
namespace {

Command command(int slot, std::uint64_t number) {
  Command made;
  made.slot = slot;
  made.number = number;
  return made;
}

std::string ready(HeldCommands& held) {
  std::string text;
  for (const Command& one : held.take_ready()) text += std::to_string(one.number) + " ";
  return text;
}

}  // namespace

TEST(HeldCommands, ComeOutInTheOrderOfTheCallsWhenAllUnderWayAreAnswered) {
  HeldCommands held;
  held.hold(7, 2);
  held.add(command(7, 1));
  held.add(command(7, 4));  // Called while it is held.
  EXPECT_EQ(ready(held), "");
  held.answered(7);
  held.add(command(7, 2));  // Bounced too.
  EXPECT_EQ(ready(held), "");
  held.answered(7);
  EXPECT_TRUE(held.holds(7));
  EXPECT_EQ(ready(held), "1 2 4 ");
  EXPECT_FALSE(held.holds(7));
}

TEST(HeldCommands, WaitForWhatTheyAreToldTo) {
  HeldCommands held;
  held.hold(7, 0);
  held.add(command(7, 1));
  EXPECT_TRUE(held.begin_loading(7));
  EXPECT_FALSE(held.begin_loading(7));
  held.wait(7);
  held.wait(7);
  EXPECT_EQ(ready(held), "");
  held.done_waiting(7);
  EXPECT_EQ(ready(held), "");
  held.done_waiting(7);
  EXPECT_EQ(ready(held), "1 ");
}

TEST(HeldCommands, SlotsDoNotWaitForEachOther) {
  HeldCommands held;
  held.hold(7, 1);
  held.add(command(7, 1));
  held.hold(8, 0);
  held.add(command(8, 2));
  held.answered(9);
  EXPECT_EQ(ready(held), "2 ");
  EXPECT_TRUE(held.holds(7));
  EXPECT_FALSE(held.holds(8));
}

}  // namespace weft::redis
