// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/bus.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace weft::bus {

/// Joins the instances of one process, for tests and simulations. Any thread may use it; it must
/// outlive its buses.
class LocalBusHub {
 public:
  LocalBusHub() = default;
  LocalBusHub(const LocalBusHub&) = delete;
  LocalBusHub& operator=(const LocalBusHub&) = delete;

 private:
  friend class LocalBus;
  class Inbox;

  // Protected by mutex_.
  mutable std::mutex mutex_;
  std::map<CanvasId, std::vector<std::shared_ptr<Inbox>>> subscribers_;
};

/// The bus of a server that works alone, or with others in the same process. One per shard and
/// instance. With nobody else at the hub it has no peers, and nothing needs to be published.
class LocalBus final : public Bus {
 public:
  /// Runs a function later on this shard, in the order of the calls; any thread may call.
  using Post = std::function<void(std::function<void()>)>;

  LocalBus(LocalBusHub& hub, Post post);
  ~LocalBus() override;
  LocalBus(const LocalBus&) = delete;
  LocalBus& operator=(const LocalBus&) = delete;

  void subscribe(const CanvasId& canvas, BusListener& listener) override;
  void unsubscribe(const CanvasId& canvas) override;
  void publish(const CanvasId& canvas, Bytes batch) override;
  [[nodiscard]] bool has_peers(const CanvasId& canvas) const override;

 private:
  LocalBusHub& hub_;
  std::shared_ptr<LocalBusHub::Inbox> inbox_;
};

}  // namespace weft::bus
