// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/router_harness.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

namespace weft::test {

/// Several routers on one hub and one store, with one clock. Their documents are apart, since each
/// has the embedded log; presence, cursors and events are one.
class ClusterHarness {
 public:
  explicit ClusterHarness(std::size_t instances, const router::RouterConfig& config = {})
      : config_(config) {
    for (std::size_t i = 0; i < instances; ++i) start();
  }

  /// One more instance; returns its index.
  std::size_t start() {
    instances_.push_back(std::make_unique<RouterHarness>(
        config_, connection::Authenticator::development(), &store_, &hub_));
    instances_.back()->set_time(now_);
    return instances_.size() - 1;
  }
  [[nodiscard]] RouterHarness& operator[](std::size_t index) { return *instances_[index]; }
  [[nodiscard]] std::size_t size() const { return instances_.size(); }
  [[nodiscard]] Instant now() const { return now_; }

  /// Like RouterHarness::join, with everybody's time.
  SessionId join(std::size_t index, const std::string& client,
                 RouterHarness::Json hello = RouterHarness::Json::object(),
                 const CanvasId& canvas = "try") {
    const SessionId session = (*this)[index].connect(canvas);
    hello["client"] = client;
    (*this)[index].say(session, RouterHarness::Json::array({0, hello}));
    advance(std::chrono::milliseconds(40));
    return session;
  }

  void settle() {
    constexpr int kRoundsMax = 200;
    for (int round = 0; round < kRoundsMax; ++round) {
      bool busy = false;
      for (const auto& one : instances_) busy = (!one->is_dead() && one->turn()) || busy;
      if (!busy) return;
    }
    throw std::runtime_error("test: the instances do not come to rest");
  }
  /// Passes everybody's time, stopping at every deadline of each on the way.
  void advance(std::chrono::nanoseconds time) {
    const Instant end = now_ + time;
    settle();
    for (auto next = next_deadline(); next && *next <= end; next = next_deadline()) {
      set_time(std::max(*next, now_));
      settle();
      if (next_deadline() == next) throw std::runtime_error("test: a deadline does not pass");
    }
    set_time(end);
    settle();
  }
  void forget_output() {
    for (const auto& one : instances_) {
      one->forget_output();
      static_cast<void>(one->bus().take_published());
    }
  }

 private:
  void set_time(Instant now) {
    now_ = now;
    for (const auto& one : instances_) one->set_time(now);
  }
  [[nodiscard]] std::optional<Instant> next_deadline() const {
    std::optional<Instant> next;
    for (const auto& one : instances_) {
      const auto deadline = one->is_dead() ? std::nullopt : one->router().next_deadline();
      if (deadline && (!next || *deadline < *next)) next = deadline;
    }
    return next;
  }

  router::RouterConfig config_;
  store::MemoryStore store_;
  bus::LocalBusHub hub_;
  Instant now_ = Instant{} + std::chrono::hours(1);
  std::vector<std::unique_ptr<RouterHarness>> instances_;
};

}  // namespace weft::test
