// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/local_bus.h"
#include "connection/authenticator.h"
#include "connection/outbox.h"
#include "log/local_log.h"
#include "router/router.h"
#include "store/memory_store.h"
#include "util/time.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::bench {

/// A router over the embedded log and the memory store, whose commits come when it is told so and
/// whose clock goes from tick to tick. It moves no bytes: what people say goes in as messages, what
/// they are told comes out as effects.
class LiveRooms {
 public:
  /// Rooms in which everyone has been welcomed and has nothing more to be told. Throws when that is
  /// not so.
  LiveRooms(std::size_t rooms, std::size_t people_per_room,
            const router::RouterConfig& config = {});
  /// Rooms without people yet.
  explicit LiveRooms(std::size_t people_per_room, const router::RouterConfig& config = {});

  [[nodiscard]] std::size_t people() const { return sessions_.size(); }

  /// One more person says hello on a canvas.
  void join(const CanvasId& canvas, const std::string& client);
  /// Everybody from the one with this number on leaves for good.
  void leave_from(std::size_t person);

  /// A message of one person, as the driver hands it over.
  void say(std::size_t person, ByteView message);
  /// Frames that a tick gave out, by lane.
  struct Told {
    std::size_t live = 0;
    std::size_t reliable = 0;  // bulk counts too
  };
  /// Lets a tick's time pass and everything happen that can: commits, then the rooms' ticks.
  Told pass_tick();

  void skip_time_of_tick();
  /// What the store has committed reaches the router.
  void deliver_commits();

  [[nodiscard]] router::Router& router() { return router_; }
  [[nodiscard]] Now now() const { return now_; }

 private:
  std::chrono::milliseconds tick_;
  Now now_{Instant{} + std::chrono::hours(1), 1'800'000'000'000};
  connection::Authenticator authenticator_ = connection::Authenticator::development();
  store::MemoryStore store_;
  std::vector<std::function<void()>> posted_;
  std::vector<std::function<void()>> running_;  // keeps its capacity
  std::uint64_t epoch_ = 1000;
  log::LocalLog log_;
  bus::LocalBusHub hub_;
  bus::LocalBus bus_;
  router::Router router_;
  router::Effects effects_;
  std::vector<SessionId> sessions_;
  std::uint64_t ticks_ = 0;
};

}  // namespace weft::bench
