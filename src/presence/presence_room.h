// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "presence/wake_queue.h"
#include "util/bytes.h"
#include "util/ids.h"
#include "util/result.h"
#include "util/time.h"

#include <boost/container/deque.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
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

/// One instance as presence knows it.
using InstanceId = NumberId<struct InstanceTag>;

/// How good an instance's right to a person is: whoever takes the person over has a better one than
/// whoever was taken over from. 0 is the right of the instance where the person joined.
using Claim = std::uint64_t;

/// The claim of whoever takes somebody over.
[[nodiscard]] Claim taken_over(Claim claim);

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

/// What an instance tells the others of one of its people.
struct Statement {
  ActorId actor;
  Claim claim = 0;
  ClientId client;
  User user;
  ByteView presence;  // raw map; borrowed
  Activity activity = Activity::active;
  bool is_lost = false;  // within its grace period
};

/// Somebody who is not among an instance's people any more.
struct Farewell {
  ActorId actor;
  /// Nothing: another instance has taken the person over, and tells of it itself.
  std::optional<LeaveReason> reason;
};

/// A person of this instance who has just been taken over: whoever has a session as this actor here
/// is to be ended.
struct Ousted {
  ActorId actor;
  /// Two instances let the client in without knowing of each other. Nobody can say which came last,
  /// so the session may come back.
  bool is_dispute = false;
};

/// People that other instances may tell of, in one room; more are not believed.
inline constexpr std::size_t kPeopleMax = 100'000;
/// Somebody whom their instance does not name any more without having said goodbye has been taken
/// over, or their goodbye was lost: so long another instance may tell of them.
inline constexpr std::chrono::milliseconds kDoubtTime{2'000};
/// What is remembered of people who were taken over and have gone, so that what an earlier instance
/// still says of them is known to be old.
inline constexpr std::size_t kGoneMax = 4'096;
inline constexpr std::chrono::seconds kGoneTime{60};

/// Who is in one room and what they show of themselves. Lives on the room's home shard. Changes
/// gather until append_changes, so that each tick sends one message; a person who comes and goes in
/// between is never seen. People who live on other instances are known by what those say of them.
/// docs/spec/presence.md has the rules.
class PresenceRoom {
 public:
  /// `self`: this instance among those that share the canvas.
  explicit PresenceRoom(const PresenceConfig& config, InstanceId self = {});

  /// A session with a new actor number. A presence that is too large or odd is refused and nobody
  /// has joined. Empty bytes are an empty presence.
  [[nodiscard]] Result<void, PresenceErrc> join(ActorId actor, const ClientId& client, User user,
                                                ByteView presence, Instant now);
  /// The actor that `client` of `user` holds here, connected or within its grace period; the newest
  /// of several.
  [[nodiscard]] std::optional<ActorId> actor_of(const ClientId& client, const UserId& user) const;
  /// A session takes over an actor that is here already, connected or in grace: nobody sees a leave
  /// or a join, only what differs. `presence` is a patch, or empty. Connecting is no input:
  /// activity stays (R14). Somebody who lived on another instance lives here from now on (R20).
  /// Requires: the actor is here.
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

  // What other instances say

  /// `speaker` tells of one of its people. Whoever of this instance's people has to give way is
  /// appended to `ousted`. False when the statement is not well formed.
  bool hear(InstanceId speaker, const Statement& said, Instant now, std::vector<Ousted>& ousted);
  void hear_farewell(InstanceId speaker, const Farewell& said, Instant now);
  /// `speaker` has told of all its people; whoever of them is not in `actors`, which is sorted, is
  /// in doubt, and leaves unless another instance tells of them (R22).
  void hear_all(InstanceId speaker, const std::vector<ActorId>& actors, Instant now);
  /// The instance has died: its people leave as lost.
  void hear_death(InstanceId instance);
  /// The instance is being stopped: its people are this one's from now on, in their grace period,
  /// until they come back, here or elsewhere (R23).
  void adopt_people_of(InstanceId instance, Instant now);

  // What to tell them

  [[nodiscard]] bool has_untold_others() const { return !unpublished_.empty(); }
  /// Calls `tell(const Statement&)` or `tell(const Farewell&)` for each of this instance's people
  /// who changed since the last call of this or of publish_everyone.
  template <class Tell>
  void publish_changes(Tell tell) {
    for (const auto& [actor, farewell] : unpublished_) {
      if (farewell) {
        tell(*farewell);
      } else {
        tell(statement_of(actor));
      }
    }
    unpublished_.clear();
  }
  /// Calls `tell(const Statement&)` for each of this instance's people, and before that
  /// `tell(const Farewell&)` for those that publish_changes would have told.
  template <class Tell>
  void publish_everyone(Tell tell) {
    for (const auto& [actor, farewell] : unpublished_) {
      if (farewell) tell(*farewell);
    }
    for (const auto& [actor, person] : people_) {
      if (is_own(person)) tell(statement_of(actor));
    }
    unpublished_.clear();
  }
  /// Whether there are other instances to tell. While there are none, changes are not kept for
  /// them; whoever comes is told everything (publish_everyone). At first there are.
  void set_has_peers(bool has_peers) {
    has_peers_ = has_peers;
    if (!has_peers_) unpublished_.clear();
  }

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

  /// Those who left since the last call, of this instance or of one that died. Grows until it is
  /// called: call it after advance and leave, also when has_changes() is false.
  [[nodiscard]] std::vector<Departed> take_departed();
  /// Here, or within the grace period; on whatever instance.
  [[nodiscard]] bool is_here(ActorId actor) const { return people_.contains(actor); }
  /// Here, and on another instance.
  [[nodiscard]] bool is_elsewhere(ActorId actor) const;
  /// Here, and on that instance.
  [[nodiscard]] bool is_of(ActorId actor, InstanceId instance) const;
  /// People here, those in grace and those of other instances included.
  [[nodiscard]] std::size_t size() const { return people_.size(); }
  /// Those of this instance.
  [[nodiscard]] std::size_t own_size() const { return own_size_; }
  /// Those who have left since the last call; some may be here again.
  [[nodiscard]] std::vector<ActorId> take_left() { return std::exchange(left_, {}); }

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
    InstanceId owner;
    Claim claim = 0;
    // Of this instance's people:
    bool away = false;
    Instant last_input{};
    std::optional<Instant> lost_at;
    Instant wake_at = Instant::max();  // the earliest as which it stands in wakes_
    // Of the others':
    bool is_lost = false;                  // at their instance
    std::optional<Instant> doubted_until;  // then they leave
  };
  /// A person as everyone last heard of them; nothing when nobody has.
  struct Untold {
    std::optional<Shown> told;
    LeaveReason reason = LeaveReason::left;  // when the person is gone
  };
  struct Draft;
  using People = std::unordered_map<ActorId, Person>;
  /// A person who has gone and had been taken over: by whom.
  struct Gone {
    Claim claim = 0;
    InstanceId owner;
  };

  [[nodiscard]] Result<Draft, PresenceErrc> draft(ByteView presence, ByteView patch) const;
  void apply(ActorId actor, Person& person, User user, Draft draft, Instant now);
  void show(ActorId actor, Person& person, Shown shown);
  /// Has the person looked at by then: see look_at.
  void wake_by(ActorId actor, Person& person, Instant at);
  void forget_stale_wakes();
  enum class End : std::uint8_t { none, expired, unclaimed };
  [[nodiscard]] End look_at(ActorId actor, Person& person, Instant now);
  [[nodiscard]] Activity activity_at(const Person& person, Instant now) const;

  [[nodiscard]] bool is_own(const Person& person) const { return person.owner == self_; }
  [[nodiscard]] Statement statement_of(ActorId actor) const;
  Person& add(ActorId actor, const ClientId& client, InstanceId owner);
  void remove(People::iterator at, LeaveReason reason);
  void note_shown(ActorId actor, const Shown& shown);
  void make_own(ActorId actor, Person& person, Claim claim, Instant now);
  void note_unpublished(ActorId actor) {
    if (has_peers_) unpublished_[actor].reset();
  }
  void note_unpublished(const Farewell& farewell) {
    if (has_peers_) unpublished_[farewell.actor] = farewell;
  }
  /// Whether this instance's person goes to the speaker.
  [[nodiscard]] bool loses_to(const Person& person, InstanceId speaker,
                              const Statement& said) const;
  void give_up(ActorId actor, Person& person, const Statement& said, std::vector<Ousted>& ousted);
  void resolve_doubles(ActorId actor, std::vector<Ousted>& ousted);
  [[nodiscard]] bool is_outdated(InstanceId speaker, const Statement& said) const;
  void note_gone(ActorId actor, const Person& person);
  void doubt(ActorId actor, Person& person, Instant now);

  PresenceConfig config_;
  InstanceId self_;
  People people_;
  std::unordered_multimap<ClientId, ActorId> by_client_;
  std::size_t own_size_ = 0;
  std::vector<ActorId> left_;
  // This instance's people who differ from what the others were told; those with a farewell are not
  // this instance's any more.
  std::map<ActorId, std::optional<Farewell>> unpublished_;
  bool has_peers_ = true;
  std::unordered_map<ActorId, Gone> gone_;
  boost::container::deque<std::pair<Instant, ActorId>> gone_order_;  // the oldest first
  Instant now_{};  // of the last call that had one
  // Holds exactly the actors that differ from what everyone was told; in actor order, so that equal
  // histories make equal bytes.
  std::map<ActorId, Untold> untold_;
  std::vector<Departed> departed_;
  /// At or before each moment at which advance would change something about somebody.
  WakeQueue wakes_;
  // The encoded message of append_everyone; empty when out of date.
  mutable Bytes everyone_;
};

}  // namespace weft::presence
