// SPDX-License-Identifier: Apache-2.0
#include "router/room.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::router {

using presence::LeaveReason;
using protocol::CloseCode;

Room::Room(CanvasId canvas, const RoomConfig& config, log::Log& log, bus::Bus& bus, RoomHost& host,
           Effects& effects, Load load, Now now)
    : canvas_(std::move(canvas)),
      config_(config),
      log_(log),
      bus_(bus),
      host_(host),
      effects_(effects),
      presence_(config.presence, {bus.self().value}),
      document_(config.limits),
      history_(config.history),
      load_(load),
      now_(now) {
  presence_.set_has_peers(false);
  set_tick();
  tick_changed_ = false;
  // In this order: what others do after the log was read, and what they show, is not missed.
  bus_.subscribe(canvas_, *this);
  log_.open(canvas_, *this);
}

Room::~Room() {
  log_.close(canvas_);
  if (is_subscribed_) bus_.unsubscribe(canvas_, bus::PeerEnd::left);
}

void Room::arrive(Arrival arrival, Now now) {
  catch_up(now);
  if (state_ == State::failed) {
    refuse_arrival(arrival.session);
    return;
  }
  waiting_.arrivals.push_back(std::move(arrival));
  admit_waiting();
}

/// One sync serves all who came before it was asked for; whoever comes while it is under way waits
/// for the next one (I8).
void Room::admit_waiting() {
  if (state_ != State::open || is_sync_under_way_ || waiting_.is_empty()) return;
  if (log_.sync(canvas_)) {
    let_in(std::exchange(waiting_, {}));
  } else {
    is_sync_under_way_ = true;
    syncing_ = std::exchange(waiting_, {});
  }
}

void Room::let_in(Waiting waiting) {
  for (Arrival& arrival : waiting.arrivals) admit(std::move(arrival), now_.mono);
  std::ranges::move(waiting.readers, std::back_inserter(readers_));
}

void Room::refuse_arrival(SessionId session) {
  if (failure_ == log::LogErrc::unavailable) {
    host_.session_ended(session, CloseCode::overloaded, "the store cannot be read now");
  } else {
    host_.session_ended(session, CloseCode::internal,
                        "this canvas cannot be opened; the server's log says why");
  }
}

void Room::admit(Arrival arrival, Instant now) {
  if (const auto mark = log_.client(canvas_, arrival.client);
      mark && mark->user != arrival.user.id) {
    host_.session_ended(arrival.session, CloseCode::not_allowed,
                        "this client id belongs to another user on this canvas");
    return;
  }
  auto member = std::make_unique<Member>();
  member->session = arrival.session;
  member->client = arrival.client;
  member->user = arrival.user.id;
  member->role = arrival.role;

  if (const auto actor = presence_.actor_of(arrival.client, arrival.user.id)) {
    if (!take_over(arrival, *actor, *member, now)) return;
  } else {
    if (presence_.size() >= config_.sessions_max) {
      host_.session_ended(arrival.session, CloseCode::canvas_full,
                          "this canvas has " + std::to_string(config_.sessions_max) +
                              " people, the limit (sessions_per_canvas_max)");
      return;
    }
    const auto fresh = take_actor();
    if (!fresh) {
      unnumbered_.push_back(std::move(arrival));
      return;
    }
    member->actor = *fresh;
    if (const auto joined =
            presence_.join(*fresh, arrival.client, arrival.user, arrival.presence, now);
        !joined) {
      refuse_presence(arrival.session, joined.error());
      return;
    }
    member->cursor = cursors_.add(*fresh);
  }
  member->arriving = std::make_unique<Arrival>(std::move(arrival));
  arrivals_pending_ = true;
  const auto place = place_of(member->actor);
  members_.insert(place, std::move(member));
  set_tick();
}

bool Room::take_over(const Arrival& arrival, ActorId actor, Member& member, Instant now) {
  if (const auto rejoined = presence_.rejoin(actor, arrival.user, arrival.presence, now);
      !rejoined) {
    refuse_presence(arrival.session, rejoined.error());
    return false;
  }
  member.actor = actor;
  if (const auto old = place_of(actor); old != members_.end() && (*old)->actor == actor) {
    member.cursor = (*old)->cursor;
    const SessionId replaced = (*old)->session;
    remove_member(old);
    host_.session_ended(replaced, CloseCode::replaced, "a newer session of this client took over");
    return true;
  }
  if (const auto absent = absent_cursors_.find(actor); absent != absent_cursors_.end()) {
    member.cursor = absent->second;
    absent_cursors_.erase(absent);
  } else {
    member.cursor = cursors_.add(actor);
  }
  return true;
}

void Room::refuse_presence(SessionId session, presence::PresenceErrc errc) {
  if (errc == presence::PresenceErrc::too_large) {
    host_.session_ended(session, CloseCode::too_large,
                        "hello's presence does not fit into " +
                            std::to_string(config_.presence.bytes_max) +
                            " bytes (presence_bytes_max)");
  } else {
    host_.session_ended(session, CloseCode::bad_message,
                        "hello's presence is a map whose key `away` is true or false");
  }
}

void Room::depart(SessionId session, const Member* admitted, LeaveReason how, Instant now) {
  const auto has_session = [session](const auto& member) { return member->session == session; };
  Members::iterator at;
  if (admitted != nullptr) {
    at = place_of(admitted->actor);
  } else {
    for (auto* arrivals : {&waiting_.arrivals, &syncing_.arrivals, &unnumbered_}) {
      std::erase_if(*arrivals, [&](const Arrival& arrival) { return arrival.session == session; });
    }
    at = std::ranges::find_if(members_, has_session);
  }
  if (at == members_.end() || !has_session(*at)) return;
  const Member& member = **at;
  if (how == LeaveReason::lost) {
    presence_.note_lost(member.actor, now);
    cursors_.move(member.cursor, {.hidden = true});
    absent_cursors_.emplace(member.actor, member.cursor);
  } else {
    presence_.leave(member.actor, how);
    cursors_.remove(member.cursor);
  }
  remove_member(at);
  set_tick();
}

void Room::remove_member(Members::iterator at) {
  if ((*at)->has_moved) std::erase(moved_, at->get());
  members_.erase(at);
}

Room::Members::iterator Room::place_of(ActorId actor) {
  return std::ranges::lower_bound(members_, actor, {},
                                  [](const auto& member) { return member->actor; });
}

void Room::forget_absent_cursors() {
  for (const ActorId actor : presence_.take_left()) {
    const auto absent = absent_cursors_.find(actor);
    if (absent == absent_cursors_.end() || presence_.is_here(actor)) continue;
    cursors_.remove(absent->second);
    absent_cursors_.erase(absent);
  }
}

void Room::shut_down(Now now) {
  catch_up(now);
  if (has_peers_ && has_bus_) {
    owes_everything_ = true;
    publish();
  }
  bus_.unsubscribe(canvas_, bus::PeerEnd::draining);
  is_subscribed_ = false;
  for (const auto& member : members_) presence_.leave(member->actor, LeaveReason::lost);
  presence_.advance(now_.mono + 2 * config_.presence.grace);
}

void Room::move_cursor(Member& member, const protocol::Cursor& cursor, Instant now) {
  cursors_.move(member.cursor, cursor);
  if (has_peers_ && !std::exchange(member.has_moved, true)) moved_.push_back(&member);
  presence_.note_input(member.actor, now);
}

void Room::patch_presence(Member& member, ByteView patch, Instant now) {
  const auto patched = presence_.patch(member.actor, patch, now);
  if (patched) return;
  if (patched.error() == presence::PresenceErrc::too_large) {
    send_error(member, protocol::ErrorCode::too_large,
               "presence would pass " + std::to_string(config_.presence.bytes_max) +
                   " bytes (presence_bytes_max); nothing was changed",
               protocol::ClientKind::presence);
  } else {
    send_error(member, protocol::ErrorCode::bad_op,
               "presence key `away` takes true or false; nothing was changed",
               protocol::ClientKind::presence);
  }
}

void Room::send_event(Member& member, const protocol::Event& event, Instant now) {
  presence_.note_input(member.actor, now);
  outgoing_.begin(member.session);
  protocol::append_event(outgoing_.bytes(), member.actor, event.name, event.payload);
  outgoing_.end_shared();
  member.owns_items = true;
  if (has_peers_) bridge_.add_event(member.actor, event.name, event.payload);
}

void Room::set_view(Member& member, const std::optional<protocol::Rect>& view) {
  member.view = view;
  note_drained(member);  // what has come into sight may be old
}

void Room::note_drained(Member& member) {
  member.needs_positions = true;
  positions_pending_ = true;
}

void Room::read_document(DocumentReader reader) {
  if (state_ == State::failed) {
    reader(std::nullopt);
    return;
  }
  waiting_.readers.push_back(std::move(reader));
  admit_waiting();
}

void Room::take_range(log::ActorRange actors) {
  actors_ = actors;
  actors_low_ = (actors.end - actors.first + 3) / 4;
}

std::optional<ActorId> Room::take_actor() {
  if (actors_.first == actors_.end) take_range(std::exchange(spare_actors_, {}));
  // Asked for well before the numbers are used up, so that nobody has to wait.
  if (actors_.end - actors_.first <= actors_low_ && spare_actors_.first == spare_actors_.end &&
      !std::exchange(actors_asked_, true)) {
    log_.reserve_actors(canvas_);
  }
  if (actors_.first == actors_.end) return std::nullopt;
  return ActorId{actors_.first++};
}

void Room::log_actors(log::ActorRange actors) {
  host_.room_changed(*this);
  spare_actors_ = actors;
  actors_asked_ = false;
  are_numbers_in_ = true;
}

/// Those who waited for something of the log that has come.
void Room::admit_answered() {
  if (std::exchange(is_synced_, false)) {
    is_sync_under_way_ = false;
    let_in(std::exchange(syncing_, {}));
  }
  admit_waiting();
  if (!std::exchange(are_numbers_in_, false)) return;
  const bool has_numbers = actors_.first < actors_.end || spare_actors_.first < spare_actors_.end;
  for (Arrival& arrival : std::exchange(unnumbered_, {})) {
    if (has_numbers) {
      admit(std::move(arrival), now_.mono);
    } else {
      host_.session_ended(arrival.session, CloseCode::overloaded, "the store cannot be read now");
    }
  }
}

std::uint64_t Room::highest_n(const ClientId& client) const {
  const auto mark = log_.client(canvas_, client);
  std::uint64_t highest = mark ? mark->n : 0;
  // What is on its way is as good as there: a client that has forgotten it must not use its numbers
  // again. What follows a gap is going to be refused.
  for (auto next = in_flight_.lower_bound({client, highest + 1});
       next != in_flight_.end() && next->first == std::pair(client, highest + 1); ++next) {
    ++highest;
  }
  return highest;
}

Member* Room::member_of(ActorId actor) {
  const auto at = place_of(actor);
  return at != members_.end() && (*at)->actor == actor ? at->get() : nullptr;
}

void Room::send_error(Member& member, protocol::ErrorCode code, std::string_view message,
                      protocol::ClientKind kind, std::optional<std::uint64_t> n) {
  if (!n && !member.complaints.take(now_.mono)) return;
  outgoing_.begin(member.session);
  outgoing_.end_shared();
  protocol::append_error(outgoing_.bytes(), code, message,
                         n.value_or(static_cast<std::uint64_t>(kind)),
                         static_cast<std::uint64_t>(kind));
  outgoing_.end();
  member.owns_items = true;
}

void Room::send(SessionId session, protocol::FrameRef frame, connection::Lane lane) {
  effects_.sends.push_back({session, std::move(frame), lane});
}

void Room::set_load(Load load) {
  load_ = load;
  set_tick();
}

void Room::set_tick() {
  const auto tick = tick_for(members_.size(), load_);
  tick_changed_ = tick_changed_ || tick != tick_;
  tick_ = tick;
}

bool Room::has_news() const {
  if (state_ == State::open &&
      (arrivals_pending_ || positions_pending_ || tick_changed_ || !outgoing_.is_empty() ||
       presence_.has_changes() || cursors_.is_dirty())) {
    return true;
  }
  return has_unpublished();
}

void Room::advance(Now now) {
  catch_up(now);
  presence_.advance(now.mono);
  forget_absent_cursors();
  hear_peers(now.mono);
  if (opening_ && take_piece()) go_on_opening(config_.load_bytes_max);
  open_if_ready();
  if (state_ == State::open) {
    admit_answered();
    go_on_encoding();
  }
  if (is_flush_due()) flush(now);
  forget_unused_encoding();
}

/// What was said while nobody could say the time.
void Room::catch_up(Now now) {
  now_ = now;
  for (const ActorId actor : std::exchange(lost_by_reset_, {})) {
    presence_.note_lost(actor, now.mono);
  }
  take_in_words();
}

std::optional<Instant> Room::next_deadline() const {
  std::optional<Instant> deadline = presence_.next_deadline();
  const auto wake_by = [&deadline](Instant at) {
    deadline = deadline ? std::min(*deadline, at) : at;
  };
  if (has_news()) wake_by(last_flush_ + tick_);
  if (hearing_ == Hearing::goes_on) wake_by(hearing_until_);
  if (const auto work = next_document_work()) wake_by(*work);
  return deadline;
}

bool Room::is_done() const {
  if (state_ == State::failed) return members_.empty();
  return members_.empty() && readers_.empty() && !is_save_due_ && waiting_.is_empty() &&
         syncing_.is_empty() && unnumbered_.empty() && presence_.own_size() == 0 &&
         in_flight_.empty() && state_ == State::open && !has_unpublished();
}

}  // namespace weft::router
