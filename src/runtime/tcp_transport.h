// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/poller.h"
#include "runtime/transport.h"

#include <functional>

namespace weft::runtime {

/// Transport over a plain TCP socket. Reads and writes go straight to the non-blocking socket; the
/// poller tells when they may succeed again, and what it told is remembered here, so that waiting
/// costs no system call.
class TcpTransport final : public Transport, private Watched {
 public:
  /// Takes over `descriptor`, a connected socket; `poller` outlives the transport. When the poller
  /// has no room, the transport is closed from the start: its first read says so.
  TcpTransport(int descriptor, Poller& poller);
  ~TcpTransport() override;
  TcpTransport(const TcpTransport&) = delete;
  TcpTransport& operator=(const TcpTransport&) = delete;

  [[nodiscard]] IoResult read(std::span<char> into) override;
  [[nodiscard]] IoResult write(std::span<const ByteView> pieces) override;
  void wait_readable(std::function<void()> ready) override;
  void wait_writable(std::function<void()> ready) override;
  void shut_down_send() override;
  void close() override;

 private:
  void note_ready(Readiness readiness) override;

  int descriptor_;
  Poller& poller_;
  bool is_readable_ = false;   // until a read finds less than it asked for
  bool has_ended_ = false;     // then it stays readable, until a read says so
  bool stands_again_ = false;  // the poller will tell again: until then others have their turn
  std::function<void()> on_readable_;
  std::function<void()> on_writable_;
};

}  // namespace weft::runtime
