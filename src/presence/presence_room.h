// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/messages.h"
#include "util/bytes.h"
#include "util/ids.h"
#include "util/result.h"
#include "util/time.h"

namespace weft::presence {

enum class Activity : std::uint8_t {
  active,  // gave input lately
  idle,    // gave none for PresenceConfig::idle_after
  away,    // said that its page is hidden
};

enum class LeaveReason : std::uint8_t {
  left,      // closed cleanly
  lost,      // the link broke and the client did not return within the grace period
  kicked,    // removed by an administrator or for breaking the protocol
  replaced,  // a newer session of the same client took over under another actor
};

enum class PresenceErrc : std::uint8_t {
  too_large,  // the merged presence would pass bytes_max; nothing was changed
  bad_patch,  // `away` is not a boolean
};

struct PresenceConfig {
  std::chrono::milliseconds grace = std::chrono::seconds(10);
  std::chrono::milliseconds idle_after = std::chrono::seconds(60);
  std::size_t bytes_max = 4 * 1024;
};

/// Who somebody is, by their token; presence cannot overwrite it.
struct User {
  UserId id;
  std::string name;
  std::string color;
  std::string avatar;
  bool operator==(const User&) const = default;
};

/// Somebody who has just gone: what is kept at rest when presence.persist is on.
struct Departed {
  User user;
  Bytes presence;  // raw map
};

/// Who is in one room and what they show of themselves. Lives on the room's home shard. Changes gather until
/// append_changes, so that each tick sends one message; a person who comes and goes in between is never seen.
class PresenceRoom {
 public:
  explicit PresenceRoom(const PresenceConfig& config);
  ~PresenceRoom();

  /// A session with a new actor number. A presence that is too large or odd is refused and nobody has joined.
  [[nodiscard]] Result<void, PresenceErrc> join(ActorId actor, const ClientId& client, User user,
                                                ByteView presence, Instant now);
  /// The actor that `client` of `user` holds here, connected or within its grace period.
  [[nodiscard]] std::optional<ActorId> actor_of(const ClientId& client, const UserId& user) const;
  /// A session takes over an actor that is here already, connected or in grace: nobody sees a leave or a join,
  /// only what differs. `presence` is a patch.
  [[nodiscard]] Result<void, PresenceErrc> rejoin(ActorId actor, User user, ByteView presence, Instant now);

  [[nodiscard]] Result<void, PresenceErrc> patch(ActorId actor, ByteView patch, Instant now);
  /// Any input that a person gave: cursor, push, event, presence.
  void note_input(ActorId actor, Instant now);
  /// The link broke: the grace period begins.
  void note_lost(ActorId actor, Instant now);
  void leave(ActorId actor, LeaveReason reason);

  /// Lets idle times and grace periods come to pass.
  void advance(Instant now);
  /// When advance has something to do next; may be early, is never late.
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  [[nodiscard]] bool has_changes() const;
  /// Appends one presence message with all changes since the last call. Requires: has_changes().
  void append_changes(Bytes& out);
  /// Appends one presence message with everyone as a join, for somebody who has just arrived.
  void append_everyone(Bytes& out) const;

  /// Those who left since the last call.
  [[nodiscard]] std::vector<Departed> take_departed();
  /// People here, those in grace included.
  [[nodiscard]] std::size_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weft::presence
