// SPDX-License-Identifier: Apache-2.0
#include "micro/client_messages.h"
#include "micro/table_reporter.h"
#include "micro/workloads.h"
#include "protocol/messages.h"
#include "protocol/ops.h"
#include "websocket/message_decoder.h"

#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

namespace weft::bench {
namespace {

/// The decoder unmasks in place, so each frame is first copied to where a read would have put it.
void frame_decode(benchmark::State& state) {
  const Bytes message = state.range(0) == 12 ? cursor(512.25F, 300.5F)
                                             : Bytes(static_cast<std::size_t>(state.range(0)), 'm');
  const Bytes frame = client_frame(message);
  std::vector<char> scratch(frame.size());
  websocket::MessageDecoder decoder;
  for (auto _ : state) {
    std::memcpy(scratch.data(), frame.data(), frame.size());
    std::span<char> input = scratch;
    const auto event = decoder.next(input, Instant{});
    if (event.payload.size() != message.size()) state.SkipWithError("the frame was not decoded");
    benchmark::DoNotOptimize(event.payload.data());
  }
  report_items(state, state.iterations(), "frame, with a copy of its bytes");
}

void decode_cursor(benchmark::State& state) {
  const Bytes message = cursor(512.25F, 300.5F);
  for (auto _ : state) {
    const auto decoded = protocol::MessageReader(message).next();
    if (!decoded) state.SkipWithError("the message was not decoded");
    benchmark::DoNotOptimize(decoded);
  }
  report_items(state, state.iterations(), "message");
}

void decode_push(benchmark::State& state) {
  Bytes ops;
  for (std::uint64_t i = 0; i < 5; ++i) append_move(ops, entity_id(i), 512, 300 + i);
  const Bytes message = push(1, op_array(5, ops));
  const protocol::Limits limits;
  protocol::OpList list;
  for (auto _ : state) {
    const auto decoded = protocol::MessageReader(message).next();
    const auto* push = decoded ? std::get_if<protocol::Push>(&*decoded) : nullptr;
    if (!push || !protocol::decode_ops(push->ops, limits, list)) {
      state.SkipWithError("the push was not decoded");
      break;
    }
    benchmark::DoNotOptimize(list.ops.data());
  }
  report_items(state, state.iterations(), "push, its ops included");
}

}  // namespace

void add_decode_workloads() {
  benchmark::RegisterBenchmark("frame_decode", frame_decode)->Arg(12)->Arg(64 << 10);
  benchmark::RegisterBenchmark("message_decode/cursor", decode_cursor);
  benchmark::RegisterBenchmark("message_decode/push_of_5", decode_push);
}

}  // namespace weft::bench
