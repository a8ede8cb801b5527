// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_bus.h"

#include <set>
#include <utility>

namespace weft::sim {

using bus::PeerEnd;
using bus::PeerId;
using std::chrono::milliseconds;

class SimBusHub::SimBus final : public bus::Bus {
 public:
  SimBus(SimBusHub& hub, PeerId self, std::size_t instance)
      : hub_(hub), self_(self), instance_(instance) {}
  ~SimBus() override { die(); }
  void die() {
    for (const CanvasId& canvas : canvases_) hub_.unsubscribe(canvas, self_, PeerEnd::dead);
    canvases_.clear();
  }
  [[nodiscard]] PeerId self() const override { return self_; }
  void subscribe(const CanvasId& canvas, bus::BusListener& listener) override {
    canvases_.insert(canvas);
    hub_.subscribe(canvas, self_, instance_, listener);
  }
  void unsubscribe(const CanvasId& canvas, PeerEnd how) override {
    if (canvases_.erase(canvas) > 0) hub_.unsubscribe(canvas, self_, how);
  }
  void publish(const CanvasId& canvas, Bytes batch) override { hub_.publish(canvas, self_, batch); }
  [[nodiscard]] bool has_peers(const CanvasId& canvas) const override {
    return hub_.has_peers(canvas, self_);
  }

 private:
  SimBusHub& hub_;
  PeerId self_;
  std::size_t instance_;
  std::set<CanvasId> canvases_;
};

std::unique_ptr<bus::Bus> SimBusHub::connect(std::size_t instance) {
  // Of two peers either may be the higher one.
  const PeerId self{(shared_.random.below(1'000) << 20) + ++last_life_};
  return std::make_unique<SimBus>(*this, self, instance);
}

void SimBusHub::kill(bus::Bus& bus) {
  static_cast<SimBus&>(bus).die();
}

SimBusHub::Subscription* SimBusHub::find(const CanvasId& canvas, PeerId peer) {
  const auto found = subscribed_[canvas].find(peer);
  return found == subscribed_[canvas].end() ? nullptr : &found->second;
}

void SimBusHub::subscribe(const CanvasId& canvas, PeerId self, std::size_t instance,
                          bus::BusListener& listener) {
  for (const auto& [peer, other] : subscribed_[canvas]) {
    View& own = views_[{canvas, self, peer}];
    own.missed_at = now();  // all that the other one shows
    own.silent_since.reset();
    own.is_called_dead = false;
    View& others = views_[{canvas, peer, self}];
    others.missed_at.reset();  // but what it said before comes before
    others.silent_since.reset();
    others.is_called_dead = false;
  }
  subscribed_[canvas][self] = {
      .instance = instance, .listener = &listener, .life = ++last_life_, .was_cut_off = true};
}

void SimBusHub::unsubscribe(const CanvasId& canvas, PeerId self, PeerEnd how) {
  const std::size_t instance = find(canvas, self)->instance;
  subscribed_[canvas].erase(self);
  for (const auto& [peer, other] : subscribed_[canvas]) {
    const Key key{canvas, peer, self};
    if (how != PeerEnd::dead && !loses(instance, other.instance)) {
      send({key, other.life, how, {}});
    } else {
      // Found out by its silence.
      Instant& last = views_[key].last_due;
      last = std::max(last, now() + shared_.plan.cluster.dead_after);
      letters_.insert({last, {key, other.life, PeerEnd::dead, {}}});
    }
  }
}

void SimBusHub::publish(const CanvasId& canvas, PeerId self, const Bytes& batch) {
  shared_.count("published");
  const std::size_t instance = find(canvas, self)->instance;
  for (const auto& [peer, other] : subscribed_[canvas]) {
    if (peer == self) continue;
    const Key key{canvas, peer, self};
    if (loses(instance, other.instance)) {
      note_missed(key);
    } else {
      send({key, other.life, std::nullopt, batch});
    }
  }
}

bool SimBusHub::has_peers(const CanvasId& canvas, PeerId self) const {
  const auto found = subscribed_.find(canvas);
  return found != subscribed_.end() &&
         found->second.size() > (found->second.contains(self) ? 1U : 0U);
}

bool SimBusHub::loses(std::size_t from, std::size_t to) {
  if (!net_.hear_each_other(from, to, now())) return true;
  // In the calm as well: it is noticed, so that the end is exact all the same.
  return shared_.random.percent(shared_.plan.cluster.loses);
}

void SimBusHub::send(Letter letter) {
  const std::size_t delay_max = static_cast<std::size_t>(shared_.plan.cluster.delay_max.count());
  Instant& last = views_[letter.key].last_due;
  last = std::max(last, now() + shared_.random.ms_between(0, delay_max));
  letters_.insert({last, std::move(letter)});
}

void SimBusHub::note_missed(const Key& key) {
  shared_.count("batch lost");
  if (shared_.plan.sabotage == Sabotage::bus_notices_no_loss) return;
  View& view = views_[key];
  if (!view.missed_at) view.missed_at = now() + shared_.random.ms_between(10, 400);
}

void SimBusHub::run() {
  for (auto& [canvas, peers] : subscribed_) note_connections(canvas, peers);
  while (!letters_.empty() && letters_.begin()->first <= now()) {
    const Letter letter = std::move(letters_.extract(letters_.begin()).mapped());
    deliver(letter);
  }
}

/// Who is connected again, what was missed, and who has been silent for too long.
void SimBusHub::note_connections(const CanvasId& canvas, Peers& peers) {
  for (auto& [self, own] : peers) {
    const bool is_cut_off = net_.is_cut_off(own.instance, now());
    if (std::exchange(own.was_cut_off, is_cut_off) && !is_cut_off) {
      if (std::exchange(own.is_ready, true)) shared_.count("bus back");
      own.listener->bus_ready(canvas);
    }
    for (auto& [peer, other] : peers) {
      if (peer == self) continue;
      View& view = views_[{canvas, self, peer}];
      if (is_cut_off || !own.is_ready) {
        view.silent_since.reset();
      } else if (!net_.hear_each_other(own.instance, other.instance, now())) {
        if (!view.silent_since) view.silent_since = now();
        if (view.is_called_dead || now() - *view.silent_since < shared_.plan.cluster.dead_after) {
          continue;
        }
        view.is_called_dead = true;
        view.missed_at = now();  // when it is heard of again, it has to tell everything
        shared_.count("called dead");
        deliver({{canvas, self, peer}, own.life, PeerEnd::dead, {}});
      } else {
        view.silent_since.reset();
        view.is_called_dead = false;
        if (!view.missed_at || now() < *view.missed_at || !other.is_ready) continue;
        view.missed_at.reset();
        other.listener->bus_peer_asks(canvas, self);
      }
    }
  }
}

void SimBusHub::deliver(const Letter& letter) {
  const Key& key = letter.key;
  const Subscription* observer = find(key.canvas, key.observer);
  if (observer == nullptr || observer->life != letter.observer_life) return;
  if (net_.is_cut_off(observer->instance, now())) {
    if (!letter.end) {
      note_missed(key);
    } else {  // found out when the observer is back, unless the peer is back too
      letters_.insert({now() + shared_.plan.cluster.dead_after,
                       {key, letter.observer_life, PeerEnd::dead, {}, true}});
    }
    return;
  }
  if (letter.is_late && find(key.canvas, key.subject) != nullptr) {
    note_missed(key);
  } else if (!letter.end) {
    observer->listener->bus_received(key.canvas, key.subject, letter.batch);
  } else if (shared_.plan.sabotage != Sabotage::room_ignores_gone_peers) {
    observer->listener->bus_peer_gone(key.canvas, key.subject, *letter.end);
  }
}

}  // namespace weft::sim
