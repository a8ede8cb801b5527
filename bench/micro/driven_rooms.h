// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/outbox.h"
#include "micro/live_rooms.h"
#include "runtime/driver_pool.h"
#include "util/bytes.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace weft::bench {

/// Rooms together with what stands between router and kernel: frames are decoded from bytes and
/// each session's output is gathered for one write. The sockets are made of memory.
class DrivenRooms {
 public:
  /// Everyone has been welcomed. Throws when that is not so.
  DrivenRooms(std::size_t rooms, std::size_t people_per_room);

  [[nodiscard]] std::size_t people() const { return wires_.size(); }
  /// Bytes come from a person: a read, at once.
  void receive(std::size_t person, ByteView bytes);
  /// A tick's time passes and the turn ends.
  void pass_tick();
  /// Writes since the last call.
  [[nodiscard]] std::size_t take_writes();

 private:
  /// The far end of a connection: the driver's transport refers to it.
  struct Wire {
    ByteView inbound;
    std::function<void()> on_readable;
    std::size_t writes = 0;
  };
  class WireTransport;

  LiveRooms rooms_;
  std::vector<std::unique_ptr<Wire>> wires_;
  runtime::DriverPool drivers_;
};

}  // namespace weft::bench
