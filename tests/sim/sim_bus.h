// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/bus.h"
#include "sim/shared.h"
#include "sim/sim_net.h"
#include "util/ids.h"
#include "util/time.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace weft::sim {

/// A bus that loses, delays and is parted, and keeps the promises of bus.h: in order per sender,
/// what was lost is noticed, silence is death, and whoever is cut off calls nobody dead.
class SimBusHub {
 public:
  SimBusHub(Shared& shared, const SimNet& net) : shared_(shared), net_(net) {}

  [[nodiscard]] std::unique_ptr<bus::Bus> connect(std::size_t instance);
  /// The instance behind it ends: it says nothing any more, and is found out by its silence.
  static void kill(bus::Bus& bus);
  /// Brings what is due to the rooms.
  void run();

 private:
  class SimBus;

  struct Subscription {
    std::size_t instance = 0;
    bus::BusListener* listener = nullptr;
    std::uint64_t life = 0;  // never used twice
    bool is_ready = false;
    bool was_cut_off = false;
  };
  /// What one peer knows of another one on a canvas.
  struct View {
    Instant last_due{};                   // what comes later is not due earlier
    std::optional<Instant> missed_at;     // something was lost; noticed from then on
    std::optional<Instant> silent_since;  // nothing comes through
    bool is_called_dead = false;
  };
  struct Key {
    CanvasId canvas;
    bus::PeerId observer;
    bus::PeerId subject;
    auto operator<=>(const Key&) const = default;
  };
  struct Letter {
    Key key;
    std::uint64_t observer_life = 0;
    std::optional<bus::PeerEnd> end;  // nothing: a batch
    Bytes batch;
    bool is_late = false;  // the peer may have come back
  };

  void subscribe(const CanvasId& canvas, bus::PeerId self, std::size_t instance,
                 bus::BusListener& listener);
  void unsubscribe(const CanvasId& canvas, bus::PeerId self, bus::PeerEnd how);
  void publish(const CanvasId& canvas, bus::PeerId self, const Bytes& batch);
  [[nodiscard]] bool has_peers(const CanvasId& canvas, bus::PeerId self) const;

  using Peers = std::map<bus::PeerId, Subscription>;
  [[nodiscard]] Subscription* find(const CanvasId& canvas, bus::PeerId peer);
  [[nodiscard]] bool loses(std::size_t from, std::size_t to);
  void send(Letter letter);
  void note_missed(const Key& key);
  void note_connections(const CanvasId& canvas, Peers& peers);
  void deliver(const Letter& letter);
  [[nodiscard]] Instant now() const { return shared_.now.mono; }

  Shared& shared_;
  const SimNet& net_;
  std::map<CanvasId, Peers> subscribed_;
  std::map<Key, View> views_;
  std::multimap<Instant, Letter> letters_;
  std::uint64_t last_life_ = 0;
};

}  // namespace weft::sim
