// SPDX-License-Identifier: Apache-2.0
#include "cursor/excerpts.h"

#include "unit/cursor/cursor_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace weft::cursor {
namespace {

using protocol::Cursor;
using protocol::Rect;
using Kind = Excerpt::Kind;

constexpr Cursor kHidden{.hidden = true};
constexpr float kFarthest = std::numeric_limits<float>::max();

Cursor at(float x, float y) {
  return {.hidden = false, .x = x, .y = y};
}

/// A beat after the other, each made of moves: where an actor was told to be, and where it is now.
class ExcerptsTest : public testing::Test {
 protected:
  struct Move {
    Cursor before;
    Cursor after;
  };

  void beat(const std::vector<Move>& moves) {
    excerpts_.begin_beat();
    changes_.clear();
    message_.clear();
    protocol::append_cursors_head(message_, 77, static_cast<std::uint32_t>(moves.size()));
    for (std::size_t i = 0; i < moves.size(); ++i) {
      const auto begin = static_cast<std::uint32_t>(message_.size());
      protocol::append_cursor_entry(message_, {i + 1}, moves[i].after);
      changes_.push_back(
          {moves[i].before, moves[i].after, begin, static_cast<std::uint32_t>(message_.size())});
    }
    excerpts_.arrange(changes_, message_);
  }
  Json told(const Rect& view) {
    const Excerpt excerpt = excerpts_.find(view);
    if (excerpt.kind == Kind::nothing) return Json::array();
    return excerpt.kind == Kind::everything ? entries_of(message_) : entries_of(part(excerpt));
  }
  Bytes part(const Excerpt& excerpt) {
    Bytes out;
    excerpts_.append_part(excerpt.part, 77, out);
    return out;
  }
  /// Beats whose views are all like this one, so that the cells fit them.
  void get_used_to(const Rect& view) {
    beat({{kHidden, at(0, 0)}});
    static_cast<void>(excerpts_.find(view));
  }

  Excerpts excerpts_;
  std::vector<Change> changes_;
  Bytes message_;
};

TEST_F(ExcerptsTest, U12ViewsThatTouchTheSameChangedCellsGetTheSamePart) {
  get_used_to({0, 0, 100, 100});
  beat({{kHidden, at(50, 50)}, {kHidden, at(1000, 1000)}, {kHidden, at(40, 60)}});
  const Excerpt one = excerpts_.find({0, 0, 100, 100});
  const Excerpt other = excerpts_.find({-20, 20, 80, 120});
  const Excerpt third = excerpts_.find({950, 950, 1050, 1050});
  ASSERT_EQ(one.kind, Kind::part);
  ASSERT_EQ(other.kind, Kind::part);
  ASSERT_EQ(third.kind, Kind::part);
  EXPECT_EQ(one.part, 0U);
  EXPECT_EQ(other.part, 0U);
  EXPECT_EQ(third.part, 1U);
  EXPECT_EQ(Json::from_msgpack(part(one)), Json({1, 77, {{1, 50, 50}, {3, 40, 60}}}));
  EXPECT_EQ(entries_of(part(third)), Json({{2, 1000, 1000}}));
}

TEST_F(ExcerptsTest, U12ViewThatTouchesAllChangedCellsGetsTheWholeMessage) {
  get_used_to({0, 0, 100, 100});
  beat({{kHidden, at(10, 10)}, {kHidden, at(90, 90)}});
  EXPECT_EQ(excerpts_.find({0, 0, 100, 100}).kind, Kind::everything);
  EXPECT_EQ(excerpts_.find({-1e6F, -1e6F, 1e6F, 1e6F}).kind, Kind::everything);
  EXPECT_EQ(excerpts_.find({0, 0, 20, 20}).kind, Kind::part);
}

TEST_F(ExcerptsTest, U12CellsAreAsLargeAsTheRoomsViewsAsk) {
  beat({{kHidden, at(5, 5)}, {kHidden, at(30, 5)}});
  EXPECT_EQ(told({0, 0, 10, 10}).size(), 2U);  // cells of a room that has not asked yet
  beat({{kHidden, at(5, 5)}, {kHidden, at(30, 5)}});
  EXPECT_EQ(told({0, 0, 10, 10}), Json({{1, 5, 5}}));
  // Most are larger now: small views get more, and the others few cells.
  for (int i = 0; i < 2; ++i) static_cast<void>(excerpts_.find({0, 0, 10'000, 10'000}));
  beat({{kHidden, at(5, 5)}, {kHidden, at(30, 5)}, {kHidden, at(30'000, 0)}});
  EXPECT_EQ(told({0, 0, 10, 10}), Json({{1, 5, 5}, {2, 30, 5}}));
}

TEST_F(ExcerptsTest, U1CursorThatCrossesCellsInsideAViewIsToldOnce) {
  get_used_to({0, 0, 100, 100});
  beat({{at(10, 10), at(90, 90)}, {kHidden, at(5000, 0)}});
  EXPECT_EQ(told({0, 0, 100, 100}), Json({{1, 90, 90}}));
}

TEST_F(ExcerptsTest, U5CellThatWasLeftIsTold) {
  get_used_to({0, 0, 100, 100});
  beat({{at(50, 50), at(5000, 5000)},
        {at(60, 60), at(-5000, 0)},
        {kHidden, at(40, 40)},
        {kHidden, at(0, 5000)}});
  EXPECT_EQ(told({0, 0, 100, 100}), Json({{3, 40, 40}, {1, 5000, 5000}, {2, -5000, 0}}));
  EXPECT_EQ(told({4950, 4950, 5050, 5050}), Json({{1, 5000, 5000}}));
}

TEST_F(ExcerptsTest, U13ViewWhosePartWouldBeScatteredGetsEverything) {
  get_used_to({0, 0, 100, 100});
  std::vector<Move> moves;
  for (int i = 0; i < 200; ++i) {
    const float y = static_cast<float>(i) * 100;
    moves.push_back({kHidden, at(10, y)});
    moves.push_back({kHidden, at(1000, y)});
  }
  beat(moves);
  EXPECT_EQ(excerpts_.find({0, 0, 100, 2'000}).kind, Kind::part);
  EXPECT_EQ(excerpts_.find({0, 0, 100, 19'900}).kind, Kind::everything);
  // The same when the way to little would be long.
  EXPECT_EQ(excerpts_.find({500, 0, 600, 19'900}).kind, Kind::everything);
}

TEST_F(ExcerptsTest, U13CrowdThatCrossesCellsGetsEverything) {
  get_used_to({0, 0, 100, 100});
  std::vector<Move> moves(1'000, {at(10, 10), at(90, 90)});
  moves.push_back({kHidden, at(5000, 0)});
  beat(moves);
  EXPECT_EQ(excerpts_.find({0, 0, 100, 100}).kind, Kind::everything);
}

TEST_F(ExcerptsTest, U3PlacesAndViewsMayBeAnywhere) {
  get_used_to({0, 0, 0, 0});
  beat({{kHidden, at(kFarthest, -kFarthest)}, {kHidden, at(1e-40F, -1e-40F)}});
  EXPECT_EQ(told({kFarthest, -kFarthest, kFarthest, -kFarthest}).at(0).at(0), 1);
  EXPECT_EQ(told({0, -1e-40F, 1e-40F, 0}).size(), 1U);
  EXPECT_EQ(excerpts_.find({-kFarthest, -kFarthest, kFarthest, kFarthest}).kind, Kind::everything);
  get_used_to({-kFarthest, -kFarthest, kFarthest, kFarthest});
  beat({{kHidden, at(kFarthest, -kFarthest)}, {kHidden, at(1, 1)}});
  EXPECT_EQ(told({0, 0, 2, 2}).back().at(0), 2);
}

/// Against a search through all changes: nothing is missing, nobody comes twice, and every entry is
/// the truth.
class ExcerptsModelTest : public ExcerptsTest, public testing::WithParamInterface<unsigned> {
 protected:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  float coordinate() {
    constexpr float kOdd[] = {0, -1, 0.5F, 1e-30F, 4096, 1e9F, kFarthest, -kFarthest};
    if (below(20) == 0) return kOdd[below(std::size(kOdd))];
    return static_cast<float>(below(4'000)) / 4 - 500;
  }
  Cursor cursor() { return below(12) == 0 ? kHidden : at(coordinate(), coordinate()); }
  Rect view() {
    const auto [x0, x1] = std::minmax({coordinate(), coordinate()});
    const auto [y0, y1] = std::minmax({coordinate(), coordinate()});
    if (below(3) == 0) return {x0, y0, x1, y1};
    const auto size = static_cast<float>(below(200));
    return {x0, y0, x0 + size, y0 + size};
  }
  static bool holds(const Rect& view, const Cursor& cursor) {
    return !cursor.hidden && cursor.x >= view.x0 && cursor.x <= view.x1 && cursor.y >= view.y0 &&
           cursor.y <= view.y1;
  }

  std::mt19937 random_{GetParam()};
};

TEST_P(ExcerptsModelTest, U3U5U6NothingIsMissingAndNobodyComesTwice) {
  std::size_t parts = 0;
  for (int round = 0; round < 8; ++round) {
    std::vector<Move> moves(1 + below(150));
    for (Move& move : moves) {
      move = {cursor(), cursor()};
      if (below(2) == 0 && !move.before.hidden) {
        move.after = at(move.before.x + 3, move.before.y - 2);
      }
    }
    beat(moves);
    for (int i = 0; i < 40; ++i) {
      const Rect view = this->view();
      const Excerpt excerpt = excerpts_.find(view);
      if (excerpt.kind == Kind::part) ++parts;
      std::set<std::size_t> actors;
      for (const Json& entry : told(view)) {
        const auto actor = entry.at(0).get<std::size_t>();
        EXPECT_TRUE(actors.insert(actor).second) << "twice";
        const Cursor& after = moves[actor - 1].after;
        ASSERT_EQ(entry.size(), after.hidden ? 1U : 3U);
        if (!after.hidden) {
          EXPECT_EQ(entry.at(1).get<float>(), after.x);
          EXPECT_EQ(entry.at(2).get<float>(), after.y);
        }
      }
      for (std::size_t k = 0; k < moves.size(); ++k) {
        const bool concerns =
            moves[k].after.hidden || holds(view, moves[k].before) || holds(view, moves[k].after);
        EXPECT_TRUE(!concerns || actors.contains(k + 1)) << "missing";
      }
    }
  }
  EXPECT_GT(parts, 60U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ExcerptsModelTest, testing::Range(1U, 9U));

}  // namespace
}  // namespace weft::cursor
