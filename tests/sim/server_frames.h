// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "websocket/frame_header.h"

#include <optional>
#include <utility>

namespace weft::sim {

/// Cuts what a server sends into its WebSocket frames, as a client does.
class ServerFrames {
 public:
  struct Frame {
    websocket::Opcode opcode = websocket::Opcode::binary;
    Bytes payload;
  };

  void add(ByteView bytes) { waiting_ += bytes; }
  /// The next whole frame, or nothing.
  [[nodiscard]] std::optional<Frame> next();

 private:
  Bytes waiting_;
};

}  // namespace weft::sim
