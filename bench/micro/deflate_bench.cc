// SPDX-License-Identifier: Apache-2.0
// What compression costs and saves on what the server really sends.
#include "micro/client_messages.h"
#include "micro/table_reporter.h"
#include "micro/workloads.h"
#include "protocol/messages.h"
#include "protocol/msgpack.h"
#include "websocket/deflate.h"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace weft::bench {
namespace {

constexpr std::size_t kPartBytes = 128 * 1024;
// Enough different messages that the processor cannot learn them by heart.
constexpr std::size_t kMessages = 64;

/// Ids, words and places as people and their clients make them up.
class Sample {
 public:
  [[nodiscard]] std::uint64_t number(std::uint64_t below) { return random_() % below; }
  [[nodiscard]] std::string id() {
    constexpr std::string_view kChars =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    for (int i = 0; i < 21; ++i) text += kChars[number(kChars.size())];
    return text;
  }
  [[nodiscard]] std::string title() {
    constexpr std::array kWords = {"river", "note", "idea", "plan", "customer",
                                   "build", "team", "goal", "risk", "value"};
    std::string text;
    for (auto words = 2 + number(4); words > 0; --words) text += kWords[number(kWords.size())];
    return text;
  }

 private:
  std::mt19937_64 random_{1};
};

Bytes cursors(Sample& sample, std::uint32_t people) {
  Bytes bytes;
  protocol::append_cursors_head(bytes, static_cast<std::uint32_t>(sample.number(1U << 31)), people);
  for (std::uint32_t i = 0; i < people; ++i) {
    const protocol::Cursor place{.x = static_cast<float>(sample.number(4000)),
                                 .y = static_cast<float>(sample.number(4000))};
    protocol::append_cursor_entry(bytes, ActorId{i + 1}, place);
  }
  return bytes;
}

/// A tick's edits: so many people have moved an entity each.
Bytes edits(Sample& sample, std::uint32_t people) {
  Bytes bytes;
  for (std::uint32_t i = 0; i < people; ++i) {
    Bytes op;
    append_move(op, sample.id(), sample.number(4000), sample.number(4000));
    protocol::append_ops(bytes, 100'000 + i, ActorId{i + 1}, "user", op_array(1, op),
                         sample.number(~std::uint64_t{0}));
  }
  return bytes;
}

Bytes snapshot(Sample& sample, std::size_t bytes_min) {
  Bytes entities;
  std::uint32_t count = 0;
  for (; entities.size() < bytes_min; ++count) {
    protocol::append_array(entities, 3);
    protocol::append_string(entities, sample.id());
    protocol::append_string(entities, "concept");
    protocol::append_map(entities, 4);
    protocol::append_string(entities, "title");
    protocol::append_string(entities, sample.title());
    protocol::append_string(entities, "color");
    protocol::append_string(entities, sample.number(2) == 0 ? "#ffcc00" : "#3366ff");
    for (const char* const place : {"x", "y"}) {
      protocol::append_string(entities, place);
      protocol::append_uint(entities, sample.number(4000));
    }
  }
  Bytes bytes;
  protocol::append_snapshot(bytes, 1, true, count, entities, 1);
  return bytes;
}

using Make = std::function<Bytes(Sample&)>;

void compress(benchmark::State& state, const Make& make) {
  Sample sample;
  std::vector<Bytes> messages(kMessages);
  for (Bytes& message : messages) message = make(sample);
  websocket::Deflate deflate;
  double before = 0;
  double after = 0;
  std::size_t next = 0;
  for (auto _ : state) {
    const Bytes& message = messages[next++ % kMessages];
    const auto compressed = deflate.compress(message);
    before += static_cast<double>(message.size());
    after += static_cast<double>(compressed ? compressed->size() : message.size());
  }
  report_items(state, state.iterations(), "message");
  const auto count = static_cast<double>(state.iterations());
  state.counters["bytes"] = before / count;
  state.counters["% left"] = 100 * after / before;
}

void expand(benchmark::State& state, const Make& make) {
  Sample sample;
  websocket::Deflate deflate;
  std::vector<Bytes> payloads;
  for (std::size_t i = 0; i < kMessages; ++i) {
    payloads.emplace_back(deflate.compress(make(sample)).value_or(""));
  }
  websocket::Inflate inflate;
  std::size_t next = 0;
  for (auto _ : state) {
    const auto message = inflate.expand(payloads[next++ % kMessages], 1 << 20);
    if (!message) state.SkipWithError("it was not read back");
  }
  report_items(state, state.iterations(), "message");
}

/// What a browser makes of a cursor message: [1, 512.25, 300.5] in a fixed block.
void expand_cursor(benchmark::State& state) {
  const Bytes payload("\x9a\xcc\x78\xca\x85\x41\x80\xe1\x94\xf3\x34\x07\x06\x00\x00", 15);
  websocket::Inflate inflate;
  for (auto _ : state) benchmark::DoNotOptimize(inflate.expand(payload, 1 << 20));
  report_items(state, state.iterations(), "message");
}

}  // namespace

void add_deflate_workloads() {
  const auto add = [](const char* name, const Make& make) {
    benchmark::RegisterBenchmark(name, [make](benchmark::State& state) { compress(state, make); });
  };
  for (const std::uint32_t people : {10U, 100U, 1000U}) {
    add(("compress_cursors/" + std::to_string(people)).c_str(),
        [people](Sample& sample) { return cursors(sample, people); });
  }
  for (const std::uint32_t people : {1U, 10U, 30U, 100U}) {
    add(("compress_edits/" + std::to_string(people)).c_str(),
        [people](Sample& sample) { return edits(sample, people); });
  }
  for (const std::size_t bytes : {std::size_t{512}, std::size_t{1024}, std::size_t{8192}}) {
    add(("compress_snapshot/" + std::to_string(bytes)).c_str(),
        [bytes](Sample& sample) { return snapshot(sample, bytes); });
  }
  const Make part = [](Sample& sample) { return snapshot(sample, kPartBytes); };
  add("compress_snapshot/part", part);
  benchmark::RegisterBenchmark("expand_snapshot/part",
                               [part](benchmark::State& state) { expand(state, part); });
  benchmark::RegisterBenchmark("expand_cursor", expand_cursor);
}

}  // namespace weft::bench
