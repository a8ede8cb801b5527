// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace weft::limit {

/// One cursor on the wire, in the machine's byte order: two numbers and nothing else.
struct Cursor {
  std::uint32_t x;
  std::uint32_t y;
};

/// The least that a server of cursors can do on one thread with one epoll: it upgrades a
/// connection, reads frames of exactly one Cursor, and every 16 ms writes one frame to each person
/// of a room in which something moved, with the cursors that moved. No names, rights, limits,
/// documents or repairs; whoever sends anything else is cut off. What it spends on a delivery is
/// what the kernel and RFC 6455 cost when one frame leaves per person and tick: the limit that a
/// real server may come near to.
class Relay {
 public:
  /// Listens on a free port of 127.0.0.1.
  Relay();
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Serves until a signal's handler calls stop().
  void run();
  void stop() { is_stopping_ = 1; }

 private:
  struct Room;
  struct Person {
    int socket = -1;
    Room* room = nullptr;  // none before the upgrade
    std::size_t place = 0;
    Bytes input;  // the part of a request or a frame that has come so far
    bool has_moved = false;
    Cursor cursor = {};
  };
  struct Room {
    std::vector<Person*> people;
    std::vector<Person*> moved;
  };

  void accept_all();
  void read(Person& person);
  [[nodiscard]] bool take(Person& person, ByteView input);
  [[nodiscard]] bool upgrade(Person& person);
  [[nodiscard]] std::size_t take_cursors(Person& person, ByteView input);
  void tick();
  void send_moved(Room& room);
  void remove(Person& person);

  int epoll_ = -1;
  int listener_ = -1;
  int timer_ = -1;
  std::uint16_t port_ = 0;
  volatile std::sig_atomic_t is_stopping_ = 0;
  std::unordered_map<int, std::unique_ptr<Person>> people_;
  std::unordered_map<std::string, std::unique_ptr<Room>> rooms_;
  // Rooms in which somebody moved since the last tick.
  std::vector<Room*> due_;
  Bytes frame_;
};

}  // namespace weft::limit
