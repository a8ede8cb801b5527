// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "websocket/frame_header.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace weft::peers {

/// Appends a masked frame, as clients send them (RFC 6455 section 5.3). The mask is always the
/// same: the servers are ours to trust, and unmasking costs them the same with any.
void append_client_frame(Bytes& out, websocket::Opcode opcode, ByteView payload);

/// A frame from a server.
struct ServerFrame {
  websocket::Opcode opcode;
  bool is_final;
  ByteView payload;
  /// What the frame takes of the input, header included.
  std::size_t bytes;
};

/// The frame at the front of `input`, whose bytes the payload borrows; nothing while some of it is
/// missing. The header's claims are the caller's to bound. Inline, because it is run for each
/// delivery of servers that send them one by one.
[[nodiscard]] inline std::optional<ServerFrame> read_server_frame(ByteView input) {
  if (input.size() < 2) return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(input[i]); };
  std::uint64_t length = byte(1) & 0x7F;
  std::size_t header = 2;
  if (length >= 126) {
    const std::size_t extra = length == 126 ? 2 : 8;
    if (input.size() < header + extra) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < extra; ++i) length = length << 8 | byte(header + i);
    header += extra;
  }
  if (input.size() - header < length) return std::nullopt;
  return ServerFrame{static_cast<websocket::Opcode>(byte(0) & 0x0F), (byte(0) & 0x80) != 0,
                     input.substr(header, length), header + length};
}

}  // namespace weft::peers
