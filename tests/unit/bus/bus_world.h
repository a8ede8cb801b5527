// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/redis_bus.h"
#include "bus/redis_message.h"
#include "fake_redis.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {

/// A room's side of a bus: writes down what it is told, as "asks board 2", peers by their id.
class HeardRoom final : public bus::BusListener {
 public:
  void bus_ready(const CanvasId& canvas) override { note("ready " + canvas); }
  void bus_peer_asks(const CanvasId& canvas, bus::PeerId peer) override {
    note("asks " + canvas + name(peer));
  }
  void bus_received(const CanvasId& canvas, bus::PeerId peer, ByteView batch) override {
    note("got " + canvas + name(peer) + " " + Bytes(batch));
  }
  void bus_peer_gone(const CanvasId& canvas, bus::PeerId peer, bus::PeerEnd how) override {
    static constexpr const char* kNames[] = {"left", "draining", "dead"};
    note("gone " + canvas + name(peer) + " " + kNames[static_cast<int>(how)]);
  }

  /// What was heard since the last call.
  std::vector<std::string> take() { return std::exchange(heard_, {}); }
  [[nodiscard]] std::size_t count(const std::string& what) const {
    return static_cast<std::size_t>(std::ranges::count(heard_, what));
  }
  [[nodiscard]] bool has(const std::string& what) const { return count(what) > 0; }

  std::function<void(const std::string&)> on_heard;

 private:
  static std::string name(bus::PeerId peer) { return " " + std::to_string(peer.value); }
  void note(std::string what) {
    heard_.push_back(what);
    if (on_heard) on_heard(what);
  }
  std::vector<std::string> heard_;
};

/// Instances 1, 2, 3 … on one Redis, each with a room, driven like a shard drives its bus.
class BusWorld {
 public:
  explicit BusWorld(std::size_t instances = 3) {
    for (std::size_t i = 0; i < instances; ++i) add();
  }

  struct Instance {
    FakeRedis::Link* link = nullptr;
    std::unique_ptr<bus::RedisBus> bus;
    HeardRoom room;
    std::vector<std::string> notices;
  };

  Instance& add() {
    Instance& one = *instances_.emplace_back(std::make_unique<Instance>());
    one.link = &redis.add_link();
    one.bus = std::make_unique<bus::RedisBus>(
        *one.link, *one.link, bus::PeerId{instances_.size()},
        [&one](const std::string& sentence) { one.notices.push_back(sentence); });
    return one;
  }
  Instance& at(std::size_t number) { return *instances_.at(number - 1); }
  HeardRoom& room(std::size_t number) { return at(number).room; }
  bus::RedisBus& bus(std::size_t number) { return *at(number).bus; }
  FakeRedis::Link& link(std::size_t number) { return *at(number).link; }

  void subscribe(std::size_t number, const CanvasId& canvas = "board") {
    bus(number).subscribe(canvas, room(number));
  }
  void publish(std::size_t number, const Bytes& batch, const CanvasId& canvas = "board") {
    bus(number).publish(canvas, batch);
  }
  /// Instances 1 to `count` share the canvas and know each other; what they heard is forgotten.
  void gather(std::size_t count, const CanvasId& canvas = "board") {
    for (std::size_t i = 1; i <= count; ++i) subscribe(i, canvas);
    settle();
    for (std::size_t i = 1; i <= count; ++i) room(i).take();
  }
  /// The process is no more: nothing of it is heard.
  void kill(std::size_t number) { link(number).is_stopped = true; }

  /// Carries out what can happen without time going by.
  void settle() {
    for (;;) {
      if (on_turn) {
        for (std::size_t i = 1; i <= instances_.size(); ++i) {
          if (runs(at(i))) on_turn(i);
        }
      }
      const bool has_done = redis.run();
      bool is_over = !has_done;
      for (auto& one : instances_) {
        if (!runs(*one)) continue;
        const auto due = one->bus->next_deadline();
        const bool is_due = due && *due <= now_.mono;
        if (is_due || has_done) one->bus->advance(now_);
        is_over = is_over && !is_due;
      }
      if (is_over) return;
    }
  }
  /// Lets time go by, deadline for deadline.
  void pass(std::chrono::milliseconds time) {
    const Instant end = now_.mono + time;
    for (;;) {
      settle();
      Instant next = end;
      for (auto& one : instances_) {
        if (!runs(*one)) continue;
        if (const auto due = one->bus->next_deadline(); due && *due > now_.mono) {
          next = std::min(next, *due);
        }
      }
      if (now_.mono >= end) return;
      now_.mono = next;
    }
  }

  [[nodiscard]] Now now() const { return now_; }

  FakeRedis redis;
  std::function<void(std::size_t number)> on_turn;  // of an instance that runs

 private:
  static bool runs(const Instance& one) { return one.bus && !one.link->is_stopped; }
  std::vector<std::unique_ptr<Instance>> instances_;
  Now now_{Instant{} + std::chrono::hours(1), 0};
};

}  // namespace weft::test
