// SPDX-License-Identifier: Apache-2.0
#include "micro/client_messages.h"
#include "micro/live_rooms.h"
#include "micro/table_reporter.h"
#include "micro/workloads.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <stdexcept>
#include <string>

namespace weft::bench {
namespace {

const CanvasId kCanvas = "room-0";
constexpr std::uint32_t kOpsPerPush = 1'000;

/// The first person makes the entities; returns the number of its last push.
std::uint64_t fill(LiveRooms& rooms, std::uint64_t entities) {
  std::uint64_t n = 0;
  for (std::uint64_t made = 0; made < entities; made += kOpsPerPush) {
    Bytes ops;
    for (std::uint64_t i = 0; i < kOpsPerPush; ++i) append_create(ops, entity_id(made + i), i);
    rooms.say(0, push(++n, op_array(kOpsPerPush, ops)));
    rooms.pass_tick();
  }
  return n;
}

/// Of the processor's time that this thread has had.
double seconds_worked() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Ticks pass until everybody has been told all there is; returns the seconds of work of the
/// longest.
double pass_ticks_until_settled(LiveRooms& rooms) {
  constexpr int kTicksMax = 10'000;
  std::size_t told = 0;
  double longest = 0;
  for (int ticks = 0; ticks < kTicksMax; ++ticks) {
    const double before = seconds_worked();
    const std::size_t now = rooms.pass_tick().reliable;
    longest = std::max(longest, seconds_worked() - before);
    told += now;
    if (now == 0 && told > 0) return longest;
  }
  throw std::runtime_error("nobody was told anything");
}

void report_longest_turn(benchmark::State& state, double seconds) {
  state.counters["µs the longest turn"] = seconds * 1e6;
}

void join(benchmark::State& state) {
  LiveRooms rooms(1, 1);
  std::uint64_t n = fill(rooms, static_cast<std::uint64_t>(state.range(0)));
  std::uint64_t came = 0;
  pass_ticks_until_settled(rooms);
  double longest = 0;
  for (auto _ : state) {
    Bytes op;
    append_move(op, entity_id(0), ++n % 4000, 1);
    rooms.say(0, push(n, op_array(1, op)));
    rooms.pass_tick();
    for (std::int64_t i = 0; i < state.range(1); ++i) {
      rooms.join(kCanvas, "guest-" + std::to_string(++came));
    }
    longest = std::max(longest, pass_ticks_until_settled(rooms));
    state.PauseTiming();
    rooms.leave_from(1);
    pass_ticks_until_settled(rooms);
    state.ResumeTiming();
  }
  report_items(state, state.iterations() * state.range(1), "person with a snapshot");
  report_longest_turn(state, longest);
}

void open_at_rest(benchmark::State& state) {
  LiveRooms rooms(1, 1);
  fill(rooms, static_cast<std::uint64_t>(state.range(0)));
  std::uint64_t came = 0;
  double longest = 0;
  for (auto _ : state) {
    state.PauseTiming();
    rooms.leave_from(0);
    rooms.pass_tick();
    state.ResumeTiming();
    rooms.join(kCanvas, "guest-" + std::to_string(++came));
    longest = std::max(longest, pass_ticks_until_settled(rooms));
  }
  report_items(state, state.iterations(), "canvas opened");
  report_longest_turn(state, longest);
}

}  // namespace

void add_join_workloads() {
  benchmark::RegisterBenchmark("join", join)->Args({50'000, 1})->Args({50'000, 200});
  benchmark::RegisterBenchmark("open", open_at_rest)->Arg(50'000);
}

}  // namespace weft::bench
