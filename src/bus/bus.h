// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "util/ids.h"

#include <cstddef>
#include <cstdint>

namespace weft::bus {

/// One instance as the others know it on a canvas. Drawn at random when its bus begins; another
/// process, or the same one after a restart, is another peer.
using PeerId = NumberId<struct PeerTag>;

/// How a peer's part in a canvas ended.
enum class PeerEnd : std::uint8_t {
  left,      // it closed the canvas in good order; nobody of its people is there any more
  draining,  // it is being stopped; its people are on their way to other instances
  dead,      // nothing was heard of it for too long
};

/// What the bus tells a room. Called on the room's shard, never from inside a call into the bus.
class BusListener {
 public:
  virtual ~BusListener() = default;
  /// From now on nothing that the others publish is missed without bus_peer_gone or another
  /// bus_ready. Comes after subscribe, and again whenever the link was broken and is back: then
  /// everybody has to be told anew what this room shows (bus_peer_asks is not called for that).
  virtual void bus_ready(const CanvasId& canvas) = 0;
  /// `peer` came to the canvas, or missed something that this room published: publish everything
  /// that this room shows.
  virtual void bus_peer_asks(const CanvasId& canvas, PeerId peer) = 0;
  /// A batch that a peer published on this canvas. `batch` lives until the call returns.
  virtual void bus_received(const CanvasId& canvas, PeerId peer, ByteView batch) = 0;
  /// The peer has no part in the canvas any more, until it is heard of again. While this instance
  /// itself is cut off, nobody is called dead.
  virtual void bus_peer_gone(const CanvasId& canvas, PeerId peer, PeerEnd how) = 0;
};

/// Live traffic between instances that share a canvas: at most once, in order per sender. What is
/// lost is noticed: the bus that missed something of a peer has that peer asked (bus_peer_asks).
/// One object per shard; all calls and all answers happen on that shard. A canvas lives on one
/// shard of an instance, so for a canvas this object is the instance.
class Bus {
 public:
  virtual ~Bus() = default;

  /// Who this bus is for the others.
  [[nodiscard]] virtual PeerId self() const = 0;

  /// Requires: not subscribed. `listener` must outlive the subscription, that is until
  /// unsubscribe() returns.
  virtual void subscribe(const CanvasId& canvas, BusListener& listener) = 0;
  /// Nothing reaches the listener after this. The peers are told `how`: left or draining.
  virtual void unsubscribe(const CanvasId& canvas, PeerEnd how) = 0;

  /// Hands the batch to every other instance that has subscribed to the canvas; never to this one.
  /// Requires: subscribed.
  virtual void publish(const CanvasId& canvas, Bytes batch) = 0;
  /// False when nobody else would get a batch: then there is no reason to encode one.
  [[nodiscard]] virtual bool has_peers(const CanvasId& canvas) const = 0;
  /// How many others would get one, as far as is known. A form that does not count says one when
  /// there are some.
  [[nodiscard]] virtual std::size_t peer_count(const CanvasId& canvas) const {
    return has_peers(canvas) ? 1 : 0;
  }
};

}  // namespace weft::bus
