// SPDX-License-Identifier: Apache-2.0
#include "redis/subscriptions.h"

#include <cassert>
#include <utility>

namespace weft::redis {

Subscriptions::Entry& Subscriptions::add(ByteView channel, int slot, ChannelListener& listener) {
  const auto [place, is_new] = entries_.try_emplace(Bytes(channel));
  assert(is_new);
  place->second = {.listener = &listener, .generation = ++last_generation_, .slot = slot};
  return place->second;
}

Subscriptions::Entry* Subscriptions::find(ByteView channel) {
  const auto found = entries_.find(channel);
  return found == entries_.end() ? nullptr : &found->second;
}

void Subscriptions::remove(ByteView channel) {
  const auto found = entries_.find(channel);
  if (found != entries_.end()) entries_.erase(found);
}

void Subscriptions::confirmed(ByteView channel, std::uint64_t generation, Node& node) {
  Entry* entry = find(channel);
  if (entry == nullptr || entry->generation != generation || entry->node != &node) return;
  if (std::exchange(entry->is_ready, true)) return;
  entry->listener->channel_ready(channel);
}

void Subscriptions::message(ByteView channel, ByteView payload, Node& node) {
  const Entry* entry = find(channel);
  if (entry == nullptr || !entry->is_ready || entry->node != &node) return;
  entry->listener->channel_message(channel, payload);
}

void Subscriptions::lost(ByteView channel, Node& node) {
  Entry* entry = find(channel);
  if (entry == nullptr || entry->node != &node) return;
  entry->node = nullptr;
  if (std::exchange(entry->is_ready, false)) entry->listener->channel_lost(channel);
}

void Subscriptions::lost_where(Node& node, const std::function<bool(const Entry&)>& is_meant) {
  // First the table, then the listeners, who may change it.
  std::vector<std::pair<Bytes, std::uint64_t>> to_tell;
  for (auto& [channel, entry] : entries_) {
    if (entry.node != &node || !is_meant(entry)) continue;
    entry.node = nullptr;
    if (std::exchange(entry.is_ready, false)) to_tell.emplace_back(channel, entry.generation);
  }
  for (const auto& [channel, generation] : to_tell) {
    const Entry* entry = find(channel);
    if (entry != nullptr && entry->generation == generation) entry->listener->channel_lost(channel);
  }
}

void Subscriptions::for_each(const std::function<void(const Bytes&, Entry&)>& visit) {
  for (auto& [channel, entry] : entries_) visit(channel, entry);
}

}  // namespace weft::redis
