// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/bus.h"

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace weft::test {

/// A bus on its way to another one: keeps what is published, loses it when the test says so, and
/// lets the test speak as the bus.
class BusTap final : public bus::Bus {
 public:
  explicit BusTap(bus::Bus& bus) : bus_(&bus), self_(bus.self()) {}

  [[nodiscard]] bus::PeerId self() const override { return self_; }
  void subscribe(const CanvasId& canvas, bus::BusListener& listener) override {
    listeners_[canvas] = &listener;
    if (bus_ != nullptr) bus_->subscribe(canvas, listener);
  }
  void unsubscribe(const CanvasId& canvas, bus::PeerEnd how) override {
    listeners_.erase(canvas);
    if (bus_ != nullptr) bus_->unsubscribe(canvas, how);
  }
  void publish(const CanvasId& canvas, Bytes batch) override {
    published_.push_back(batch);
    if (bus_ != nullptr && !loses_) bus_->publish(canvas, std::move(batch));
  }
  [[nodiscard]] bool has_peers(const CanvasId& canvas) const override {
    ++peer_questions_;
    return bus_ != nullptr && bus_->has_peers(canvas);
  }
  [[nodiscard]] std::size_t peer_count(const CanvasId& canvas) const override {
    ++peer_questions_;
    return bus_ == nullptr ? 0 : bus_->peer_count(canvas);
  }

  /// What is published from now on reaches nobody, and nobody notices.
  void lose(bool loses) { loses_ = loses; }
  /// The bus behind it is about to end; nobody is told anything more.
  void cut() { bus_ = nullptr; }
  [[nodiscard]] std::size_t published() const { return published_.size(); }
  [[nodiscard]] std::vector<Bytes> take_published() { return std::exchange(published_, {}); }
  /// How often a room has asked whether it has peers.
  [[nodiscard]] std::size_t peer_questions() const { return peer_questions_; }
  /// The room of this instance.
  [[nodiscard]] bus::BusListener& listener(const CanvasId& canvas = "try") {
    return *listeners_.at(canvas);
  }
  void ask(const CanvasId& canvas = "try") { listener(canvas).bus_peer_asks(canvas, {999}); }

 private:
  bus::Bus* bus_;  // null: cut
  bus::PeerId self_;
  bool loses_ = false;
  std::vector<Bytes> published_;
  mutable std::size_t peer_questions_ = 0;
  std::map<CanvasId, bus::BusListener*> listeners_;
};

}  // namespace weft::test
