// SPDX-License-Identifier: Apache-2.0
#include "micro/client_messages.h"
#include "micro/live_rooms.h"
#include "micro/table_reporter.h"
#include "micro/workloads.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace weft::bench {
namespace {

// A window of a desktop; people zoom in and out by up to two.
constexpr float kWidth = 1600;
constexpr float kHeight = 900;
// How far a hand moves the pointer in a tick, at most.
constexpr float kStep = 40;

struct Point {
  float x = 0;
  float y = 0;
};

/// People on a square plane, each with a view around the place where they move.
class Crowd {
 public:
  /// A view holds about `near` of the people.
  Crowd(std::size_t people, double near)
      : side_(
            static_cast<float>(std::sqrt(static_cast<double>(people) / near * kWidth * kHeight))) {
    for (std::size_t i = 0; i < people; ++i) places_.push_back({some(side_), some(side_)});
  }

  [[nodiscard]] Bytes view_of(std::size_t person) {
    const Point at = places_[person];
    const float zoom = std::exp2(some(2) - 1);
    const float left = at.x - some(kWidth) * zoom;
    const float top = at.y - some(kHeight) * zoom;
    return view(left, top, left + kWidth * zoom, top + kHeight * zoom);
  }
  [[nodiscard]] Bytes move(std::size_t person) {
    Point& at = places_[person];
    at.x += some(2 * kStep) - kStep;
    at.y += some(2 * kStep) - kStep;
    return cursor(at.x, at.y);
  }

 private:
  float some(float below) { return std::uniform_real_distribution<float>(0, below)(random_); }

  std::mt19937 random_{1};
  float side_;
  std::vector<Point> places_;
};

/// One room. Moves wander, so that cursors cross from view to view; every tenth tick or so tells
/// what moved outside, as in a server.
void view_tick(benchmark::State& state) {
  const auto people = static_cast<std::size_t>(state.range(0));
  const auto movers = static_cast<std::size_t>(state.range(1));
  LiveRooms rooms(1, people);
  Crowd crowd(people, static_cast<double>(state.range(2)));
  for (std::size_t i = 0; i < people; ++i) rooms.say(i, crowd.view_of(i));
  rooms.pass_tick();
  constexpr std::size_t kPlaces = 32;  // moves are made beforehand and gone through again
  std::vector<Bytes> moves;
  for (std::size_t i = 0; i < kPlaces * movers; ++i) moves.push_back(crowd.move(i % movers));
  std::size_t frames = 0;
  std::size_t tick = 0;
  for (auto _ : state) {
    const std::size_t place = ++tick % kPlaces;
    for (std::size_t i = 0; i < movers; ++i) rooms.say(i, moves[place * movers + i]);
    frames += rooms.pass_tick().live;
  }
  if (frames == 0) state.SkipWithError("nobody was told anything");
  report_items(state, static_cast<std::int64_t>(frames), "frame for a view");
  state.counters["µs a tick"] =
      benchmark::Counter(static_cast<double>(state.iterations()) / 1e6,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

}  // namespace

void add_view_workloads() {
  benchmark::RegisterBenchmark("view_tick", view_tick)
      ->Args({1'000, 1'000, 30})
      ->Args({1'000, 1'000, 500})
      ->Args({10'000, 50, 30});
}

}  // namespace weft::bench
