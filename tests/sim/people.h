// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/messages.h"
#include "sim/server_message.h"
#include "util/bytes.h"
#include "util/ids.h"

#include <map>
#include <string>

namespace weft::sim {

/// One person as a client sees them.
struct Person {
  UserCard user;
  std::map<std::string, Bytes> presence;
  std::string activity;
  bool operator==(const Person&) const = default;
};

/// Lays a raw patch over a presence, as clients and server both do (R3).
void merge_patch(std::map<std::string, Bytes>& presence, ByteView patch);

/// Who a client sees in the room, and where. Complains when what it is told does not fit what it
/// was told before.
class People {
 public:
  /// The first presence message of a session: everyone (R1).
  void begin(const PresenceMessage& everyone);
  void apply(const PresenceMessage& changes);
  /// Cursors of people who are not here are ignored.
  void apply(const CursorsMessage& cursors);

  [[nodiscard]] const std::map<ActorId, Person>& all() const { return people_; }
  /// Where the actor's cursor is; hidden when nothing was told.
  [[nodiscard]] protocol::Cursor cursor_of(ActorId actor) const;

 private:
  void join(const PresenceMessage::Join& join);

  std::map<ActorId, Person> people_;
  std::map<ActorId, protocol::Cursor> cursors_;
};

}  // namespace weft::sim
