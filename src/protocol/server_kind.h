// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace weft::protocol {

/// The kinds of section S of docs/protocol.md, as the wire numbers them.
enum class ServerKind : std::uint8_t {
  welcome = 0,
  cursors = 1,
  presence = 2,
  ops = 3,
  event = 4,
  snapshot = 5,
  ack = 6,
  pong = 7,
  goodbye = 8,
  error = 9,
  pace = 10,
};

}  // namespace weft::protocol
