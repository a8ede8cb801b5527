// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/bus.h"
#include "util/bytes.h"
#include "util/ids.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

namespace weft::test {

/// An instance's rooms as small as they can be: each shows one value, tells it when it changes or
/// when it must tell everything, at its tick, if there are peers; and keeps what the peers show.
class StateRooms final : public bus::BusListener {
 public:
  explicit StateRooms(bus::Bus& bus) : bus_(bus) {}

  void open(const CanvasId& canvas, Bytes value) {
    rooms_[canvas] = Room{std::move(value), true, {}};
    bus_.subscribe(canvas, *this);
  }
  void close(const CanvasId& canvas, bus::PeerEnd how = bus::PeerEnd::left) {
    bus_.unsubscribe(canvas, how);
    rooms_.erase(canvas);
  }
  [[nodiscard]] bool is_open(const CanvasId& canvas) const { return rooms_.contains(canvas); }
  /// Requires: open, as for the following.
  void show(const CanvasId& canvas, Bytes value) {
    Room& room = rooms_.at(canvas);
    room.value = std::move(value);
    room.is_to_tell = true;
  }
  void tick() {
    for (auto& [canvas, room] : rooms_) {
      if (!std::exchange(room.is_to_tell, false) || !bus_.has_peers(canvas)) continue;
      bus_.publish(canvas, room.value);
      ++told;
    }
  }
  [[nodiscard]] const Bytes& shows(const CanvasId& canvas) const { return rooms_.at(canvas).value; }
  [[nodiscard]] const std::map<bus::PeerId, Bytes>& sees(const CanvasId& canvas) const {
    return rooms_.at(canvas).others;
  }

  void bus_ready(const CanvasId& canvas) override {
    ++readies[canvas];
    rooms_.at(canvas).is_to_tell = true;
  }
  void bus_peer_asks(const CanvasId& canvas, bus::PeerId /*peer*/) override {
    rooms_.at(canvas).is_to_tell = true;
  }
  void bus_received(const CanvasId& canvas, bus::PeerId peer, ByteView batch) override {
    rooms_.at(canvas).others[peer] = batch;
  }
  void bus_peer_gone(const CanvasId& canvas, bus::PeerId peer, bus::PeerEnd how) override {
    rooms_.at(canvas).others.erase(peer);
    gone[peer] = how;
  }

  std::map<CanvasId, int> readies;
  std::map<bus::PeerId, bus::PeerEnd> gone;
  std::size_t told = 0;  // batches

 private:
  struct Room {
    Bytes value;
    bool is_to_tell = false;
    std::map<bus::PeerId, Bytes> others;
  };
  bus::Bus& bus_;
  std::map<CanvasId, Room> rooms_;
};

}  // namespace weft::test
