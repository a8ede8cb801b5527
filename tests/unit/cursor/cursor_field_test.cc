// SPDX-License-Identifier: Apache-2.0
#include "cursor/cursor_field.h"

#include "unit/cursor/cursor_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::cursor {
namespace {

using protocol::Cursor;
using protocol::Rect;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kTick{50};
constexpr Rect kView{.x0 = 0, .y0 = 0, .x1 = 10, .y1 = 10};
constexpr Cursor kHidden{.hidden = true};

Cursor at(float x, float y) {
  return {.hidden = false, .x = x, .y = y};
}

/// A field with manual time; the first beat of a test is an outside beat unless it calls
/// after_outside_beat.
class CursorFieldTest : public testing::Test {
 protected:
  void beat(milliseconds later = kTick) {
    now_ += later;
    field_.beat(now_, 77);
  }
  /// Moves the cursor and lets an outside beat tell it to everybody.
  void settle(CursorField::Slot slot, const Cursor& cursor) {
    field_.move(slot, cursor);
    beat(kOutsideInterval);
    ASSERT_TRUE(field_.is_outside_beat());
  }
  /// What a session with this view is told by the beat.
  Json told(const Rect& view) {
    const Excerpt excerpt = field_.excerpt_for(view);
    if (excerpt.kind == Excerpt::Kind::nothing) return Json::array();
    if (excerpt.kind == Excerpt::Kind::everything) return entries_of(field_.message());
    Bytes out = "kept";
    field_.append_part(excerpt.part, out);
    return entries_of(ByteView(out).substr(4));
  }
  [[nodiscard]] bool gets_everything(const Rect& view) {
    return field_.excerpt_for(view).kind == Excerpt::Kind::everything;
  }
  Json all(bool with_hidden) {
    Bytes out = "kept";
    if (!field_.append_all(77, with_hidden, out)) {
      EXPECT_EQ(out, "kept");
      return Json::array();
    }
    return entries_of(ByteView(out).substr(4));
  }

  CursorField field_;
  Instant now_ = Instant{} + seconds(1000);
};

TEST_F(CursorFieldTest, U1EachChangedCursorIsToldOnceAtItsLatestPosition) {
  const auto one = field_.add({1});
  const auto two = field_.add({2});
  field_.move(one, at(1, 1));
  field_.move(two, at(2, 2));
  field_.move(one, at(3, 4));
  beat();
  ASSERT_TRUE(field_.has_message());
  EXPECT_EQ(Json::from_msgpack(field_.message()), Json({1, 77, {{1, 3, 4}, {2, 2, 2}}}));
  field_.move(two, at(5, 5));
  beat();
  EXPECT_EQ(entries_of(field_.message()), Json({{2, 5, 5}}));
}

TEST_F(CursorFieldTest, U2ViewThatHoldsAllThatChangedSharesTheMessage) {
  const auto one = field_.add({1});
  const auto two = field_.add({2});
  settle(one, at(1, 1));
  field_.move(one, at(2, 2));
  field_.move(two, at(10, 10));
  beat();
  EXPECT_TRUE(gets_everything(kView));
  field_.move(one, at(3, 3));
  field_.move(two, at(5000, 5000));
  beat();
  EXPECT_TRUE(gets_everything(kView));
  field_.move(one, at(4, 4));
  field_.move(two, at(5001, 5001));
  beat();
  EXPECT_FALSE(gets_everything(kView));
}

TEST_F(CursorFieldTest, U3ViewGetsWhatChangedInsideEdgesIncluded) {
  const auto one = field_.add({1});
  const auto two = field_.add({2});
  const auto three = field_.add({3});
  const auto four = field_.add({4});
  settle(one, at(1, 1));
  field_.move(one, at(0, 0));
  field_.move(two, at(10, 10));
  field_.move(three, at(1000, 5));
  field_.move(four, at(5, -0.5F));
  beat();
  EXPECT_FALSE(field_.is_outside_beat());
  EXPECT_EQ(told(kView), Json({{1, 0, 0}, {2, 10, 10}}));
}

TEST_F(CursorFieldTest, U3ViewGetsNothingWhenNothingNearItChanged) {
  const auto one = field_.add({1});
  settle(one, at(5000, 5000));
  field_.move(one, at(5001, 5001));
  beat();
  EXPECT_TRUE(field_.has_message());
  EXPECT_EQ(told(kView), Json::array());
}

TEST_F(CursorFieldTest, U4OutsideBeatTellsAllThatChangedSinceTheLastOne) {
  const auto one = field_.add({1});
  const auto two = field_.add({2});
  settle(one, at(100, 100));
  field_.move(one, at(101, 101));
  beat(milliseconds(100));
  EXPECT_FALSE(field_.is_outside_beat());
  EXPECT_TRUE(field_.outside_message().empty());
  field_.move(two, at(200, 200));
  beat(milliseconds(399));
  EXPECT_FALSE(field_.is_outside_beat());
  field_.move(two, at(201, 201));
  beat(milliseconds(1));
  EXPECT_TRUE(field_.is_outside_beat());
  EXPECT_EQ(entries_of(field_.message()), Json({{2, 201, 201}}));
  EXPECT_EQ(entries_of(field_.outside_message()), Json({{1, 101, 101}, {2, 201, 201}}));
}

TEST_F(CursorFieldTest, U4OutsideBeatComesWithoutFurtherMoves) {
  const auto one = field_.add({1});
  settle(one, at(100, 100));
  field_.move(one, at(101, 101));
  beat();
  EXPECT_TRUE(field_.is_dirty());
  beat(kOutsideInterval);
  EXPECT_FALSE(field_.has_message());
  EXPECT_TRUE(field_.message().empty());
  EXPECT_TRUE(field_.is_outside_beat());
  EXPECT_EQ(entries_of(field_.outside_message()), Json({{1, 101, 101}}));
  EXPECT_FALSE(field_.is_dirty());
}

TEST_F(CursorFieldTest, U4FirstChangeAfterQuietIsToldToEverybodyAtOnce) {
  const auto one = field_.add({1});
  field_.move(one, at(100, 100));
  beat(milliseconds(0));
  EXPECT_TRUE(field_.is_outside_beat());
  EXPECT_FALSE(field_.is_dirty());
  EXPECT_EQ(field_.outside_message().data(), field_.message().data());
  beat(kOutsideInterval);
  EXPECT_FALSE(field_.is_outside_beat());
  field_.move(one, at(101, 101));
  beat();
  EXPECT_TRUE(field_.is_outside_beat());
  EXPECT_FALSE(field_.is_dirty());
}

TEST_F(CursorFieldTest, U5CursorThatMovesOutOfAViewIsToldOnceMore) {
  const auto one = field_.add({1});
  const auto other = field_.add({2});
  settle(one, at(5, 5));
  field_.move(one, at(5000, 5000));
  field_.move(other, at(-5000, 5000));
  beat();
  EXPECT_EQ(told(kView), Json({{1, 5000, 5000}}));
  field_.move(one, at(5001, 5001));
  beat();
  EXPECT_EQ(told(kView), Json::array());
}

TEST_F(CursorFieldTest, U6HiddenCursorIsToldToEveryView) {
  const auto one = field_.add({1});
  const auto two = field_.add({2});
  settle(one, at(5000, 5000));
  field_.move(one, kHidden);
  beat();
  EXPECT_EQ(told(kView), Json({{1}}));
  EXPECT_TRUE(gets_everything(kView));
  settle(one, at(5000, 5000));
  field_.move(one, kHidden);
  field_.move(two, at(-5000, 5000));
  beat();
  EXPECT_EQ(told(kView), Json({{1}}));
}

TEST_F(CursorFieldTest, U8RemovalDropsWhatIsPending) {
  const auto one = field_.add({1});
  const auto two = field_.add({2});
  settle(one, at(1, 1));
  field_.move(one, at(2, 2));
  beat();
  field_.move(one, at(3, 3));
  field_.remove(one);
  EXPECT_FALSE(field_.is_dirty());
  EXPECT_EQ(all(true), Json::array());
  const auto three = field_.add({3});
  field_.move(three, at(7, 7));
  field_.move(two, at(8, 8));
  beat(kOutsideInterval);
  EXPECT_EQ(entries_of(field_.message()), Json({{3, 7, 7}, {2, 8, 8}}));
  EXPECT_EQ(field_.outside_message(), field_.message());
}

TEST_F(CursorFieldTest, U9AllIsEveryCursorAsOfTheLastBeat) {
  const auto one = field_.add({1});
  const auto two = field_.add({2});
  const auto three = field_.add({3});
  (void)field_.add({4});
  EXPECT_EQ(all(true), Json::array());
  field_.move(one, at(1, 1));
  field_.move(two, at(2, 2));
  beat();
  field_.move(two, kHidden);
  beat();
  field_.move(one, at(9, 9));
  field_.move(three, at(3, 3));
  EXPECT_EQ(all(false), Json({{1, 1, 1}}));
  EXPECT_EQ(all(true), Json({{1, 1, 1}, {2}}));
  beat();
  EXPECT_EQ(entries_of(field_.message()), Json({{1, 9, 9}, {3, 3, 3}}));
}

TEST_F(CursorFieldTest, U10CursorThatStaysWhereItIsIsNoChange) {
  const auto one = field_.add({1});
  settle(one, at(1, 1));
  field_.move(one, at(1, 1));
  EXPECT_FALSE(field_.is_dirty());
  settle(one, kHidden);
  field_.move(one, kHidden);
  EXPECT_FALSE(field_.is_dirty());
}

TEST_F(CursorFieldTest, U10CursorHiddenBeforeItWasShownIsNoChange) {
  const auto one = field_.add({1});
  field_.move(one, kHidden);
  EXPECT_FALSE(field_.is_dirty());
  EXPECT_EQ(all(true), Json::array());
}

TEST_F(CursorFieldTest, U10BeatWithoutChangesHasNothing) {
  const auto one = field_.add({1});
  settle(one, at(1, 1));
  beat(kOutsideInterval);
  EXPECT_FALSE(field_.has_message());
  EXPECT_FALSE(field_.is_outside_beat());
  EXPECT_TRUE(field_.outside_message().empty());
  EXPECT_EQ(told(kView), Json::array());
}

}  // namespace
}  // namespace weft::cursor
