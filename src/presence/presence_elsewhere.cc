// SPDX-License-Identifier: Apache-2.0
// People who live on other instances: what those say of them, and who has the better claim.
#include "presence/presence_map.h"
#include "presence/presence_room.h"

#include <algorithm>
#include <utility>

namespace weft::presence {
namespace {

/// Far above what can come to be; leaves room to count on.
constexpr Claim kClaimMax = Claim{1} << 62;

/// The claim of an instance that keeps the place of somebody whose instance is being stopped:
/// better than that instance's, and worse than that of whoever takes the person over.
Claim adopted(Claim claim) {
  return claim + 1;
}

}  // namespace

Claim taken_over(Claim claim) {
  constexpr int kAdoptionBits = 16;
  return ((claim >> kAdoptionBits) + 1) << kAdoptionBits;
}

bool PresenceRoom::hear(InstanceId speaker, const Statement& said, Instant now,
                        std::vector<Ousted>& ousted) {
  now_ = now;
  const auto entries = read_entries(said.presence);
  if (!entries || said.client.empty() || said.claim > kClaimMax || speaker == self_) return false;
  Shown shown{.user = said.user, .presence = encode_entries(*entries), .activity = said.activity};
  auto at = people_.find(said.actor);
  if (at == people_.end()) {
    if (is_outdated(speaker, said) || people_.size() >= kPeopleMax) return true;
    Person& person = add(said.actor, said.client, speaker);
    person.claim = said.claim;
    person.is_lost = said.is_lost;
    person.shown = std::move(shown);
    note_shown(said.actor, person.shown);
    resolve_doubles(said.actor, ousted);
    return true;
  }
  Person& person = at->second;
  if (person.client != said.client) return false;
  if (is_own(person)) {
    if (!loses_to(person, speaker, said)) {
      if (said.claim >= person.claim && said.is_lost && !person.lost_at) {
        // The session here is the one that lives; a better claim makes everybody see that.
        person.claim = taken_over(said.claim);
        note_unpublished(said.actor);
      }
      return true;
    }
    give_up(said.actor, person, said, ousted);
  } else if (std::pair(said.claim, speaker) < std::pair(person.claim, person.owner)) {
    return true;
  }
  person.owner = speaker;
  person.claim = said.claim;
  person.is_lost = said.is_lost;
  person.doubted_until.reset();
  show(said.actor, person, std::move(shown));
  resolve_doubles(said.actor, ousted);
  return true;
}

/// R20. Of two equal claims the connected one is better, then that of the higher instance.
bool PresenceRoom::loses_to(const Person& person, InstanceId speaker, const Statement& said) const {
  const bool is_connected = !person.lost_at;
  if (is_connected && said.is_lost) return false;
  if (!is_connected && !said.is_lost && said.claim == person.claim) return true;
  return std::pair(said.claim, speaker) > std::pair(person.claim, self_);
}

void PresenceRoom::give_up(ActorId actor, Person& person, const Statement& said,
                           std::vector<Ousted>& ousted) {
  if (!person.lost_at) ousted.push_back({actor, said.claim == person.claim});
  person.lost_at.reset();
  --own_size_;
  note_unpublished(Farewell{actor, std::nullopt});
}

/// The same client under two actors: instances that did not know of each other let it in. Each
/// instance looks after its own people (R21).
void PresenceRoom::resolve_doubles(ActorId actor, std::vector<Ousted>& ousted) {
  const Person& heard = people_.at(actor);
  if (heard.is_lost) return;
  std::vector<ActorId> doubles;
  const auto [begin, end] = by_client_.equal_range(heard.client);
  for (auto at = begin; at != end; ++at) {
    const Person& other = people_.at(at->second);
    if (at->second == actor || !is_own(other) || other.shown.user.id != heard.shown.user.id) {
      continue;
    }
    if (other.lost_at || at->second < actor) doubles.push_back(at->second);
  }
  for (const ActorId one : doubles) {
    if (!people_.at(one).lost_at) ousted.push_back({one, true});
    leave(one, LeaveReason::replaced);
  }
}

void PresenceRoom::hear_farewell(InstanceId speaker, const Farewell& said, Instant now) {
  now_ = now;
  const auto at = people_.find(said.actor);
  if (at == people_.end() || at->second.owner != speaker || speaker == self_) return;
  if (said.reason) {
    remove(at, *said.reason);
  } else {
    doubt(at->first, at->second, now);
  }
}

void PresenceRoom::hear_all(InstanceId speaker, const std::vector<ActorId>& actors, Instant now) {
  if (speaker == self_) return;
  for (auto& [actor, person] : people_) {
    if (person.owner == speaker && !std::ranges::binary_search(actors, actor))
      doubt(actor, person, now);
  }
}

void PresenceRoom::hear_death(InstanceId instance) {
  if (instance == self_) return;
  std::vector<ActorId> lost;
  for (const auto& [actor, person] : people_) {
    if (person.owner == instance) lost.push_back(actor);
  }
  std::ranges::sort(lost);
  for (const ActorId actor : lost) {
    const auto at = people_.find(actor);
    departed_.push_back({.user = at->second.shown.user, .presence = at->second.shown.presence});
    remove(at, LeaveReason::lost);
  }
}

void PresenceRoom::adopt_people_of(InstanceId instance, Instant now) {
  if (instance == self_) return;
  now_ = now;
  for (auto& [actor, person] : people_) {
    if (person.owner != instance) continue;
    make_own(actor, person, adopted(person.claim), now);
    person.lost_at = now;
    wake_by(actor, person, now + config_.grace);
  }
}

void PresenceRoom::make_own(ActorId actor, Person& person, Claim claim, Instant now) {
  person.owner = self_;
  person.claim = claim;
  person.is_lost = false;
  person.doubted_until.reset();
  person.lost_at.reset();
  person.away = person.shown.activity == Activity::away;
  person.last_input = person.shown.activity == Activity::idle ? now - config_.idle_after : now;
  ++own_size_;
  note_unpublished(actor);
  if (person.shown.activity == Activity::active) {
    wake_by(actor, person, now + config_.idle_after);
  }
}

void PresenceRoom::doubt(ActorId actor, Person& person, Instant now) {
  if (person.doubted_until) return;
  person.doubted_until = now + kDoubtTime;
  wake_by(actor, person, *person.doubted_until);
}

Statement PresenceRoom::statement_of(ActorId actor) const {
  const Person& person = people_.at(actor);
  return {.actor = actor,
          .claim = person.claim,
          .client = person.client,
          .user = person.shown.user,
          .presence = person.shown.presence,
          .activity = person.shown.activity,
          .is_lost = person.lost_at.has_value()};
}

bool PresenceRoom::is_outdated(InstanceId speaker, const Statement& said) const {
  const auto gone = gone_.find(said.actor);
  return gone != gone_.end() &&
         std::pair(said.claim, speaker) < std::pair(gone->second.claim, gone->second.owner);
}

/// Who was never taken over has no older claim that could be told.
void PresenceRoom::note_gone(ActorId actor, const Person& person) {
  if (person.claim == 0) return;
  while (!gone_order_.empty() &&
         (gone_order_.size() >= kGoneMax || now_ - gone_order_.front().first >= kGoneTime)) {
    gone_.erase(gone_order_.front().second);
    gone_order_.pop_front();
  }
  if (gone_.insert_or_assign(actor, Gone{person.claim, person.owner}).second) {
    gone_order_.emplace_back(now_, actor);
  }
}

/// Somebody is shown who was not there a moment ago. Who left since the last batch and is back
/// already has never been away for the others.
void PresenceRoom::note_shown(ActorId actor, const Shown& shown) {
  const auto [untold, first] = untold_.try_emplace(actor);
  if (!first && untold->second.told == shown) untold_.erase(untold);
}

}  // namespace weft::presence
