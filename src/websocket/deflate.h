// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "util/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

struct z_stream_s;

namespace weft::websocket {

// The payloads of compressed messages (RFC 7692 section 7.2). Nothing is carried from one message
// to the next, so one object serves all connections of a shard, one message after the other.

/// The window that we deflate with, as a power of two; whoever inflates needs as much.
inline constexpr int kDeflateWindowBits = 15;

/// Makes compressed payloads. One per shard: it owns 270 KiB, too much for each connection, and
/// after a larger message as much as that had, until the next one.
class Deflate {
 public:
  Deflate();
  ~Deflate();
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;

  /// The compressed form of a whole message, or nothing when it would not be smaller. Lives until
  /// the next call.
  [[nodiscard]] std::optional<ByteView> compress(ByteView message);

  /// Messages that compress() was asked for.
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  struct End {
    void operator()(z_stream_s* stream) const;
  };
  std::unique_ptr<z_stream_s, End> stream_;
  Bytes output_;
  std::uint64_t count_ = 0;
};

/// Why a compressed payload is not read.
enum class InflateFault : std::uint8_t {
  /// It is not, or not to its end, what deflate makes.
  broken,
  /// It grows beyond the limit.
  too_large,
};

/// Reads compressed payloads. One per shard: it owns about 64 KiB, and after a larger message as
/// much as that had, until the next one.
class Inflate {
 public:
  Inflate();
  ~Inflate();
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;

  /// The message behind a compressed payload. Makes at most one byte more than `bytes_max`, however
  /// much would follow. Lives until the next call.
  [[nodiscard]] Result<ByteView, InflateFault> expand(ByteView compressed, std::size_t bytes_max);

 private:
  struct End {
    void operator()(z_stream_s* stream) const;
  };
  /// Takes the next piece of the payload; nothing when it is used up.
  [[nodiscard]] std::optional<InflateFault> feed(ByteView piece, std::size_t bytes_max);
  [[nodiscard]] bool make_room(std::size_t bytes_max);

  std::unique_ptr<z_stream_s, End> stream_;
  Bytes output_;
  int final_blocks_ = 0;  // of the message under way
};

}  // namespace weft::websocket
