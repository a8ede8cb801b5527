// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/authenticator.h"
#include "connection/outbox.h"
#include "router/router.h"
#include "runtime/backplane.h"
#include "runtime/driver_pool.h"
#include "runtime/mailbox.h"
#include "runtime/poller.h"
#include "store/store.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace weft::runtime {

struct ShardConfig {
  router::RouterConfig router;
  connection::OutboxLimits outbox;
  /// presence.persist: keep who was here, and their last presence, in the store.
  bool keeps_last_seen = false;
};

/// One thread with one event loop, and the rooms and sessions that live on it. A turn handles what
/// is ready, then lets the router act, then writes once to each session that has output. All but
/// the members marked otherwise belong to the shard's thread.
class Shard final : private router::DepartureSink {
 public:
  /// `authenticator` and `store` outlive the shard. Without a store nobody's presence is kept.
  /// `seed` feeds its random choices.
  Shard(const ShardConfig& config, const connection::Authenticator& authenticator,
        store::Store* store, const BackplaneMaker& make_backplane, std::uint64_t seed);
  ~Shard() override;

  /// Any thread, once: starts the thread.
  void start(std::string thread_name);
  /// Any thread: runs `work` on the shard, soon. After stop() it may never run.
  void post(std::function<void()> work);
  /// Any thread but the shard's: ends the loop and waits for its thread. Connections are cut.
  void stop();
  /// Any thread: sessions as of the end of the last turn.
  [[nodiscard]] std::size_t session_count() const {
    return session_count_.load(std::memory_order_relaxed);
  }

  /// Any thread: why this shard should get no new clients, as of a moment ago; empty when all is
  /// well.
  [[nodiscard]] std::string trouble() const;

  /// Takes over an upgraded connection: an open, non-blocking socket. `early` came behind its
  /// request.
  void adopt(int socket, const CanvasId& canvas, protocol::Form form, const Bytes& early);
  void drain(std::chrono::milliseconds window);
  [[nodiscard]] router::Router& router() { return router_; }
  [[nodiscard]] log::Log& log() { return backplane_->log(); }

 private:
  void run();
  void end_turn();
  void schedule();
  void note_trouble(Instant now);
  void note_load(Instant now);
  void leave();

  void departed(const CanvasId& canvas, presence::Departed person, WallMs at_ms) override;

  ShardConfig config_;
  store::Store* store_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  Poller poller_;
  Mailbox mailbox_;  // any thread posts
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> session_count_ = 0;
  std::thread thread_;

  std::unique_ptr<Backplane> backplane_;
  router::Router router_;
  DriverPool drivers_;
  boost::asio::steady_timer timer_;
  std::optional<Instant> wake_at_;
  Instant next_look_for_trouble_{};
  Instant load_noted_at_{};
  std::chrono::nanoseconds time_used_{};  // of the thread, then

  mutable std::mutex mutex_;
  // Protected by mutex_:
  std::string trouble_;
};

}  // namespace weft::runtime
