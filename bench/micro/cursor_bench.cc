// SPDX-License-Identifier: Apache-2.0
#include "cursor/cursor_field.h"
#include "micro/table_reporter.h"
#include "micro/workloads.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <vector>

namespace weft::bench {
namespace {

void cursor_beat(benchmark::State& state) {
  cursor::CursorField field;
  std::vector<cursor::CursorField::Slot> slots;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    slots.push_back(field.add(ActorId{static_cast<std::uint64_t>(i + 1)}));
  }
  Instant now{};
  float x = 0;
  for (auto _ : state) {
    now += std::chrono::milliseconds(16);
    x += 0.25F;
    for (const auto slot : slots) field.move(slot, {.x = x, .y = 300.5F});
    field.beat(now, 1);
    if (!field.has_message()) state.SkipWithError("nothing is to be told");
    benchmark::DoNotOptimize(field.message().data());
  }
  report_items(state, state.iterations() * state.range(0), "cursor that moved");
}

}  // namespace

void add_cursor_workloads() {
  benchmark::RegisterBenchmark("cursor_beat", cursor_beat)->Arg(100);
}

}  // namespace weft::bench
