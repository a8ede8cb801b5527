// SPDX-License-Identifier: Apache-2.0
// What the parts of Weft cost, without sockets and without a network. The workloads:
//
// clang-format off
//   frame_decode/BYTES           one masked WebSocket frame with a message of 12 bytes (a cursor) or 64 KiB
//   message_decode/cursor        [1, x, y] with two floats
//   message_decode/push_of_5     [3, n, ops] with five ops, and the ops themselves
//   cursor_beat/MOVERS           the cursors message of a tick, encoded once for everyone
//   room_tick/ROOMS/PEOPLE       everyone in every room moves, one tick: from the message's bytes to
//                                the router's effects, per cursor update that is delivered
//   driven_tick/ROOMS/PEOPLE     the same from bytes off the wire to bytes for the wire: frame decoding,
//                                router, outbox and the gathering of one write for each session
//   view_tick/PEOPLE/MOVERS/NEAR one room whose people report views over a plane: movers move, one tick;
//                                a view holds about so many of the people
//   push_one/PEOPLE              one person sets one entity: log, evaluation, ops and ack, one tick
//   push_all/PEOPLE              everyone sets one entity in the same tick
//   room_pushes/PEOPLE           everyone sends 50 pushes of one set each in a tick, among 10,000 entities
//   set_ops/OPS                  pushes of so many ops, decoded and evaluated on 10,000 entities
//   create_erase                 an entity made and deleted among 10,000, in two pushes
//   snapshot_encode/ENTITIES     the whole document, in parts
//   join/ENTITIES/PEOPLE         so many come at once after a set: until all have the snapshot
//   open/ENTITIES                one person opens a canvas that is at rest: until it has the snapshot
//   outbox/FRAMES                frames of 1 KiB offered, gathered into one write, and written
//   store_append/IN_FLIGHT       rows in the log of an SQLite file, committed for good; so many wait at a time
//   compress_KIND/SIZE           one message of the kind compressed, and what is left of its bytes;
//                                expand_KIND: the way back
// clang-format on
//
// Flags are Google Benchmark's, e.g. --benchmark_filter=room_tick. Medians of three unless told
// otherwise.
#include "micro/machine.h"
#include "micro/table_reporter.h"
#include "micro/workloads.h"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <vector>

using namespace weft::bench;

int main(int argc, char** argv) {
  // First, so that the command line overrules it.
  std::string repetitions = "--benchmark_repetitions=3";
  std::vector<char*> arguments(argv, argv + argc);
  arguments.insert(arguments.begin() + 1, repetitions.data());
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  add_decode_workloads();
  add_cursor_workloads();
  add_room_workloads();
  add_view_workloads();
  add_concept_workloads();
  add_join_workloads();
  add_outbox_workloads();
  add_deflate_workloads();
  add_store_workloads();
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;

  std::fputs(describe_machine().c_str(), stdout);
  TableReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return reporter.has_errors() ? 1 : 0;
}
