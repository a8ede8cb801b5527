// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace weft::runtime {

/// What a non-blocking read or write came to.
struct IoResult {
  enum class Status : std::uint8_t {
    done,         // `bytes` were moved, at least one
    would_block,  // wait for the socket
    closed,       // the peer has closed, or the link is broken
  };
  Status status = Status::done;
  std::size_t bytes = 0;
};

/// Pieces that one write takes at most.
inline constexpr std::size_t kPiecesPerWrite = 64;

/// A connected byte stream on one loop: plain TCP, or TLS over it. All calls on the loop's thread.
class Transport {
 public:
  virtual ~Transport() = default;

  [[nodiscard]] virtual IoResult read(std::span<char> into) = 0;
  /// Gathers the pieces, at most kPiecesPerWrite, into one write.
  [[nodiscard]] virtual IoResult write(std::span<const ByteView> pieces) = 0;

  /// `ready` is called once, when a read or a write may succeed, or not at all if the transport is
  /// closed first. wait_writable is for a write that has taken less than it was offered.
  virtual void wait_readable(std::function<void()> ready) = 0;
  virtual void wait_writable(std::function<void()> ready) = 0;
  /// Nothing more will be sent; the peer sees the end of the stream.
  virtual void shut_down_send() = 0;
  virtual void close() = 0;
};

}  // namespace weft::runtime
