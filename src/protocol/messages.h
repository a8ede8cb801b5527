// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/codes.h"
#include "protocol/limits.h"
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

/// The running hash of a canvas's log: 8 opaque bytes on the wire, base64 in JSON.
using Sum = std::uint64_t;

// Client to server, in the order of their kinds (docs/protocol.md, section C).
// All views point into the frame that was decoded.

/// As the wire numbers them.
enum class ClientKind : std::uint8_t {
  hello = 0,
  cursor = 1,
  presence = 2,
  push = 3,
  event = 4,
  view = 5,
  token = 6,
  ping = 7,
};

struct Since {
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  std::optional<Sum> sum;
};

struct Hello {
  std::string_view client;
  std::string_view token;  // empty: absent
  std::string_view name;   // empty: absent
  std::string_view sdk;    // empty: absent
  std::optional<Since> since;
  ByteView presence;  // raw map; empty: absent
};

struct Cursor {
  bool hidden = false;
  float x = 0;
  float y = 0;
};

struct PresencePatch {
  ByteView patch;  // raw map
};

struct Push {
  std::uint64_t n = 0;
  ByteView ops;  // raw value, for decode_ops
};

struct Event {
  std::string_view name;
  ByteView payload;  // raw value
};

/// Two opposite corners, sorted: x0 <= x1 and y0 <= y1.
struct Rect {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

struct View {
  std::optional<Rect> rect;
};

struct Token {
  std::string_view token;
};

struct Ping {
  std::uint64_t value = 0;
};

struct UnknownKind {
  std::uint64_t kind = 0;
};

using ClientMessage =
    std::variant<Hello, Cursor, PresencePatch, Push, Event, View, Token, Ping, UnknownKind>;

/// Takes the messages of one binary frame one after the other (P3).
class MessageReader {
 public:
  explicit MessageReader(ByteView frame) : reader_(frame) {}

  [[nodiscard]] bool at_end() const { return reader_.at_end(); }
  /// Where the next message begins.
  [[nodiscard]] std::size_t offset() const { return reader_.offset(); }
  /// Requires: !at_end(). After an error the frame is of no further use.
  [[nodiscard]] Result<ClientMessage, DecodeError> next();

 private:
  MsgpackReader reader_;
};

// Server to client, in the order of their kinds (section S).
// Each function appends one complete MessagePack message.

struct UserInfo {
  std::string_view id;
  std::string_view name;
  std::string_view color;   // empty: absent
  std::string_view avatar;  // empty: absent
};

struct Welcome {
  ActorId actor;
  UserInfo user;
  std::string_view role;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  Sum sum = 0;
  std::uint64_t n = 0;  // the highest push number of this client in the log
  bool resumed = false;
  std::uint32_t tick_ms = 0;
  /// Until the token's end; a fresh one should come before. Absent when there is no token.
  std::optional<std::uint32_t> token_expires_in_ms;
  const Limits* limits = nullptr;
  std::string_view server;
};
void append_welcome(Bytes& out, const Welcome& welcome);

/// The head of a cursors message; `count` entries of append_cursor_entry follow. A whole number up
/// to 2^24 goes as an integer, anything else as float32.
void append_cursors_head(Bytes& out, std::uint32_t server_ms, std::uint32_t count);
void append_cursor_entry(Bytes& out, ActorId actor, const Cursor& cursor);

struct PresenceJoin {
  ActorId actor;
  UserInfo user;
  ByteView presence;  // raw map
  std::string_view activity;
};
struct PresenceUpdate {
  ActorId actor;
  ByteView patch;  // raw map
};
struct PresenceActivity {
  ActorId actor;
  std::string_view activity;
};
struct PresenceLeave {
  ActorId actor;
  std::string_view reason;
};
struct PresenceBatch {
  std::vector<PresenceJoin> joins;
  std::vector<PresenceUpdate> updates;
  std::vector<PresenceActivity> activities;
  std::vector<PresenceLeave> leaves;
};
/// Leaves out the parts that are empty.
void append_presence(Bytes& out, const PresenceBatch& batch);

/// `ops` is a raw array of effective ops.
void append_ops(Bytes& out, std::uint64_t seq, ActorId actor, std::string_view user, ByteView ops,
                Sum sum);

void append_event(Bytes& out, ActorId actor, std::string_view name, ByteView payload);

/// A part of a snapshot that is not the last, but for its entities: `count` raw [id, type, props]
/// have to follow. It says no seq, so that it is as good for who joins later.
void append_snapshot_part(Bytes& out, std::uint32_t count);
/// `entities` is the concatenation of `count` raw [id, type, props]; `sum` goes with the last part.
void append_snapshot(Bytes& out, std::uint64_t seq, bool last, std::uint32_t count,
                     ByteView entities, Sum sum);

/// `detail` is a raw value: the effective ops (rebased), [code, message, op index] (rejected),
/// empty for nil.
void append_ack(Bytes& out, std::uint64_t n, std::uint64_t seq, AckOutcome outcome, ByteView detail,
                Sum sum);
void append_rejection(Bytes& out, ErrorCode code, std::string_view message, std::uint32_t op_index);

void append_pong(Bytes& out, std::uint64_t value, std::uint32_t server_ms);

struct Advice {
  bool retry = false;
  std::uint32_t after_min_ms = 0;
  std::uint32_t after_max_ms = 0;
  bool token = false;
};
void append_goodbye(Bytes& out, CloseCode code, std::string_view reason, const Advice& advice);

/// `kind` is the kind of the client's message that the error is about; `about` the same again, or a push's n.
void append_error(Bytes& out, ErrorCode code, std::string_view message, std::uint64_t about,
                  std::uint64_t kind);

void append_pace(Bytes& out, std::uint32_t tick_ms);

/// What the code's range says, with the delays that this server advises.
[[nodiscard]] Advice advice_for(CloseCode code);

}  // namespace weft::protocol
