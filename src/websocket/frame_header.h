// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <cstddef>
#include <cstdint>

namespace weft::websocket {

/// RFC 6455 section 5.2. The numbers are the wire's.
enum class Opcode : std::uint8_t {
  /// A further fragment of the message that is under way.
  continuation = 0x0,
  /// A message in UTF-8.
  text = 0x1,
  /// A message of any bytes.
  binary = 0x2,
  /// Ends the connection.
  close = 0x8,
  /// Asks for a pong with the same payload.
  ping = 0x9,
  /// Answers a ping, or just says "alive".
  pong = 0xA,
};

[[nodiscard]] constexpr bool is_control(Opcode opcode) {
  return (static_cast<std::uint8_t>(opcode) & 0x8) != 0;
}

/// The bit of a frame's first byte that says that the message is compressed (RFC 7692 section 6).
inline constexpr unsigned kCompressedBit = 0x40;

/// The most that a control frame may carry (RFC 6455 section 5.5).
inline constexpr std::size_t kControlPayloadBytesMax = 125;

/// The most that a close frame's reason may take: the code has two of the 125 bytes.
inline constexpr std::size_t kCloseReasonBytesMax = kControlPayloadBytesMax - 2;

/// The longest header of a frame that a server sends.
inline constexpr std::size_t kServerHeaderBytesMax = 10;

/// Writes the header of an unmasked, unfragmented frame; returns its length (2, 4 or 10).
/// For a shared payload that is gathered behind a header of its own.
[[nodiscard]] std::size_t write_frame_header(char (&out)[kServerHeaderBytesMax], Opcode opcode,
                                             std::uint64_t payload_bytes,
                                             bool is_compressed = false);

/// The payload of a whole frame with such a header.
[[nodiscard]] ByteView payload_of(ByteView frame);

/// Appends the same header; the caller appends the payload.
void append_frame_header(Bytes& out, Opcode opcode, std::uint64_t payload_bytes);

/// Appends a close frame. A reason over 123 bytes loses its end, cut between two characters.
/// kCloseNoStatus makes a frame without a body, the answer to one that had none.
/// Requires: `code` is kCloseNoStatus or valid on the wire; `reason` is UTF-8.
void append_close_frame(Bytes& out, std::uint16_t code, ByteView reason);

/// Requires: `payload` has at most kControlPayloadBytesMax bytes.
void append_ping(Bytes& out, ByteView payload);

/// Requires: `payload` has at most kControlPayloadBytesMax bytes, as every ping's has.
void append_pong(Bytes& out, ByteView payload);

}  // namespace weft::websocket
