// SPDX-License-Identifier: Apache-2.0
#include "micro/client_messages.h"
#include "micro/driven_rooms.h"
#include "micro/live_rooms.h"
#include "micro/table_reporter.h"
#include "micro/workloads.h"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace weft::bench {
namespace {

std::size_t size_of(std::int64_t number) {
  return static_cast<std::size_t>(number);
}

/// Everyone but the one who moves.
std::int64_t deliveries_per_tick(const benchmark::State& state) {
  return state.range(0) * state.range(1) * (state.range(1) - 1);
}

/// What one tick takes altogether, whoever is told.
void report_tick(benchmark::State& state) {
  using benchmark::Counter;
  state.counters["µs a tick"] =
      Counter(static_cast<double>(state.iterations()) / 1e6, Counter::kIsRate | Counter::kInvert);
}

/// Enough different places that nobody stands still.
constexpr std::size_t kPlaces = 64;
std::vector<Bytes> cursor_messages() {
  std::vector<Bytes> messages;
  for (std::size_t i = 0; i < kPlaces; ++i) {
    messages.push_back(cursor(100.25F + static_cast<float>(i), 300.5F - static_cast<float>(i)));
  }
  return messages;
}

void room_tick(benchmark::State& state) {
  LiveRooms rooms(size_of(state.range(0)), size_of(state.range(1)));
  const std::vector<Bytes> messages = cursor_messages();
  std::size_t tick = 0;
  for (auto _ : state) {
    ++tick;
    for (std::size_t person = 0; person < rooms.people(); ++person) {
      rooms.say(person, messages[(tick + person) % kPlaces]);
    }
    const auto told = rooms.pass_tick();
    if (told.live != rooms.people() || told.reliable != 0) {
      state.SkipWithError("not one frame for everyone");
      break;
    }
  }
  report_items(state, state.iterations() * deliveries_per_tick(state), "cursor update delivered");
  report_tick(state);
}

void driven_tick(benchmark::State& state) {
  DrivenRooms rooms(size_of(state.range(0)), size_of(state.range(1)));
  std::vector<Bytes> frames;
  for (const Bytes& message : cursor_messages()) frames.push_back(client_frame(message));
  std::size_t tick = 0;
  for (auto _ : state) {
    ++tick;
    for (std::size_t person = 0; person < rooms.people(); ++person) {
      rooms.receive(person, frames[(tick + person) % kPlaces]);
    }
    rooms.pass_tick();
    if (rooms.take_writes() != rooms.people()) {
      state.SkipWithError("not one write for everyone");
      break;
    }
  }
  report_items(state, state.iterations() * deliveries_per_tick(state),
               "cursor update delivered, wire to wire");
  report_tick(state);
}

/// `pushers` of the room's people change an entity each in every tick. The log is the embedded one,
/// its store is memory.
void push_tick(benchmark::State& state, std::size_t people, std::size_t pushers) {
  LiveRooms rooms(1, people);
  std::vector<std::string> ids;
  std::uint64_t n = 1;
  for (std::size_t person = 0; person < pushers; ++person) {
    ids.push_back(entity_id(person));
    Bytes op;
    append_create(op, ids.back(), person);
    rooms.say(person, push(n, op_array(1, op)));
  }
  rooms.pass_tick();
  Bytes op;
  for (auto _ : state) {
    ++n;
    for (std::size_t person = 0; person < pushers; ++person) {
      op.clear();
      append_move(op, ids[person], n % 4000, person);
      rooms.say(person, push(n, op_array(1, op)));
    }
    const auto told = rooms.pass_tick();
    if (told.reliable != people || told.live != 0) {
      state.SkipWithError("not one frame for everyone");
      break;
    }
  }
  const auto deliveries = static_cast<std::int64_t>(people * pushers);
  report_items(state, state.iterations() * deliveries, "ops or ack delivered");
  report_tick(state);
}
/// As many pushes as the room can take: each sets one entity of a canvas of 10,000.
void room_pushes(benchmark::State& state) {
  constexpr std::uint64_t kEntities = 10'000;
  constexpr std::size_t kPushesPerTick = 50;
  constexpr std::uint32_t kOpsPerPush = 1'000;
  router::RouterConfig config;
  config.room.limits.pushes_per_second = UINT32_MAX;
  LiveRooms rooms(1, size_of(state.range(0)), config);
  std::uint64_t made_n = 0;
  for (std::uint64_t made = 0; made < kEntities; made += kOpsPerPush) {
    Bytes ops;
    for (std::uint64_t i = 0; i < kOpsPerPush; ++i) append_create(ops, entity_id(made + i), i);
    rooms.say(0, push(++made_n, op_array(kOpsPerPush, ops)));
  }
  rooms.pass_tick();
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> n(rooms.people(), 0);
  n[0] = made_n;
  Bytes op;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kPushesPerTick; ++i) {
      for (std::size_t person = 0; person < rooms.people(); ++person) {
        op.clear();
        append_move(op, entity_id(random() % kEntities), n[person] % 4000, person);
        rooms.say(person, push(++n[person], op_array(1, op)));
      }
    }
    const auto told = rooms.pass_tick();
    if (told.reliable != rooms.people() || told.live != 0) {
      state.SkipWithError("not one frame for everyone");
      break;
    }
  }
  report_items(state,
               state.iterations() * static_cast<std::int64_t>(rooms.people() * kPushesPerTick),
               "push of one set, ack and ops included");
  report_tick(state);
}
void push_one(benchmark::State& state) {
  push_tick(state, size_of(state.range(0)), 1);
}
void push_all(benchmark::State& state) {
  push_tick(state, size_of(state.range(0)), size_of(state.range(0)));
}

}  // namespace

void add_room_workloads() {
  benchmark::RegisterBenchmark("room_tick", room_tick)
      ->Args({1, 10})
      ->Args({1, 100})
      ->Args({1, 500})
      ->Args({100, 10});
  benchmark::RegisterBenchmark("driven_tick", driven_tick)
      ->Args({1, 10})
      ->Args({1, 100})
      ->Args({1, 500})
      ->Args({100, 10});
  benchmark::RegisterBenchmark("push_one", push_one)->Arg(10)->Arg(100);
  benchmark::RegisterBenchmark("push_all", push_all)->Arg(10)->Arg(100);
  benchmark::RegisterBenchmark("room_pushes", room_pushes)->Arg(10);
}

}  // namespace weft::bench
