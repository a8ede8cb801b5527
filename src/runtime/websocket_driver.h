// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/frame_compressor.h"
#include "connection/outbox.h"
#include "connection/rate_limiter.h"
#include "protocol/codes.h"
#include "protocol/frame.h"
#include "protocol/limits.h"
#include "router/router.h"
#include "runtime/transport.h"
#include "util/ids.h"
#include "util/time.h"
#include "websocket/deflate.h"
#include "websocket/message_decoder.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace weft::runtime {

/// Whoever runs the drivers of one loop: the shard.
class DriverHost {
 public:
  virtual ~DriverHost() = default;
  /// The time of this turn.
  [[nodiscard]] virtual Now now() const = 0;
  /// Where every driver of the loop reads into, one after the other.
  [[nodiscard]] virtual std::span<char> scratch() = 0;
  /// What the sessions that agreed on compression share, one after the other.
  [[nodiscard]] virtual connection::FrameCompressor& compressor() = 0;
  [[nodiscard]] virtual websocket::Inflate& inflate() = 0;
  /// Flush the driver when the turn ends.
  virtual void driver_has_output(SessionId session) = 0;
  /// Call go_on in the next turn, and let that come at once: there was more than one turn's share.
  virtual void driver_has_more(SessionId session) = 0;
  /// Sweep the driver, once: it has input or output that time may make a trouble of.
  virtual void driver_is_busy(SessionId session) = 0;
  /// The connection is over; destroy the driver when the turn ends.
  virtual void driver_finished(SessionId session) = 0;
};

/// Moves bytes between one socket and the router: reads, decodes frames, answers pings, writes what
/// the outbox holds. Short and stupid: what a message means is the router's business. Lives on the
/// session's shard.
class WebSocketDriver {
 public:
  WebSocketDriver(std::unique_ptr<Transport> transport, SessionId session, protocol::Form form,
                  const connection::OutboxLimits& outbox_limits, const protocol::Limits& limits,
                  router::Router& router, DriverHost& host);

  [[nodiscard]] SessionId session() const { return session_; }

  /// Begins to read; `early` are bytes that came behind the upgrade request.
  void start(ByteView early);
  /// The router let the session in: reading goes on.
  void note_admitted();

  void send(protocol::FrameRef frame, connection::Lane lane);
  void ping();
  /// Goodbye, then a close frame with its code (S6). The router has forgotten the session.
  void say_goodbye(protocol::CloseCode code, protocol::FrameRef goodbye, std::string_view reason);

  /// One write of what waits, up to a turn's share.
  void flush();
  /// Handles, and writes, what the turn before has left.
  void go_on();
  /// What only time can show: a reader that is too slow, a message that does not end, a peer that
  /// does not close. A driver at which nothing is under way asks for no further sweep.
  void sweep();

 private:
  enum class State : std::uint8_t {
    open,
    closing,   // a close frame has been queued; waiting for the peer's, and for the socket to take
               // ours
    finished,  // the socket is closed
  };

  void note_verified();
  void read();
  void wait_readable();
  void take(std::span<char> bytes);
  /// Returns false when nothing more of this input should be looked at.
  bool handle(const websocket::Event& event);
  bool handle_message(const websocket::Event& event);
  void handle_peer_close(const websocket::Event& event);
  void handle_failure(const websocket::Event& event);
  void begin_closing(std::uint16_t code, std::string_view reason);
  void finish(bool clean);
  void send_control(Bytes frame);
  void note_busy();
  void take_turns();
  void handle_input(std::span<char> bytes);

  std::unique_ptr<Transport> transport_;
  SessionId session_;
  protocol::Encoding encoding_;
  router::Router& router_;
  DriverHost& host_;
  const protocol::Limits& limits_;
  websocket::MessageDecoder decoder_;
  connection::Outbox outbox_;
  connection::RateLimiter pings_;
  State state_ = State::open;
  bool is_verified_ = false;   // larger messages may come than before
  bool reading_ = false;       // a wait for readability is under way
  bool writing_ = false;       // a wait for writability is under way
  bool is_busy_ = false;       // the shard knows that a sweep is wanted
  bool has_more_ = false;      // the shard knows that go_on is wanted
  bool has_output_ = false;    // the shard knows that flush is wanted
  bool peer_closed_ = false;   // the peer's close frame has come
  bool is_too_slow_ = false;   // a reliable frame was left out; the goodbye is on its way
  bool told_router_ = false;   // the router knows, or has itself decided, that the session is over
  Bytes unread_;               // input that was more than a turn's share; no more is read meanwhile
  std::optional<Bytes> pong_;  // the newest ping's payload, to be answered once a turn
  Instant closing_since_{};
};

}  // namespace weft::runtime
