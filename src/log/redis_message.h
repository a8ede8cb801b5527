// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/messages.h"
#include "util/bytes.h"

#include <cstdint>
#include <optional>

namespace weft::log {

/// An entry as Redis keeps and announces it: the push, and what its appender knew at that time.
struct KeptEntry {
  std::uint64_t seq = 0;
  std::uint64_t known_seq = 0;
  protocol::Sum known_sum = 0;
  Bytes chain;  // what Redis calls the history up to here
  Bytes push;   // canonical bytes
};

/// What a canvas's channel carries: a line of text, and behind it the bytes of a push.
struct RedisMessage {
  enum class Kind : std::uint8_t {
    push,      // an entry was appended
    restored,  // the canvas was written anew, up to `seq`
    archived,  // everything up to `seq` is in the archive
    expiring,  // nobody seems to need the canvas: whoever has it open keeps it
  };
  Kind kind = Kind::push;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  KeptEntry entry;  // of a push
};

/// Nothing when it is not one of ours.
[[nodiscard]] std::optional<RedisMessage> decode_redis_message(ByteView payload);

/// "<seq> <sum>" of an entry in the stream.
struct KnownPoint {
  std::uint64_t seq = 0;
  protocol::Sum sum = 0;
};
[[nodiscard]] std::optional<KnownPoint> decode_known_point(ByteView text);

/// The whole of `text` as a number.
[[nodiscard]] std::optional<std::uint64_t> decode_number(ByteView text);

}  // namespace weft::log
