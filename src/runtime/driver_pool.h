// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/outbox.h"
#include "router/router.h"
#include "runtime/websocket_driver.h"
#include "util/ids.h"
#include "util/time.h"

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace weft::runtime {

/// The drivers of one loop and what happens when a turn ends: the router acts, its effects reach
/// the drivers, and each driver that has output writes once. Knows neither threads nor sockets.
class DriverPool final : private DriverHost {
 public:
  using Clock = std::function<Now()>;

  /// `router` outlives the pool.
  DriverPool(router::Router& router, const connection::OutboxLimits& outbox,
             const protocol::Limits& limits, Clock clock);

  /// A connection that has been upgraded. `early` came behind its request.
  void adopt(std::unique_ptr<Transport> transport, const CanvasId& canvas, protocol::Form form,
             ByteView early);
  /// Call it after whatever reached a driver or the router, and before the loop sleeps.
  void end_turn();
  /// When end_turn has something to do, whatever arrives until then.
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  /// Whether a turn has left something to the next one.
  [[nodiscard]] bool has_leftovers() const { return !with_more_.empty(); }
  [[nodiscard]] std::size_t size() const { return drivers_.size(); }
  /// Frames that have been compressed.
  [[nodiscard]] std::uint64_t compression_count() const { return compressor_.count(); }

 private:
  /// Read once a turn: asking the system for each message and frame costs as much as handling them.
  [[nodiscard]] Now now() const override {
    if (!now_) now_ = clock_();
    return *now_;
  }
  [[nodiscard]] std::span<char> scratch() override { return scratch_; }
  [[nodiscard]] connection::FrameCompressor& compressor() override { return compressor_; }
  [[nodiscard]] websocket::Inflate& inflate() override { return inflate_; }
  void driver_has_output(SessionId session) override { with_output_.push_back(session); }
  void driver_has_more(SessionId session) override { with_more_.push_back(session); }
  void driver_is_busy(SessionId session) override { busy_.push_back(session); }
  void driver_finished(SessionId session) override { finished_.push_back(session); }

  void sweep();
  void go_on();
  void act();
  void carry_out_effects();
  void flush_drivers();
  [[nodiscard]] WebSocketDriver* find(SessionId session);

  router::Router& router_;
  connection::OutboxLimits outbox_;
  protocol::Limits limits_;
  Clock clock_;
  std::vector<char> scratch_;
  connection::FrameCompressor compressor_;
  websocket::Inflate inflate_;
  std::unordered_map<SessionId, std::unique_ptr<WebSocketDriver>> drivers_;
  std::vector<SessionId> with_output_;
  std::vector<SessionId> flushing_;   // empty but for its capacity, outside flush_drivers
  std::vector<SessionId> with_more_;  // than a turn's share
  std::vector<SessionId> going_on_;
  std::vector<SessionId> busy_;  // to be swept
  std::vector<SessionId> sweeping_;
  std::vector<SessionId> finished_;
  router::Effects effects_;  // being carried out
  Instant next_sweep_{};
  mutable std::optional<Now> now_;  // of this turn, as soon as somebody has asked
};

}  // namespace weft::runtime
