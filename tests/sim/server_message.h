// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/codes.h"
#include "protocol/messages.h"
#include "protocol/msgpack.h"
#include "util/bytes.h"
#include "util/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weft::sim {

// What a server says, as a client reads it: section S of docs/protocol.md. All views point into the
// frame.

struct UserCard {
  std::string id;
  std::string name;
  std::string color;
  bool operator==(const UserCard&) const = default;
};

struct WelcomeMessage {
  ActorId actor;
  UserCard user;
  std::string_view role;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  protocol::Sum sum = 0;
  std::uint64_t n = 0;
  bool resumed = false;
  std::optional<std::uint64_t> token_expires_in_ms;
};

struct CursorsMessage {
  struct Entry {
    ActorId actor;
    protocol::Cursor cursor;
  };
  std::vector<Entry> entries;
};

struct PresenceMessage {
  struct Join {
    ActorId actor;
    UserCard user;
    ByteView presence;
    std::string_view activity;
  };
  struct Update {
    ActorId actor;
    ByteView patch;
  };
  /// An activity or the reason of a leave.
  struct Word {
    ActorId actor;
    std::string_view word;
  };
  std::vector<Join> joins;
  std::vector<Update> updates;
  std::vector<Word> activities;
  std::vector<Word> leaves;
};

struct OpsMessage {
  std::uint64_t seq = 0;
  ActorId actor;
  std::string_view user;
  ByteView ops;
  protocol::Sum sum = 0;
};

struct EventMessage {
  ActorId actor;
  std::string_view name;
  ByteView payload;
};

struct SnapshotMessage {
  std::uint64_t seq = 0;
  bool last = false;
  std::uint32_t count = 0;
  ByteView entities;  // raw array
  protocol::Sum sum = 0;
};

struct AckMessage {
  std::uint64_t n = 0;
  std::uint64_t seq = 0;
  protocol::AckOutcome outcome = protocol::AckOutcome::commit;
  ByteView detail;
  std::string_view rejection;  // the code, when rejected
  protocol::Sum sum = 0;
};

struct PongMessage {
  std::uint64_t value = 0;
};

struct GoodbyeMessage {
  std::uint16_t code = 0;
  std::string_view reason;
  bool retry = false;
  std::uint64_t after_min_ms = 0;
  std::uint64_t after_max_ms = 0;
  bool token = false;
};

struct ErrorMessage {
  std::string_view code;
  std::string_view message;
  std::uint64_t about = 0;
  std::uint64_t kind = 0;
};

struct PaceMessage {
  std::uint64_t tick_ms = 0;
};

using ServerMessage = std::variant<WelcomeMessage, CursorsMessage, PresenceMessage, OpsMessage,
                                   EventMessage, SnapshotMessage, AckMessage, PongMessage,
                                   GoodbyeMessage, ErrorMessage, PaceMessage>;

/// Takes the messages of one frame one after the other. Strict: complains about anything that the
/// protocol does not say.
class ServerMessageReader {
 public:
  explicit ServerMessageReader(ByteView frame) : reader_(frame) {}
  [[nodiscard]] bool at_end() const { return reader_.at_end(); }
  [[nodiscard]] ServerMessage next();

 private:
  protocol::MsgpackReader reader_;
};

/// A word for each kind, for traces.
[[nodiscard]] std::string describe(const ServerMessage& message);

}  // namespace weft::sim
