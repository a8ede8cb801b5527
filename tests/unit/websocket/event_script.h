// SPDX-License-Identifier: Apache-2.0
// A decoder's events as readable lines that can be compared.
#pragma once

#include "support/split.h"
#include "util/time.h"
#include "websocket/message_decoder.h"

#include <span>
#include <string>
#include <vector>

namespace weft::test {

/// `text hi`, `binary …`, `ping …`, `pong …`, `close 1000 bye`, `refused 1002`, `refused 1009
/// claiming 70000`.
inline std::string describe(const websocket::Event& event) {
  using websocket::EventKind;
  const std::string payload(event.payload);
  switch (event.kind) {
    case EventKind::need_more:
      return "need more";
    case EventKind::message:
      return (event.opcode == websocket::Opcode::text ? "text " : "binary ") + payload;
    case EventKind::ping:
      return "ping " + payload;
    case EventKind::pong:
      return "pong " + payload;
    case EventKind::close:
      return "close " + std::to_string(event.close_code) + " " + payload;
    case EventKind::failure:
      break;
  }
  std::string line = "refused " + std::to_string(event.close_code);
  if (event.fault == websocket::Fault::too_large) {
    line += " claiming " + std::to_string(event.claimed_bytes);
  }
  return line;
}

/// Feeds the pieces one after the other; gives all events but need_more. The pieces are unmasked in
/// place, so they are taken by value.
inline std::vector<std::string> decode(websocket::MessageDecoder& decoder, Pieces pieces,
                                       Instant now = {}) {
  std::vector<std::string> lines;
  for (Bytes& piece : pieces) {
    std::span<char> input = piece;
    while (true) {
      const websocket::Event event = decoder.next(input, now);
      if (event.kind == websocket::EventKind::need_more) break;
      lines.push_back(describe(event));
    }
  }
  return lines;
}

}  // namespace weft::test
