// SPDX-License-Identifier: Apache-2.0
#include "sim/people.h"

#include "presence/presence_map.h"
#include "sim/complaint.h"

#include <set>

namespace weft::sim {

namespace {

std::string of(ActorId actor) {
  return " of actor " + std::to_string(actor.value);
}

}  // namespace

void merge_patch(std::map<std::string, Bytes>& presence, ByteView patch) {
  const auto entries = presence::read_entries(patch);
  if (!entries) complain("a presence is not a map");
  for (const auto& [key, value] : *entries) {
    if (presence::is_nil(value)) {
      presence.erase(std::string(key));
    } else {
      presence[std::string(key)] = value;
    }
  }
}

void People::begin(const PresenceMessage& everyone) {
  if (!everyone.updates.empty() || !everyone.activities.empty() || !everyone.leaves.empty()) {
    complain("the first presence message has more than joins (R1)");
  }
  people_.clear();
  cursors_.clear();
  for (const auto& one : everyone.joins) join(one);
}

void People::join(const PresenceMessage::Join& join) {
  Person person{join.user, {}, std::string(join.activity)};
  merge_patch(person.presence, join.presence);
  const auto known = people_.find(join.actor);
  if (known != people_.end() && known->second.user == join.user) {
    complain("a join" + of(join.actor) + ", who is here as the same user (R14)");
  }
  people_[join.actor] = std::move(person);
}

void People::apply(const PresenceMessage& changes) {
  std::set<ActorId> joined;
  for (const auto& one : changes.joins) {
    if (!joined.insert(one.actor).second) complain("two joins in one batch" + of(one.actor));
    join(one);
  }
  for (const auto& [actor, patch] : changes.updates) {
    const auto known = people_.find(actor);
    if (known == people_.end()) complain("an update" + of(actor) + ", who is not here (R7)");
    merge_patch(known->second.presence, patch);
  }
  for (const auto& [actor, word] : changes.activities) {
    const auto known = people_.find(actor);
    if (known == people_.end()) complain("an activity" + of(actor) + ", who is not here (R7)");
    known->second.activity = word;
  }
  for (const auto& [actor, word] : changes.leaves) {
    if (joined.contains(actor)) complain("join and leave in one batch" + of(actor) + " (R7)");
    if (people_.erase(actor) == 0) complain("a leave" + of(actor) + ", who is not here (R7)");
    cursors_.erase(actor);
  }
}

void People::apply(const CursorsMessage& cursors) {
  for (const auto& [actor, cursor] : cursors.entries) {
    if (people_.contains(actor)) cursors_[actor] = cursor;
  }
}

protocol::Cursor People::cursor_of(ActorId actor) const {
  const auto found = cursors_.find(actor);
  return found == cursors_.end() ? protocol::Cursor{.hidden = true} : found->second;
}

}  // namespace weft::sim
