// SPDX-License-Identifier: Apache-2.0
#include "cursor/cursor_field.h"
#include "unit/cursor/cursor_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <random>

namespace weft::cursor {
namespace {

using protocol::Cursor;
using protocol::Rect;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// What somebody shows of the canvas: a cursor for each actor that has one visible.
using Picture = std::map<std::uint64_t, std::pair<float, float>>;

bool holds(const Rect& view, const std::pair<float, float>& point) {
  return point.first >= view.x0 && point.first <= view.x1 && point.second >= view.y0 &&
         point.second <= view.y1;
}

Picture part_inside(const Picture& picture, const Rect& view) {
  Picture part;
  for (const auto& [actor, point] : picture) {
    if (holds(view, point)) part.emplace(actor, point);
  }
  return part;
}

void learn(Picture& picture, ByteView message) {
  for (const Json& entry : entries_of(message)) {
    const auto actor = entry.at(0).get<std::uint64_t>();
    if (entry.size() == 1) {
      picture.erase(actor);
    } else {
      picture[actor] = {entry.at(1).get<float>(), entry.at(2).get<float>()};
    }
  }
}

/// A session: takes what a room would send it, by the recipe of src/cursor/README.md.
struct Viewer {
  std::optional<Rect> view;
  Picture picture;
  bool has_moved_view = false;  // since the last outside beat
  bool is_behind = false;       // does not read

  void take_beat(CursorField& field) {
    if (!view) {
      if (field.has_message()) learn(picture, field.message());
    } else if (field.is_outside_beat()) {
      learn(picture, field.outside_message());
      has_moved_view = false;
    } else if (field.has_message()) {
      take_excerpt(field, field.excerpt_for(*view));
    }
  }

  void take_excerpt(const CursorField& field, const Excerpt& excerpt) {
    if (excerpt.kind == Excerpt::Kind::everything) learn(picture, field.message());
    if (excerpt.kind != Excerpt::Kind::part) return;
    Bytes out;
    field.append_part(excerpt.part, out);
    learn(picture, out);
  }
};

class CursorModel {
 public:
  explicit CursorModel(std::uint64_t seed) : random_(seed) {}

  void run(int beats) {
    for (int i = 0; i < beats && !testing::Test::HasFailure(); ++i) {
      for (std::uint64_t deeds = below(12); deeds > 0; --deeds) act();
      beat();
    }
    // One outside interval of quiet.
    for (milliseconds quiet{0}; quiet <= kOutsideInterval; quiet += kTick) beat();
    EXPECT_FALSE(field_.is_dirty());
    for (Viewer& viewer : viewers_) {
      if (viewer.is_behind) catch_up(viewer);
      EXPECT_EQ(viewer.picture, truth_) << "U7";
    }
  }

 private:
  static constexpr milliseconds kTick{50};

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool chance(std::uint64_t one_in) { return below(one_in) == 0; }
  // A small world of whole numbers, so that edges are hit.
  float coordinate() { return static_cast<float>(below(20)); }
  std::optional<Rect> some_view() {
    if (chance(4)) return std::nullopt;
    const float x = coordinate();
    const float y = coordinate();
    return Rect{x, y, x + static_cast<float>(below(12)), y + static_cast<float>(below(12))};
  }

  void act() {
    if (slots_.empty() || (slots_.size() < 8 && chance(20))) {
      const std::uint64_t actor = next_actor_++;
      slots_.emplace(actor, field_.add({actor}));
      return;
    }
    const auto [actor, slot] =
        *std::next(slots_.begin(), static_cast<std::ptrdiff_t>(below(slots_.size())));
    if (chance(60)) return remove(actor, slot);
    if (chance(30)) arrive();
    for (Viewer& viewer : viewers_) {
      if (viewer.is_behind && chance(20)) catch_up(viewer);
    }
    if (!viewers_.empty() && chance(20)) {
      Viewer& viewer = viewers_[below(viewers_.size())];
      const bool had_view = viewer.view.has_value();
      viewer.view = some_view();
      viewer.has_moved_view = true;
      if (had_view && !viewer.view) viewer.is_behind = true;
    }
    if (!viewers_.empty() && chance(30)) viewers_[below(viewers_.size())].is_behind = true;
    if (chance(10)) {
      field_.move(slot, {.hidden = true});
      truth_.erase(actor);
    } else {
      const Cursor cursor{.hidden = false, .x = coordinate(), .y = coordinate()};
      field_.move(slot, cursor);
      truth_[actor] = {cursor.x, cursor.y};
    }
  }

  void remove(std::uint64_t actor, CursorField::Slot slot) {
    field_.remove(slot);
    slots_.erase(actor);
    truth_.erase(actor);
    // Presence tells everybody.
    for (Viewer& viewer : viewers_) viewer.picture.erase(actor);
  }

  void arrive() {
    Viewer viewer{.view = some_view(), .picture = {}};
    if (Bytes out; field_.append_all(0, false, out)) learn(viewer.picture, out);
    viewers_.push_back(viewer);
    if (viewers_.size() > 10) viewers_.erase(viewers_.begin());
  }

  void catch_up(Viewer& viewer) {
    if (Bytes out; field_.append_all(0, true, out)) learn(viewer.picture, out);
    viewer.is_behind = false;
    viewer.has_moved_view = false;
  }

  void beat() {
    now_ += kTick;
    field_.beat(now_, 0);
    for (Viewer& viewer : viewers_) {
      if (viewer.is_behind) continue;
      viewer.take_beat(field_);
      if (!viewer.view) {
        EXPECT_EQ(viewer.picture, truth_) << "U2";
      } else if (!viewer.has_moved_view) {
        EXPECT_EQ(part_inside(viewer.picture, *viewer.view), part_inside(truth_, *viewer.view))
            << "U7";
      }
    }
  }

  CursorField field_;
  std::mt19937_64 random_;
  Instant now_ = Instant{} + seconds(1000);
  std::uint64_t next_actor_ = 1;
  std::map<std::uint64_t, CursorField::Slot> slots_;
  Picture truth_;
  std::vector<Viewer> viewers_;
};

class CursorModelTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(CursorModelTest, U7PictureIsTheTruthInsideAtEveryBeatAndEverywhereAfterQuiet) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  CursorModel(GetParam()).run(400);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CursorModelTest, testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace weft::cursor
