// SPDX-License-Identifier: Apache-2.0
#include "router/pace.h"

#include "unit/router/room_fixture.h"

namespace weft::router {
namespace {

TEST(PaceTest, S11_ABigRoomBeatsSlower) {
  EXPECT_EQ(tick_for(200, Load::calm), milliseconds(16));
  EXPECT_EQ(tick_for(500, Load::calm), milliseconds(33));
  EXPECT_EQ(tick_for(2'000, Load::calm), milliseconds(50));
  EXPECT_EQ(tick_for(2'001, Load::calm), milliseconds(100));
}

TEST(PaceTest, S11_OnABusyShardNoRoomBeatsFast) {
  EXPECT_EQ(tick_for(2, Load::busy), milliseconds(24));
  EXPECT_EQ(tick_for(201, Load::busy), milliseconds(33));
}

TEST(PaceTest, S11_LoadDoesNotFlap) {
  EXPECT_EQ(load_after(Load::calm, 0.39), Load::calm);
  EXPECT_EQ(load_after(Load::calm, 0.40), Load::busy);
  EXPECT_EQ(load_after(Load::busy, 0.20), Load::busy);
  EXPECT_EQ(load_after(Load::busy, 0.19), Load::calm);
  EXPECT_EQ(load_after(Load::calm, 0.19), Load::calm);
}

constexpr int kPace = 10;

TEST_F(RoomTest, S11_PeopleAreToldThePaceOfABusyShard) {
  const SessionId ada = weft_.join("ada");
  weft_.take(ada);
  weft_.router().note_busy_share(0.9);
  weft_.advance(milliseconds(20));
  EXPECT_EQ(weft_.take(ada, kPace), std::vector<Json>({Json::array({kPace, 24})}));
  const SessionId bob = weft_.join("bob", Json::object(), "another canvas");
  EXPECT_EQ(weft_.take(bob, kWelcome).at(0).at(1).at("tick"), 24)
      << "rooms that open meanwhile beat alike";
  weft_.take(ada);
  weft_.router().note_busy_share(0.1);
  weft_.advance(milliseconds(30));
  EXPECT_EQ(weft_.take(ada, kPace), std::vector<Json>({Json::array({kPace, 16})}));
}

}  // namespace
}  // namespace weft::router
