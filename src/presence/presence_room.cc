// SPDX-License-Identifier: Apache-2.0
#include "presence/presence_room.h"

#include "presence/presence_map.h"
#include "protocol/messages.h"
#include "protocol/msgpack.h"

#include <algorithm>
#include <cassert>
#include <deque>
#include <utility>

namespace weft::presence {
namespace {

/// Reserved: the page's own word on whether it is hidden, never part of the stored presence (R9).
constexpr std::string_view kAwayKey = "away";

protocol::UserInfo user_info(const User& user) {
  return {.id = user.id, .name = user.name, .color = user.color, .avatar = user.avatar};
}

}  // namespace

std::string_view name_of(Activity activity) {
  switch (activity) {
    case Activity::active:
      return "active";
    case Activity::idle:
      return "idle";
    case Activity::away:
      return "away";
  }
  return "active";
}

std::string_view name_of(LeaveReason reason) {
  switch (reason) {
    case LeaveReason::left:
      return "left";
    case LeaveReason::lost:
      return "lost";
    case LeaveReason::kicked:
      return "kicked";
    case LeaveReason::replaced:
      return "replaced";
  }
  return "left";
}

/// A patch that has passed every check and waits to be applied.
struct PresenceRoom::Draft {
  Bytes presence;
  std::optional<bool> away;
};

PresenceRoom::PresenceRoom(const PresenceConfig& config, InstanceId self)
    : config_(config), self_(self) {}

Result<void, PresenceErrc> PresenceRoom::join(ActorId actor, const ClientId& client, User user,
                                              ByteView presence, Instant now) {
  assert(!people_.contains(actor));
  auto drafted = draft({}, presence);
  if (!drafted) return Failure<PresenceErrc>(drafted.error());
  now_ = now;
  Person& person = add(actor, client, self_);
  person.last_input = now;
  person.away = drafted->away.value_or(false);
  person.shown = {.user = std::move(user),
                  .presence = std::move(drafted->presence),
                  .activity = activity_at(person, now)};
  untold_.try_emplace(actor);
  note_unpublished(actor);
  if (!person.away) wake_by(actor, person, now + config_.idle_after);
  return {};
}

PresenceRoom::Person& PresenceRoom::add(ActorId actor, const ClientId& client, InstanceId owner) {
  Person& person = people_[actor];
  person.client = client;
  person.owner = owner;
  by_client_.emplace(client, actor);
  if (is_own(person)) ++own_size_;
  return person;
}

std::optional<ActorId> PresenceRoom::actor_of(const ClientId& client, const UserId& user) const {
  std::optional<ActorId> newest;
  const auto [begin, end] = by_client_.equal_range(client);
  for (auto at = begin; at != end; ++at) {
    const ActorId actor = at->second;
    if (people_.at(actor).shown.user.id == user && (!newest || *newest < actor)) newest = actor;
  }
  return newest;
}

bool PresenceRoom::is_elsewhere(ActorId actor) const {
  return is_here(actor) && !is_of(actor, self_);
}

bool PresenceRoom::is_of(ActorId actor, InstanceId instance) const {
  const auto found = people_.find(actor);
  return found != people_.end() && found->second.owner == instance;
}

Result<void, PresenceErrc> PresenceRoom::rejoin(ActorId actor, User user, ByteView presence,
                                                Instant now) {
  const auto found = people_.find(actor);
  assert(found != people_.end());
  Person& person = found->second;
  auto drafted = draft(person.shown.presence, presence);
  if (!drafted) return Failure<PresenceErrc>(drafted.error());
  now_ = now;
  if (!is_own(person)) {
    make_own(actor, person, taken_over(person.claim), now);
  } else if (person.lost_at) {
    person.lost_at.reset();
    note_unpublished(actor);
  }
  apply(actor, person, std::move(user), std::move(*drafted), now);
  return {};
}

Result<void, PresenceErrc> PresenceRoom::patch(ActorId actor, ByteView patch, Instant now) {
  const auto found = people_.find(actor);
  assert(found != people_.end());
  Person& person = found->second;
  auto drafted = draft(person.shown.presence, patch);
  if (!drafted) return Failure<PresenceErrc>(drafted.error());
  person.last_input = now;
  apply(actor, person, person.shown.user, std::move(*drafted), now);
  return {};
}

void PresenceRoom::note_input(ActorId actor, Instant now) {
  const auto found = people_.find(actor);
  if (found == people_.end() || !is_own(found->second)) return;
  Person& person = found->second;
  person.last_input = now;
  if (person.shown.activity != Activity::idle) return;
  Shown shown = person.shown;
  shown.activity = Activity::active;
  show(actor, person, std::move(shown));
}

void PresenceRoom::note_lost(ActorId actor, Instant now) {
  const auto found = people_.find(actor);
  if (found == people_.end() || !is_own(found->second) || found->second.lost_at) return;
  found->second.lost_at = now;
  note_unpublished(actor);
  wake_by(actor, found->second, now + config_.grace);
}

void PresenceRoom::leave(ActorId actor, LeaveReason reason) {
  const auto found = people_.find(actor);
  if (found == people_.end() || !is_own(found->second)) return;
  departed_.push_back({.user = found->second.shown.user, .presence = found->second.shown.presence});
  note_unpublished(Farewell{actor, reason});
  remove(found, reason);
}

void PresenceRoom::remove(People::iterator at, LeaveReason reason) {
  const ActorId actor = at->first;
  Person& person = at->second;
  note_gone(actor, person);
  const auto [untold, first] = untold_.try_emplace(actor);
  if (first) untold->second.told = std::move(person.shown);
  untold->second.reason = reason;
  if (!untold->second.told) untold_.erase(untold);  // R5
  const auto [begin, end] = by_client_.equal_range(person.client);
  by_client_.erase(std::find_if(begin, end, [&](const auto& one) { return one.second == actor; }));
  if (is_own(person)) --own_size_;
  left_.push_back(actor);
  people_.erase(at);
  if (people_.empty()) wakes_.clear();
}

void PresenceRoom::advance(Instant now) {
  std::vector<ActorId> expired;
  std::vector<ActorId> unclaimed;
  while (const auto wake = wakes_.take(now)) {
    now_ = now;
    const auto found = people_.find(wake->actor);
    if (found == people_.end() || found->second.wake_at != wake->at) continue;
    switch (look_at(wake->actor, found->second, now)) {
      case End::none:
        break;
      case End::expired:
        expired.push_back(wake->actor);
        break;
      case End::unclaimed:
        unclaimed.push_back(wake->actor);
        break;
    }
  }
  std::ranges::sort(expired);
  for (const ActorId actor : expired) leave(actor, LeaveReason::lost);
  for (const ActorId actor : unclaimed) remove(people_.find(actor), LeaveReason::left);
}

/// Lets one person's times come to pass, and says when to look again. Whoever has to go is left to
/// the caller.
PresenceRoom::End PresenceRoom::look_at(ActorId actor, Person& person, Instant now) {
  person.wake_at = Instant::max();
  if (!is_own(person)) {
    if (!person.doubted_until) return End::none;
    if (now >= *person.doubted_until) return End::unclaimed;
    wake_by(actor, person, *person.doubted_until);
    return End::none;
  }
  if (person.lost_at) {
    if (now - *person.lost_at >= config_.grace) return End::expired;
    wake_by(actor, person, *person.lost_at + config_.grace);
  }
  if (person.shown.activity != Activity::active) return End::none;
  if (activity_at(person, now) == Activity::active) {
    wake_by(actor, person, person.last_input + config_.idle_after);
  } else {
    Shown shown = person.shown;
    shown.activity = Activity::idle;
    show(actor, person, std::move(shown));
  }
  return End::none;
}

std::optional<Instant> PresenceRoom::next_deadline() const {
  return wakes_.first();
}

void PresenceRoom::append_changes(Bytes& out) {
  assert(has_changes());
  protocol::PresenceBatch batch;
  std::deque<Bytes> patches;  // what the batch's views of updates point into
  for (const auto& [actor, untold] : untold_) {
    const auto found = people_.find(actor);
    if (found == people_.end()) {
      batch.leaves.push_back({.actor = actor, .reason = name_of(untold.reason)});
      continue;
    }
    const Shown& shown = found->second.shown;
    if (!untold.told || untold.told->user != shown.user) {
      batch.joins.push_back({.actor = actor,
                             .user = user_info(shown.user),
                             .presence = shown.presence,
                             .activity = name_of(shown.activity)});
      continue;
    }
    if (untold.told->presence != shown.presence) {
      const auto before = read_entries(untold.told->presence);
      const auto after = read_entries(shown.presence);
      patches.push_back(encode_entries(patch_between(*before, *after)));
      batch.updates.push_back({.actor = actor, .patch = patches.back()});
    }
    if (untold.told->activity != shown.activity) {
      batch.activities.push_back({.actor = actor, .activity = name_of(shown.activity)});
    }
  }
  protocol::append_presence(out, batch);
  untold_.clear();
  everyone_.clear();
}

void PresenceRoom::append_everyone(Bytes& out) const {
  if (everyone_.empty()) {
    std::vector<std::pair<ActorId, const Shown*>> told;
    for (const auto& [actor, person] : people_) {
      if (!untold_.contains(actor)) told.emplace_back(actor, &person.shown);
    }
    for (const auto& [actor, untold] : untold_) {
      if (untold.told) told.emplace_back(actor, &*untold.told);
    }
    std::ranges::sort(told, {}, [](const auto& entry) { return entry.first; });
    protocol::PresenceBatch batch;
    for (const auto& [actor, shown] : told) {
      batch.joins.push_back({.actor = actor,
                             .user = user_info(shown->user),
                             .presence = shown->presence,
                             .activity = name_of(shown->activity)});
    }
    protocol::append_presence(everyone_, batch);
  }
  out.append(everyone_);
}

std::vector<Departed> PresenceRoom::take_departed() {
  return std::exchange(departed_, {});
}

/// Checks `patch` against every bound and lays it over `presence`.
Result<PresenceRoom::Draft, PresenceErrc> PresenceRoom::draft(ByteView presence,
                                                              ByteView patch) const {
  if (patch.size() > 2 * config_.bytes_max) return Failure<PresenceErrc>(PresenceErrc::too_large);
  auto changes = read_entries(patch);
  if (!changes) return Failure<PresenceErrc>(PresenceErrc::bad_patch);
  Draft draft;
  if (const auto away = changes->find(kAwayKey); away != changes->end()) {
    const auto value = protocol::MsgpackReader(away->second).read_bool();
    if (!value) return Failure<PresenceErrc>(PresenceErrc::bad_patch);
    draft.away = *value;
    changes->erase(away);
  }
  auto entries = read_entries(presence);
  assert(entries);
  merge_patch(*entries, *changes);
  draft.presence = encode_entries(*entries);
  if (draft.presence.size() > config_.bytes_max) {
    return Failure<PresenceErrc>(PresenceErrc::too_large);
  }
  return draft;
}

void PresenceRoom::apply(ActorId actor, Person& person, User user, Draft draft, Instant now) {
  if (draft.away) {
    if (person.away && !*draft.away) person.last_input = now;  // R11
    person.away = *draft.away;
  }
  show(actor, person,
       {.user = std::move(user),
        .presence = std::move(draft.presence),
        .activity = activity_at(person, now)});
}

/// Every visible change of a person who is here goes through this, so that untold_ stays exact.
void PresenceRoom::show(ActorId actor, Person& person, Shown shown) {
  if (person.shown == shown) return;
  if (is_own(person)) note_unpublished(actor);
  const auto [untold, first] = untold_.try_emplace(actor);
  std::swap(person.shown, shown);
  if (first) {
    untold->second.told = std::move(shown);
  } else if (untold->second.told == person.shown) {
    untold_.erase(untold);
  }
  if (is_own(person) && person.shown.activity == Activity::active)
    wake_by(actor, person, person.last_input + config_.idle_after);
}

void PresenceRoom::wake_by(ActorId actor, Person& person, Instant at) {
  if (at >= person.wake_at) return;
  person.wake_at = at;
  wakes_.add({at, actor});
  constexpr std::size_t kSlack = 64;
  if (wakes_.size() > 2 * people_.size() + kSlack) forget_stale_wakes();
}

/// Those who have come and gone would stand there until they had become idle.
void PresenceRoom::forget_stale_wakes() {
  wakes_.clear();
  for (const auto& [actor, person] : people_) {
    if (person.wake_at != Instant::max()) wakes_.add({person.wake_at, actor});
  }
}

Activity PresenceRoom::activity_at(const Person& person, Instant now) const {
  if (person.away) return Activity::away;
  return now - person.last_input >= config_.idle_after ? Activity::idle : Activity::active;
}

}  // namespace weft::presence
