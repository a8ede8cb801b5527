// SPDX-License-Identifier: Apache-2.0
#include "concept/document.h"
#include "micro/client_messages.h"
#include "micro/table_reporter.h"
#include "micro/workloads.h"
#include "protocol/limits.h"
#include "protocol/ops.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace weft::bench {
namespace {

void play(concept_sync::Document& document, ByteView ops) {
  static const protocol::Limits limits;
  static protocol::OpList list;
  if (!protocol::decode_ops(ops, limits, list)) throw std::runtime_error("odd ops");
  const auto outcome = document.apply(list);
  if (outcome.kind != protocol::AckOutcome::commit) throw std::runtime_error("no commit");
  benchmark::DoNotOptimize(outcome.effective.data());
}

concept_sync::Document document_of(std::uint64_t entities) {
  concept_sync::Document document{protocol::Limits{}};
  for (std::uint64_t i = 0; i < entities; ++i) {
    Bytes op;
    append_create(op, entity_id(i), i);
    play(document, op_array(1, op));
  }
  return document;
}

/// The pushes are made beforehand; each op moves another entity, chosen at random, to a new place.
void set_ops(benchmark::State& state) {
  constexpr std::uint64_t kEntities = 10'000;
  auto document = document_of(kEntities);
  const auto ops_per_push = static_cast<std::uint32_t>(state.range(0));
  std::mt19937_64 random(1);
  std::vector<Bytes> pushes;
  // More ops than entities, so that the tree is walked as a busy canvas would.
  for (std::uint64_t made = 0; made < 4 * kEntities; made += ops_per_push) {
    Bytes ops;
    for (std::uint32_t i = 0; i < ops_per_push; ++i) {
      append_move(ops, entity_id(random() % kEntities), 5'000 + made + i, random() % 4'000);
    }
    pushes.push_back(op_array(ops_per_push, ops));
  }
  std::size_t next = 0;
  for (auto _ : state) play(document, pushes[next++ % pushes.size()]);
  report_items(state, state.iterations() * state.range(0), "set op, decoding included");
}

/// A push that makes an entity, and one that deletes it.
void create_erase(benchmark::State& state) {
  constexpr std::uint64_t kEntities = 10'000;
  auto document = document_of(kEntities);
  std::mt19937_64 random(1);
  std::vector<Bytes> pushes;
  for (std::uint64_t i = 0; i < kEntities; ++i) {
    const std::string id = entity_id(kEntities + random() % (100 * kEntities));
    Bytes made;
    append_create(made, id, i);
    pushes.push_back(op_array(1, made));
    Bytes erased;
    protocol::append_erase(erased, id);
    pushes.push_back(op_array(1, erased));
  }
  std::size_t next = 0;
  for (auto _ : state) {
    play(document, pushes[next]);
    play(document, pushes[next + 1]);
    next = (next + 2) % pushes.size();
  }
  report_items(state, state.iterations() * 2, "create or delete op, decoding included");
}

void snapshot_encode(benchmark::State& state) {
  auto document = document_of(static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) {
    document.forget_encoding();
    const auto parts = document.snapshot();
    benchmark::DoNotOptimize(parts.data());
  }
  report_items(state, state.iterations() * state.range(0), "entity");
}

}  // namespace

void add_concept_workloads() {
  benchmark::RegisterBenchmark("set_ops", set_ops)->Arg(1)->Arg(100);
  benchmark::RegisterBenchmark("create_erase", create_erase);
  benchmark::RegisterBenchmark("snapshot_encode", snapshot_encode)->Arg(50'000);
}

}  // namespace weft::bench
