// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "websocket/frame_header.h"

#include <optional>

namespace weft::sim {

/// Cuts what a server sends into its WebSocket frames, as a client does.
class ServerFrames {
 public:
  struct Frame {
    websocket::Opcode opcode = websocket::Opcode::binary;
    Bytes payload;  // inflated
    bool was_compressed = false;
  };

  explicit ServerFrames(bool may_be_compressed) : may_be_compressed_(may_be_compressed) {}

  void add(ByteView bytes) { waiting_ += bytes; }
  /// The next whole frame, or nothing.
  [[nodiscard]] std::optional<Frame> next();

 private:
  bool may_be_compressed_;
  Bytes waiting_;
};

}  // namespace weft::sim
