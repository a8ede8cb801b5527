// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/codes.h"
#include "protocol/messages.h"
#include "protocol/msgpack.h"
#include "util/bytes.h"
#include "util/ids.h"
#include "util/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace weft::protocol {

// What a client hears, section S of docs/protocol.md, as far as programs of ours use it: scalars,
// and raw values for the rest. All views point into the frame that was decoded.

struct HeardWelcome {
  ActorId actor;
  std::uint64_t seq = 0;
  std::uint64_t n = 0;
  std::uint32_t tick_ms = 0;
  bool resumed = false;
  std::string_view server;
};

struct CursorEntry {
  ActorId actor;
  Cursor cursor;
};
struct HeardCursors {
  std::span<const CursorEntry> entries;  // lives until the next message is read
};

struct HeardOps {
  std::uint64_t seq = 0;
  ActorId actor;
  ByteView ops;  // raw array
};

struct HeardSnapshot {
  std::uint64_t seq = 0;
  bool last = false;
  ByteView entities;  // raw array
};

struct HeardAck {
  std::uint64_t n = 0;
  std::uint64_t seq = 0;
  AckOutcome outcome = AckOutcome::commit;
  std::string_view code;  // of a rejection; else empty
};

struct HeardGoodbye {
  std::uint16_t code = 0;
  std::string_view reason;
};

struct HeardError {
  std::string_view code;
  std::string_view message;
  std::uint64_t about = 0;
  std::uint64_t kind = 0;
};

/// Presence, events, pongs, paces and what is newer than this program.
struct HeardOther {
  std::uint64_t kind = 0;
};

using HeardMessage = std::variant<HeardOther, HeardWelcome, HeardCursors, HeardOps, HeardSnapshot,
                                  HeardAck, HeardGoodbye, HeardError>;

/// Takes a server's messages out of one binary frame, one after the other.
class ServerMessageReader {
 public:
  /// `entries` is where the cursors of a message go: kept by the caller, so that reading them
  /// allocates nothing in the steady state.
  ServerMessageReader(ByteView frame, std::vector<CursorEntry>& entries)
      : reader_(frame), frame_(frame), entries_(entries) {}

  [[nodiscard]] bool at_end() const { return reader_.at_end(); }
  /// Requires: !at_end(). After an error the frame is of no further use.
  [[nodiscard]] Result<HeardMessage, DecodeError> next();

 private:
  Result<HeardMessage, DecodeError> next_items(std::uint64_t kind, std::uint32_t& items_left);
  Result<HeardMessage, DecodeError> next_welcome();
  Result<HeardMessage, DecodeError> next_cursors();
  Result<HeardMessage, DecodeError> next_ack();
  Result<void, DecodeError> read_entry();
  [[nodiscard]] Failure<DecodeError> misshapen() const;

  MsgpackReader reader_;  // stands at the next item
  ByteView frame_;        // what reader_ reads
  std::vector<CursorEntry>& entries_;
};

}  // namespace weft::protocol
