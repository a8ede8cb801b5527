// SPDX-License-Identifier: Apache-2.0
#include "load/plane.h"

#include "protocol/client_writer.h"
#include "protocol/messages.h"

#include <gtest/gtest.h>

namespace weft::load {
namespace {

/// As a server reads it.
protocol::ClientMessage read(const Bytes& message) {
  protocol::MessageReader reader(message);
  return *reader.next();
}

TEST(Plane, PlaceComesOutOfAServerWithItsSquareAndItsMoment) {
  const Stamp hour = 3'600ULL * 1'000'000;
  for (const Square home : {Square{0, 0}, Square{255, 0}, Square{3, 255}}) {
    for (const Stamp stamp : {Stamp{0}, Stamp{65'535}, Stamp{65'536}, hour, 2 * hour}) {
      Bytes sent;
      protocol::append_cursor(sent, place_in(home, stamp));
      const auto place = read_place(std::get<protocol::Cursor>(read(sent)), stamp + hour);
      ASSERT_TRUE(place);
      EXPECT_EQ(place->home, home);
      EXPECT_EQ(place->stamp, stamp);
    }
  }
  EXPECT_FALSE(read_place({.hidden = true}, 0));
  EXPECT_FALSE(read_place({.hidden = false, .x = -1, .y = 0}, 0));
}

TEST(Plane, ViewHoldsTheNineSquaresThatAreSeenAndNoOther) {
  const Square home = home_of(16 * 5 + 4, 16);
  EXPECT_EQ(home, (Square{4, 5}));
  Bytes sent;
  protocol::append_view(sent, {.rect = view_from(home)});
  const protocol::Rect view = *std::get<protocol::View>(read(sent)).rect;
  int seen = 0;
  for (std::size_t i = 0; i < 256; ++i) {
    const Square other = home_of(i, 16);
    seen += home.sees(other);
    for (const Stamp stamp : {Stamp{0}, Stamp{0xFFFF'FFFF}}) {
      const protocol::Cursor at = place_in(other, stamp);
      const bool is_inside =
          at.x >= view.x0 && at.x <= view.x1 && at.y >= view.y0 && at.y <= view.y1;
      EXPECT_EQ(is_inside, home.sees(other)) << i;
    }
  }
  EXPECT_EQ(seen, 9);
  EXPECT_FALSE(home_of(0, 16).sees(home_of(15, 16))) << "the plane has edges";
}

TEST(Plane, ViewThatIsGivenUpIsNil) {
  Bytes sent;
  protocol::append_view(sent, {});
  EXPECT_FALSE(std::get<protocol::View>(read(sent)).rect);
}

}  // namespace
}  // namespace weft::load
