// SPDX-License-Identifier: Apache-2.0
#include "bus/local_bus.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weft::bus {

/// One bus as the hub sees it. Outlives the bus for as long as a posted delivery holds it.
class LocalBusHub::Inbox : public std::enable_shared_from_this<Inbox> {
 public:
  explicit Inbox(LocalBus::Post post) : post_(std::move(post)) {}

  /// Under the hub's lock, while the bus is subscribed: so `post` is never called after the bus is
  /// gone.
  void post(const CanvasId& canvas, std::shared_ptr<const Bytes> batch) {
    post_([self = shared_from_this(), canvas, batch = std::move(batch)] {
      auto found = self->listeners_.find(canvas);
      if (found != self->listeners_.end()) found->second->bus_received(canvas, *batch);
    });
  }

  std::map<CanvasId, BusListener*>& listeners() { return listeners_; }

 private:
  LocalBus::Post post_;
  std::map<CanvasId, BusListener*> listeners_;  // the bus's shard only
};

LocalBus::LocalBus(LocalBusHub& hub, Post post)
    : hub_(hub), inbox_(std::make_shared<LocalBusHub::Inbox>(std::move(post))) {}

LocalBus::~LocalBus() {
  while (!inbox_->listeners().empty()) {
    unsubscribe(CanvasId(inbox_->listeners().begin()->first));
  }
}

void LocalBus::subscribe(const CanvasId& canvas, BusListener& listener) {
  [[maybe_unused]] const bool is_new = inbox_->listeners().try_emplace(canvas, &listener).second;
  assert(is_new);
  std::lock_guard lock(hub_.mutex_);
  hub_.subscribers_[canvas].push_back(inbox_);
}

void LocalBus::unsubscribe(const CanvasId& canvas) {
  inbox_->listeners().erase(canvas);
  std::lock_guard lock(hub_.mutex_);
  auto found = hub_.subscribers_.find(canvas);
  if (found == hub_.subscribers_.end()) return;
  std::erase(found->second, inbox_);
  if (found->second.empty()) hub_.subscribers_.erase(found);
}

void LocalBus::publish(const CanvasId& canvas, Bytes batch) {
  const auto shared = std::make_shared<const Bytes>(std::move(batch));
  std::lock_guard lock(hub_.mutex_);
  auto found = hub_.subscribers_.find(canvas);
  if (found == hub_.subscribers_.end()) return;
  for (const auto& subscriber : found->second) {
    if (subscriber != inbox_) subscriber->post(canvas, shared);
  }
}

bool LocalBus::has_peers(const CanvasId& canvas) const {
  std::lock_guard lock(hub_.mutex_);
  auto found = hub_.subscribers_.find(canvas);
  return found != hub_.subscribers_.end() &&
         std::ranges::any_of(found->second,
                             [&](const auto& subscriber) { return subscriber != inbox_; });
}

}  // namespace weft::bus
