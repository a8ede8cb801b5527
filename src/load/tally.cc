// SPDX-License-Identifier: Apache-2.0
#include "load/tally.h"

namespace weft::load {

void NameCounts::add(std::string_view name, std::uint64_t times) {
  name = name.substr(0, kNameBytesMax);
  const auto known = counts_.find(name);
  if (known != counts_.end()) {
    known->second += times;
    return;
  }
  const bool has_room = counts_.size() < kNamesMax;
  counts_[std::string(has_room ? name : kOthers)] += times;
}

void NameCounts::merge(const NameCounts& other) {
  for (const auto& [name, times] : other.counts_) add(name, times);
}

std::uint64_t NameCounts::of(std::string_view name) const {
  const auto known = counts_.find(name);
  return known == counts_.end() ? 0 : known->second;
}

std::uint64_t NameCounts::total() const {
  std::uint64_t sum = 0;
  for (const auto& [name, times] : counts_) sum += times;
  return sum;
}

void Tally::merge(const Tally& other) {
  joined += other.joined;
  lost.merge(other.lost);
  goodbyes.merge(other.goodbyes);
  errors.merge(other.errors);
  moves += other.moves;
  moves_to_hear += other.moves_to_hear;
  moves_heard += other.moves_heard;
  pushes += other.pushes;
  for (std::size_t i = 0; i < kOutcomes; ++i) acks[i] += other.acks[i];
  pushes_heard += other.pushes_heard;
  pushes_held_back += other.pushes_held_back;
  deliveries_in_window += other.deliveries_in_window;
  sends += other.sends;
  sends_late += other.sends_late;
  sends_blocked += other.sends_blocked;
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
  move_latency.merge(other.move_latency);
  ack_latency.merge(other.ack_latency);
  push_latency.merge(other.push_latency);
  connect_latency.merge(other.connect_latency);
  welcome_latency.merge(other.welcome_latency);
  first_part_latency.merge(other.first_part_latency);
  snapshot_latency.merge(other.snapshot_latency);
  lateness.merge(other.lateness);
}

}  // namespace weft::load
