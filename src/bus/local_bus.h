// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/bus.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace weft::bus {

/// Joins the instances of one process, for tests and simulations, and serves a server that works
/// alone. Any thread may use it; it must outlive its buses.
class LocalBusHub {
 public:
  LocalBusHub() = default;
  LocalBusHub(const LocalBusHub&) = delete;
  LocalBusHub& operator=(const LocalBusHub&) = delete;

 private:
  friend class LocalBus;
  class Inbox;
  /// One subscription of one bus; never used twice. What is under way for an earlier one is
  /// dropped.
  using Life = std::uint64_t;
  struct Subscriber {
    std::shared_ptr<Inbox> inbox;
    Life life = 0;
  };

  /// Canvases with more than one subscriber: while there are none, nobody has a peer.
  std::atomic<std::size_t> shared_canvases_ = 0;

  // Protected by mutex_, under which shared_canvases_ is written too.
  mutable std::mutex mutex_;
  std::uint64_t last_peer_ = 0;
  std::map<CanvasId, std::vector<Subscriber>> subscribers_;
};

/// The bus of a server that works alone, or with others in the same process. One per shard and
/// instance. With nobody else at the hub it has no peers, and nothing needs to be published.
class LocalBus final : public Bus {
 public:
  /// Runs a function later on this shard, in the order of the calls; any thread may call.
  using Post = std::function<void(std::function<void()>)>;

  LocalBus(LocalBusHub& hub, Post post);
  /// A bus that is destroyed while it is subscribed has died: so the peers are told.
  ~LocalBus() override;
  LocalBus(const LocalBus&) = delete;
  LocalBus& operator=(const LocalBus&) = delete;

  [[nodiscard]] PeerId self() const override;
  void subscribe(const CanvasId& canvas, BusListener& listener) override;
  void unsubscribe(const CanvasId& canvas, PeerEnd how) override;
  void publish(const CanvasId& canvas, Bytes batch) override;
  [[nodiscard]] bool has_peers(const CanvasId& canvas) const override {
    return peer_count(canvas) > 0;
  }
  /// Takes a lock only when some canvas is shared: a server that works alone pays nothing.
  [[nodiscard]] std::size_t peer_count(const CanvasId& canvas) const override;

 private:
  LocalBusHub& hub_;
  std::shared_ptr<LocalBusHub::Inbox> inbox_;
  LocalBusHub::Life last_life_ = 0;
};

}  // namespace weft::bus
