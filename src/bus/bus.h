// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "util/ids.h"

namespace weft::bus {

/// What the bus tells a room. Called on the room's shard, never from inside a call into the bus.
class BusListener {
 public:
  virtual ~BusListener() = default;
  /// A batch that another instance published on this canvas. `batch` lives until the call returns.
  virtual void bus_received(const CanvasId& canvas, ByteView batch) = 0;
};

/// Live traffic between instances that share a canvas: at most once, in order per sender. One
/// object per shard; all calls and all answers happen on that shard. A canvas lives on one shard of
/// an instance, so for a canvas this object is the instance.
class Bus {
 public:
  virtual ~Bus() = default;

  /// Requires: not subscribed. `listener` must outlive the subscription, that is until
  /// unsubscribe() returns.
  virtual void subscribe(const CanvasId& canvas, BusListener& listener) = 0;
  /// Nothing reaches the listener after this.
  virtual void unsubscribe(const CanvasId& canvas) = 0;

  /// Hands the batch to every other instance that has subscribed to the canvas; never to this one.
  virtual void publish(const CanvasId& canvas, Bytes batch) = 0;
  /// False when nobody else would get a batch: then there is no reason to encode one. May be out of
  /// date.
  [[nodiscard]] virtual bool has_peers(const CanvasId& canvas) const = 0;
};

}  // namespace weft::bus
