// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "util/ids.h"
#include "util/result.h"
#include "util/time.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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

/// The wire's names for them: "active", "left" and so on.
[[nodiscard]] std::string_view name_of(Activity activity);
[[nodiscard]] std::string_view name_of(LeaveReason reason);

enum class PresenceErrc : std::uint8_t {
  too_large,  // the merged presence or the patch is over its bound; nothing was changed
  bad_patch,  // not a map, or its `away` is not a boolean; nothing was changed
};

struct PresenceConfig {
  std::chrono::milliseconds grace = std::chrono::seconds(10);
  std::chrono::milliseconds idle_after = std::chrono::seconds(60);
  /// Bound of one person's merged presence; one patch may have twice that (R8).
  std::size_t bytes_max = std::size_t{4} * 1024;
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

/// Who is in one room and what they show of themselves. Lives on the room's home shard. Changes
/// gather until append_changes, so that each tick sends one message; a person who comes and goes in
/// between is never seen. docs/spec/presence.md has the rules.
class PresenceRoom {
 public:
  explicit PresenceRoom(const PresenceConfig& config);

  /// A session with a new actor number. A presence that is too large or odd is refused and nobody
  /// has joined. Empty bytes are an empty presence.
  [[nodiscard]] Result<void, PresenceErrc> join(ActorId actor, const ClientId& client, User user,
                                                ByteView presence, Instant now);
  /// The actor that `client` of `user` holds here, connected or within its grace period; the newest
  /// of several.
  [[nodiscard]] std::optional<ActorId> actor_of(const ClientId& client, const UserId& user) const;
  /// A session takes over an actor that is here already, connected or in grace: nobody sees a leave
  /// or a join, only what differs. `presence` is a patch, or empty. Connecting is no input:
  /// activity stays (R14). Requires: the actor is here.
  [[nodiscard]] Result<void, PresenceErrc> rejoin(ActorId actor, User user, ByteView presence,
                                                  Instant now);

  /// Counts as input. Requires: the actor is here.
  [[nodiscard]] Result<void, PresenceErrc> patch(ActorId actor, ByteView patch, Instant now);
  /// Any input that a person gave: cursor, push, event, presence. Constant time; like note_lost and
  /// leave it does nothing for somebody who is not here.
  void note_input(ActorId actor, Instant now);
  /// The link broke: the grace period begins. For the session that holds the actor, not one that
  /// was taken over.
  void note_lost(ActorId actor, Instant now);
  void leave(ActorId actor, LeaveReason reason);

  /// Lets idle times and grace periods come to pass.
  void advance(Instant now);
  /// When advance has something to do next; may be early, is never late.
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  [[nodiscard]] bool has_changes() const { return !untold_.empty(); }
  /// Appends one presence message with all changes since the last call. Requires: has_changes().
  void append_changes(Bytes& out);
  /// Appends one presence message with everyone as a join, for somebody who has just arrived:
  /// everyone as of the last append_changes. What changed since, the newcomer's own join included,
  /// comes with the next append_changes, which the newcomer must get as well (R1). Encoded once
  /// between two append_changes.
  void append_everyone(Bytes& out) const;

  /// Those who left since the last call. Grows until it is called: call it after advance and leave,
  /// also when has_changes() is false.
  [[nodiscard]] std::vector<Departed> take_departed();
  /// Here, or within the grace period.
  [[nodiscard]] bool is_here(ActorId actor) const { return people_.contains(actor); }
  /// People here, those in grace included.
  [[nodiscard]] std::size_t size() const { return people_.size(); }

 private:
  /// What others see of a person.
  struct Shown {
    User user;
    Bytes presence;  // raw map, keys in byte order
    Activity activity = Activity::active;
    bool operator==(const Shown&) const = default;
  };
  struct Person {
    ClientId client;
    Shown shown;
    bool away = false;
    Instant last_input{};
    std::optional<Instant> lost_at;
  };
  /// A person as everyone last heard of them; nothing when nobody has.
  struct Untold {
    std::optional<Shown> told;
    LeaveReason reason = LeaveReason::left;  // when the person is gone
  };
  struct Draft;

  [[nodiscard]] Result<Draft, PresenceErrc> draft(ByteView presence, ByteView patch) const;
  void apply(ActorId actor, Person& person, User user, Draft draft, Instant now);
  void show(ActorId actor, Person& person, Shown shown);
  void wake_by(Instant at);
  [[nodiscard]] Activity activity_at(const Person& person, Instant now) const;

  PresenceConfig config_;
  std::unordered_map<ActorId, Person> people_;
  // Holds exactly the actors that differ from what everyone was told; in actor order, so that equal
  // histories make equal bytes.
  std::map<ActorId, Untold> untold_;
  std::vector<Departed> departed_;
  // At or before the first moment that advance would change something.
  std::optional<Instant> deadline_;
  // The encoded message of append_everyone; empty when out of date.
  mutable Bytes everyone_;
};

}  // namespace weft::presence
