// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/bus.h"
#include "util/bytes.h"
#include "util/ids.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace weft::bus {

/// What instances say to each other on a canvas's channel, and on their own ones (beat).
enum class MessageKind : std::uint8_t {
  hello = 1,  // I have subscribed, or was cut off: answer, everybody, and tell me all
  here = 2,   // the answer to hello and again
  again = 3,  // to one peer: I missed something of yours, answer and tell me all
  data = 4,   // a batch of the sender's room
  bye = 5,    // I have no part in the canvas any more
  beat = 6,   // I am alive
};

/// One message. On the channel: a version byte (1), a byte for the kind, 8 bytes each for sender
/// and seq, big end first; then the batch (data), the addressee's 8 bytes (again) or a byte for how
/// (bye).
struct RedisMessage {
  MessageKind kind = MessageKind::beat;
  PeerId sender = {};
  std::uint64_t seq = 0;        // rises by one with each message of the sender on the canvas
  PeerId to = {};               // again
  PeerEnd how = PeerEnd::left;  // bye
  ByteView batch = {};          // data; lives as long as what was decoded
};

inline constexpr std::size_t kMessageHeaderBytes = 18;

void append_message(Bytes& out, const RedisMessage& message);
/// Nothing when it is no message of this version.
[[nodiscard]] std::optional<RedisMessage> decode_message(ByteView bytes);

}  // namespace weft::bus
