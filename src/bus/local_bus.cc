// SPDX-License-Identifier: Apache-2.0
#include "bus/local_bus.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weft::bus {

/// One bus as the hub sees it. Outlives the bus for as long as a posted call holds it.
class LocalBusHub::Inbox : public std::enable_shared_from_this<Inbox> {
 public:
  Inbox(PeerId peer, LocalBus::Post post) : peer_(peer), post_(std::move(post)) {}

  struct Listening {
    BusListener* listener = nullptr;
    Life life = 0;
  };

  /// Calls `call(listener)` on the bus's shard, if the subscription is still there by then. Under
  /// the hub's lock, while the bus is subscribed: so `post` is never called after the bus is gone.
  template <class Call>
  void tell(const CanvasId& canvas, Life life, Call call) {
    post_([self = shared_from_this(), canvas, life, call = std::move(call)] {
      const auto found = self->listening_.find(canvas);
      if (found != self->listening_.end() && found->second.life == life) {
        call(*found->second.listener);
      }
    });
  }

  [[nodiscard]] PeerId peer() const { return peer_; }
  std::map<CanvasId, Listening>& listening() { return listening_; }

 private:
  PeerId peer_;
  LocalBus::Post post_;
  std::map<CanvasId, Listening> listening_;  // the bus's shard only
};

LocalBus::LocalBus(LocalBusHub& hub, Post post) : hub_(hub) {
  std::lock_guard lock(hub_.mutex_);
  inbox_ = std::make_shared<LocalBusHub::Inbox>(PeerId{++hub_.last_peer_}, std::move(post));
}

LocalBus::~LocalBus() {
  while (!inbox_->listening().empty()) {
    unsubscribe(CanvasId(inbox_->listening().begin()->first), PeerEnd::dead);
  }
}

PeerId LocalBus::self() const {
  return inbox_->peer();
}

void LocalBus::subscribe(const CanvasId& canvas, BusListener& listener) {
  const auto life = ++last_life_;
  [[maybe_unused]] const bool is_new =
      inbox_->listening()
          .try_emplace(canvas, LocalBusHub::Inbox::Listening{&listener, life})
          .second;
  assert(is_new);
  std::lock_guard lock(hub_.mutex_);
  auto& subscribers = hub_.subscribers_[canvas];
  for (const auto& other : subscribers) {
    other.inbox->tell(canvas, other.life, [canvas, peer = self()](BusListener& told) {
      told.bus_peer_asks(canvas, peer);
    });
  }
  subscribers.push_back({inbox_, life});
  if (subscribers.size() == 2) ++hub_.shared_canvases_;
  inbox_->tell(canvas, life, [canvas](BusListener& told) { told.bus_ready(canvas); });
}

void LocalBus::unsubscribe(const CanvasId& canvas, PeerEnd how) {
  inbox_->listening().erase(canvas);
  std::lock_guard lock(hub_.mutex_);
  auto found = hub_.subscribers_.find(canvas);
  if (found == hub_.subscribers_.end()) return;
  auto& subscribers = found->second;
  if (std::erase_if(subscribers, [this](const auto& one) { return one.inbox == inbox_; }) == 0) {
    return;
  }
  if (subscribers.size() == 1) --hub_.shared_canvases_;
  for (const auto& other : subscribers) {
    other.inbox->tell(canvas, other.life, [canvas, peer = self(), how](BusListener& told) {
      told.bus_peer_gone(canvas, peer, how);
    });
  }
  if (subscribers.empty()) hub_.subscribers_.erase(found);
}

void LocalBus::publish(const CanvasId& canvas, Bytes batch) {
  const auto shared = std::make_shared<const Bytes>(std::move(batch));
  std::lock_guard lock(hub_.mutex_);
  auto found = hub_.subscribers_.find(canvas);
  if (found == hub_.subscribers_.end()) return;
  for (const auto& other : found->second) {
    if (other.inbox == inbox_) continue;
    other.inbox->tell(canvas, other.life, [canvas, peer = self(), shared](BusListener& told) {
      told.bus_received(canvas, peer, *shared);
    });
  }
}

std::size_t LocalBus::peer_count(const CanvasId& canvas) const {
  if (hub_.shared_canvases_ == 0) return 0;
  std::lock_guard lock(hub_.mutex_);
  const auto found = hub_.subscribers_.find(canvas);
  if (found == hub_.subscribers_.end()) return 0;
  return static_cast<std::size_t>(std::ranges::count_if(
      found->second, [&](const auto& subscriber) { return subscriber.inbox != inbox_; }));
}

}  // namespace weft::bus
