// SPDX-License-Identifier: Apache-2.0
#include "connection/outbox.h"
#include "micro/table_reporter.h"
#include "micro/workloads.h"
#include "protocol/frame.h"

#include <benchmark/benchmark.h>

#include <array>

namespace weft::bench {
namespace {

/// Shared frames, as a tick gives them out, to a socket that takes everything.
void outbox(benchmark::State& state) {
  connection::Outbox outbox({}, protocol::Encoding::msgpack);
  const auto frame = protocol::make_frame(Bytes(1024, 'f'));
  std::array<ByteView, 16> pieces;
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      const auto lane = i == 0 ? connection::Lane::live : connection::Lane::reliable;
      benchmark::DoNotOptimize(outbox.offer(frame, lane, Instant{}));
    }
    const std::size_t count = outbox.gather(pieces);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) bytes += pieces[i].size();
    outbox.note_written(bytes, Instant{});
    if (!outbox.is_empty()) state.SkipWithError("something was left");
  }
  report_items(state, state.iterations() * state.range(0), "frame");
}

}  // namespace

void add_outbox_workloads() {
  benchmark::RegisterBenchmark("outbox", outbox)->Arg(1)->Arg(4);
}

}  // namespace weft::bench
