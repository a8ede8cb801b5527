// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/transport.h"
#include "sim/random.h"
#include "util/bytes.h"
#include "util/time.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace weft::sim {

/// One connection: bytes on their way in both directions, moved by the world as it likes. Neither
/// end ever sees bytes of another connection.
class Link {
 public:
  /// `socket_bytes_max`: what the server may have written that the client has not been given yet.
  /// `is_compressed`: its two ends have agreed on compression.
  explicit Link(std::size_t socket_bytes_max, bool is_compressed)
      : socket_bytes_max_(socket_bytes_max), is_compressed_(is_compressed) {}

  [[nodiscard]] bool is_compressed() const { return is_compressed_; }

  // The client's end
  void send(ByteView bytes) { up_ += bytes; }
  /// What has arrived since the last call.
  [[nodiscard]] Bytes take_arrived() { return std::exchange(arrived_, {}); }
  /// Everything that the server wrote before it closed has arrived.
  [[nodiscard]] bool is_over() const { return server_closed_ && down_.empty() && arrived_.empty(); }
  /// The client sends no more; what it sent still arrives.
  void end() { ending_ = true; }

  // The net
  /// Both directions lose what is on its way. The server notices at its next turn.
  void cut();
  /// The same, but the server never hears of it: a cable that was pulled.
  void silence();
  /// Nothing moves, nothing is lost, until then.
  void stall(Instant until) { stalled_until_ = until; }
  /// Moves some of the bytes that are under way.
  void move(Random& random, bool all, Instant now);
  /// Tells the server's end what it waits for. Called on the server's turn.
  void wake_server();

  [[nodiscard]] bool is_quiet() const { return up_.empty() && down_.empty() && inbound_.empty(); }
  [[nodiscard]] bool has_server_closed() const { return server_closed_; }
  [[nodiscard]] bool is_dead() const { return cut_ || silent_ || server_closed_; }
  [[nodiscard]] std::optional<Instant> stalled_until() const { return stalled_until_; }

  /// The server's end. The link outlives it.
  [[nodiscard]] static std::unique_ptr<runtime::Transport> server_end(std::shared_ptr<Link> link);

 private:
  class ServerEnd;
  /// What the socket still takes from the server.
  [[nodiscard]] std::size_t room() const;

  std::size_t socket_bytes_max_;
  bool is_compressed_;
  Bytes up_;       // sent by the client, on its way
  Bytes inbound_;  // at the server, not read yet
  Bytes down_;     // written by the server, on its way
  Bytes arrived_;  // at the client, not taken yet
  bool ending_ = false;
  bool cut_ = false;
  bool silent_ = false;
  bool server_closed_ = false;
  std::optional<Instant> stalled_until_;
  std::function<void()> on_readable_;
  std::function<void()> on_writable_;
};

}  // namespace weft::sim
