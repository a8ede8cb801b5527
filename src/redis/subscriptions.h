// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/channels.h"
#include "util/bytes.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace weft::redis {

class Node;

/// Who listens to which channel, and where each was asked for. Calls the listeners; those may
/// subscribe and unsubscribe anything from inside. Lives on the client's shard.
class Subscriptions {
 public:
  struct Entry {
    ChannelListener* listener = nullptr;
    std::uint64_t generation = 0;  // never the same twice
    int slot = 0;
    Node* node = nullptr;  // where it was asked for; null: nowhere yet
    bool is_ready = false;
  };

  /// Requires: not there.
  Entry& add(ByteView channel, int slot, ChannelListener& listener);
  /// Null: not there.
  [[nodiscard]] Entry* find(ByteView channel);
  void remove(ByteView channel);

  void confirmed(ByteView channel, std::uint64_t generation, Node& node);
  void message(ByteView channel, ByteView payload, Node& node);
  /// The node does not have this channel for us any more.
  void lost(ByteView channel, Node& node);
  /// The node does not have any of the channels that `is_meant` says.
  void lost_where(Node& node, const std::function<bool(const Entry&)>& is_meant);

  /// All of them; the function neither adds nor removes any.
  void for_each(const std::function<void(const Bytes& channel, Entry& entry)>& visit);
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  // Ordered, since names come from strangers, who could choose them to collide in a hash.
  std::map<Bytes, Entry, std::less<>> entries_;
  std::uint64_t last_generation_ = 0;
};

}  // namespace weft::redis
