// SPDX-License-Identifier: Apache-2.0
// What the simulation found, pinned.
#include "unit/router/room_fixture.h"

namespace weft::router {
namespace {

TEST_F(RoomTest, WhoComesWhileTheStoreCannotBeReadIsToldToComeBackLikeThoseBefore) {
  weft_.store().fail_appends(true);
  const auto ada = weft_.connect();
  // The reader is told that the canvas could not be opened; the room is still there at that moment.
  weft_.router().read_document(
      "try",
      [&](const std::optional<DocumentCopy>& document) {
        EXPECT_FALSE(document);
        weft_.say(ada, Json::array({0, {{"client", "a"}}}));
      },
      weft_.now());
  weft_.settle();
  EXPECT_EQ(weft_.closed_with(ada), CloseCode::overloaded);
}

TEST_F(RoomTest, C7C13TheFirstPushThatWasNotTakenIsToldOfHoweverManyThereAre) {
  const auto ada = weft_.join("a");
  weft_.take(ada);
  weft_.store().fail_appends(true);
  Json many = Json::array();
  for (std::uint64_t n = 1; n <= 2000; ++n) many.push_back(push(n, Json::array()));
  weft_.say_all(ada, many);
  weft_.advance(milliseconds(50));
  EXPECT_LT(weft_.take(ada, kError).size(), 1500U);

  weft_.say(ada, push(1, Json::array()));  // and once more, while no others would be told
  weft_.advance(milliseconds(50));
  const auto errors = weft_.take(ada, kError);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0][1], "unavailable");
  EXPECT_EQ(errors[0][3], 1);
}

}  // namespace
}  // namespace weft::router
