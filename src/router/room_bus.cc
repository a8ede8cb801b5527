// SPDX-License-Identifier: Apache-2.0
// How a room takes part in a canvas that other instances show too.
#include "router/kept.h"
#include "router/room.h"

#include <algorithm>
#include <utility>

namespace weft::router {

using presence::InstanceId;
using protocol::CloseCode;

namespace {

// A peer answers at its next tick. One that does not is on its way out, and nobody should wait for
// it longer than a person notices.
constexpr std::chrono::milliseconds kHearingMax{250};

InstanceId instance_of(bus::PeerId peer) {
  return {peer.value};
}

}  // namespace

/// Nobody comes without a word of the bus (bus_ready, bus_peer_asks), so a room without peers need
/// not ask.
void Room::look_for_peers() {
  const bool had_peers = std::exchange(has_peers_, bus_.has_peers(canvas_));
  presence_.set_has_peers(has_peers_);
  if (had_peers && !has_peers_) forget_unpublished();
}

void Room::bus_ready(const CanvasId&) {
  host_.room_changed(*this);
  look_for_peers();
  if (std::exchange(has_bus_, true)) {
    owes_everything_ = has_peers_;  // the link was broken: who knows what the others have missed
  } else if (has_peers_) {
    // Who arrives first shall find who is here, and keep an actor that it has elsewhere (I3).
    hearing_ = Hearing::begins;
  }
}

void Room::hear_peers(Instant now) {
  if (hearing_ == Hearing::begins) {
    hearing_ = Hearing::goes_on;
    hearing_until_ = now + kHearingMax;
  }
  if (hearing_ == Hearing::goes_on &&
      (now >= hearing_until_ || full_tellers_.size() >= bus_.peer_count(canvas_))) {
    hearing_ = Hearing::over;
  }
}

void Room::bus_peer_asks(const CanvasId&, bus::PeerId) {
  host_.room_changed(*this);
  look_for_peers();
  owes_everything_ = has_peers_;
}

void Room::bus_received(const CanvasId&, bus::PeerId peer, ByteView batch) {
  host_.room_changed(*this);
  bus_words_.push_back({peer, std::nullopt, bus_bytes_.size(), batch.size()});
  bus_bytes_ += batch;
}

void Room::bus_peer_gone(const CanvasId&, bus::PeerId peer, bus::PeerEnd how) {
  host_.room_changed(*this);
  look_for_peers();
  bus_words_.push_back({.peer = peer, .end = how});
}

void Room::take_in_words() {
  if (bus_words_.empty()) return;
  for (const BusWord& word : bus_words_) take_in(word);
  clear_kept(bus_words_);
  clear_kept(bus_bytes_);
  clear_kept(named_);
  heard_.clear();
}

void Room::take_in(const BusWord& word) {
  if (word.end) {
    std::erase(full_tellers_, word.peer);
    take_leave_of(word.peer, *word.end);
    return;
  }
  if (!decode_bridge_batch(ByteView(bus_bytes_).substr(word.batch_begin, word.batch_size),
                           heard_)) {
    if (!std::exchange(told_of_bad_batch_, true)) {
      effects_.notices.push_back("canvas " + canvas_ +
                                 ": what another instance published cannot be read; is it of "
                                 "another version?");
    }
    return;
  }
  hear(word.peer, heard_);
  if (heard_.is_full && state_ == State::opening &&
      std::ranges::find(full_tellers_, word.peer) == full_tellers_.end()) {
    full_tellers_.push_back(word.peer);
  }
}

void Room::hear(bus::PeerId peer, const BridgeBatch& batch) {
  const InstanceId speaker = instance_of(peer);
  const Instant now = now_.mono;
  named_.clear();
  for (const presence::Statement& person : batch.people) {
    named_.push_back(person.actor);
    static_cast<void>(presence_.hear(speaker, person, now, ousted_));
    if (person.is_lost && presence_.is_elsewhere(person.actor)) hide_cursor(person.actor);
  }
  named_.insert(named_.end(), batch.named.begin(), batch.named.end());
  end_ousted();
  if (batch.is_full) {
    std::ranges::sort(named_);
    presence_.hear_all(speaker, named_, now);
    hide_unnamed_cursors(speaker, batch);
  }
  for (const BridgeBatch::Cursor& cursor : batch.cursors) hear_cursor(cursor);
  for (const BridgeBatch::Event& event : batch.events) {
    // Until the room is open there is nobody to tell, and no tick that would empty outgoing_.
    if (state_ != State::open || !presence_.is_elsewhere(event.actor)) continue;
    outgoing_.begin(SessionId{});
    protocol::append_event(outgoing_.bytes(), event.actor, event.name, event.payload);
    outgoing_.end_shared();
  }
  for (const presence::Farewell& farewell : batch.farewells) {
    presence_.hear_farewell(speaker, farewell, now);
  }
}

void Room::hear_cursor(const BridgeBatch::Cursor& heard) {
  if (!presence_.is_elsewhere(heard.actor)) return;
  auto at = absent_cursors_.find(heard.actor);
  if (at == absent_cursors_.end()) {
    if (heard.cursor.hidden) return;
    at = absent_cursors_.emplace(heard.actor, cursors_.add(heard.actor)).first;
  }
  cursors_.move(at->second, heard.cursor);
}

void Room::hide_unnamed_cursors(InstanceId speaker, const BridgeBatch& full) {
  named_.clear();
  for (const BridgeBatch::Cursor& cursor : full.cursors) named_.push_back(cursor.actor);
  std::ranges::sort(named_);
  for (const auto& [actor, slot] : absent_cursors_) {
    if (presence_.is_of(actor, speaker) && !std::ranges::binary_search(named_, actor)) {
      cursors_.move(slot, {.hidden = true});
    }
  }
}

void Room::hide_cursor(ActorId actor) {
  const auto at = absent_cursors_.find(actor);
  if (at != absent_cursors_.end()) cursors_.move(at->second, {.hidden = true});
}

/// People of this instance who live on another one from now on, or who gave way to another actor of
/// the same client. Their sessions here are over.
void Room::end_ousted() {
  for (const presence::Ousted& ousted : std::exchange(ousted_, {})) {
    const auto at = place_of(ousted.actor);
    if (at == members_.end() || (*at)->actor != ousted.actor) continue;
    const SessionId session = (*at)->session;
    absent_cursors_.emplace(ousted.actor, (*at)->cursor);
    remove_member(at);
    set_tick();
    if (ousted.is_dispute) {
      host_.session_ended(session, CloseCode::internal,
                          "this client was let in twice at the same time; come again");
    } else {
      host_.session_ended(session, CloseCode::replaced, "a newer session of this client took over");
    }
  }
}

void Room::take_leave_of(bus::PeerId peer, bus::PeerEnd how) {
  const InstanceId instance = instance_of(peer);
  switch (how) {
    case bus::PeerEnd::left:
      presence_.hear_all(instance, {}, now_.mono);
      return;
    case bus::PeerEnd::draining:
      for (const auto& [actor, slot] : absent_cursors_) {
        if (presence_.is_of(actor, instance)) cursors_.move(slot, {.hidden = true});
      }
      presence_.adopt_people_of(instance, now_.mono);
      return;
    case bus::PeerEnd::dead:
      presence_.hear_death(instance);
      return;
  }
}

bool Room::has_unpublished() const {
  return has_peers_ && has_bus_ && is_subscribed_ &&
         (owes_everything_ || !moved_.empty() || !bridge_.is_empty() ||
          presence_.has_untold_others());
}

void Room::forget_unpublished() {
  for (Member* member : moved_) member->has_moved = false;
  moved_.clear();
  bridge_.clear();
  owes_everything_ = false;
}

/// At most one batch a tick, unless it has to be in pieces; encoded once.
void Room::publish() {
  look_for_peers();
  if (!has_peers_) return;
  const auto add_cursor = [this](const Member& member, bool with_hidden) {
    const protocol::Cursor& cursor = cursors_.at(member.cursor);
    if (with_hidden || !cursor.hidden) bridge_.add_cursor(member.actor, cursor);
  };
  struct {
    BridgeWriter& bridge;
    void operator()(const presence::Statement& said) const { bridge.add_person(said); }
    void operator()(const presence::Farewell& said) const { bridge.add_farewell(said); }
  } const tell{bridge_};
  if (owes_everything_) {
    for (const auto& member : members_) add_cursor(*member, false);
    presence_.publish_everyone(tell);
  } else {
    for (const Member* member : moved_) add_cursor(*member, true);
    presence_.publish_changes(tell);
  }
  for (Member* member : moved_) member->has_moved = false;
  moved_.clear();
  bridge_.hand_over(std::exchange(owes_everything_, false),
                    [this](Bytes batch) { bus_.publish(canvas_, std::move(batch)); });
}

}  // namespace weft::router
