// SPDX-License-Identifier: Apache-2.0
#include "router/room.h"

#include "router/document_state.h"
#include "router/pace.h"

#include <algorithm>
#include <utility>

namespace weft::router {

using presence::LeaveReason;
using protocol::CloseCode;

Room::Room(CanvasId canvas, const RoomConfig& config, log::Log& log, RoomHost& host,
           Effects& effects, Now now)
    : canvas_(std::move(canvas)),
      config_(config),
      log_(log),
      host_(host),
      effects_(effects),
      presence_(config.presence),
      document_(config.limits),
      history_(config.history),
      now_(now) {
  set_tick();
  tick_changed_ = false;
  log_.open(canvas_, *this);
}

Room::~Room() {
  log_.close(canvas_);
}

void Room::arrive(Arrival arrival, Now now) {
  now_ = now;
  if (state_ == State::failed) {
    refuse_arrival(arrival.session);
  } else if (state_ == State::opening) {
    waiting_.push_back(std::move(arrival));
  } else {
    admit(std::move(arrival), now.mono);
  }
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
  member->user = arrival.user;
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
      waiting_.push_back(std::move(arrival));  // for log_actors
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
  member->arriving = std::move(arrival);
  arrivals_pending_ = true;
  members_.push_back(std::move(member));
  set_tick();
}

bool Room::take_over(const Arrival& arrival, ActorId actor, Member& member, Instant now) {
  if (const auto rejoined = presence_.rejoin(actor, arrival.user, arrival.presence, now);
      !rejoined) {
    refuse_presence(arrival.session, rejoined.error());
    return false;
  }
  member.actor = actor;
  if (const auto old = std::ranges::find(members_, actor, [](const auto& m) { return m->actor; });
      old != members_.end()) {
    member.cursor = (*old)->cursor;
    const SessionId replaced = (*old)->session;
    members_.erase(old);
    host_.session_ended(replaced, CloseCode::replaced, "a newer session of this client took over");
    return true;
  }
  if (const auto lost = lost_cursors_.find(actor); lost != lost_cursors_.end()) {
    member.cursor = lost->second;
    lost_cursors_.erase(lost);
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

void Room::depart(SessionId session, LeaveReason how, Instant now) {
  std::erase_if(waiting_, [&](const Arrival& arrival) { return arrival.session == session; });
  const auto at = std::ranges::find(members_, session, [](const auto& m) { return m->session; });
  if (at == members_.end()) return;
  const Member& member = **at;
  if (how == LeaveReason::lost) {
    presence_.note_lost(member.actor, now);
    cursors_.move(member.cursor, {.hidden = true});
    lost_cursors_.emplace(member.actor, member.cursor);
  } else {
    presence_.leave(member.actor, how);
    cursors_.remove(member.cursor);
  }
  members_.erase(at);
  set_tick();
}

void Room::forget_lost_cursors() {
  std::erase_if(lost_cursors_, [&](const auto& lost) {
    if (presence_.is_here(lost.first)) return false;
    cursors_.remove(lost.second);
    return true;
  });
}

void Room::see_everyone_off() {
  for (const auto& member : members_) presence_.leave(member->actor, LeaveReason::lost);
  presence_.advance(now_.mono + 2 * config_.presence.grace);
}

void Room::move_cursor(Member& member, const protocol::Cursor& cursor, Instant now) {
  cursors_.move(member.cursor, cursor);
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
  readers_.push_back(std::move(reader));
  if (state_ != State::opening) run_readers();
}

void Room::run_readers() {
  for (const DocumentReader& reader : std::exchange(readers_, {})) {
    if (state_ == State::open) {
      reader(document_as_json(canvas_, epoch_, seq_, document_));
    } else {
      reader(std::nullopt);
    }
  }
}

std::optional<ActorId> Room::take_actor() {
  if (actors_.first == actors_.end) actors_ = std::exchange(spare_actors_, {});
  // Asked for well before the numbers are used up, so that nobody has to wait.
  constexpr std::uint64_t kLow = 1'024;
  if (actors_.end - actors_.first <= kLow && spare_actors_.first == spare_actors_.end &&
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
  for (Arrival& arrival : std::exchange(waiting_, {})) {
    if (actors.first < actors.end) {
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
  // again.
  const auto behind = in_flight_.upper_bound({client, UINT64_MAX});
  if (behind != in_flight_.begin() && std::prev(behind)->first.first == client) {
    highest = std::max(highest, std::prev(behind)->first.second);
  }
  return highest;
}

Member* Room::member_of(ActorId actor) {
  const auto at = std::ranges::find(members_, actor, [](const auto& m) { return m->actor; });
  return at == members_.end() ? nullptr : at->get();
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

void Room::set_tick() {
  const auto tick = tick_for(members_.size());
  tick_changed_ = tick_changed_ || tick != tick_;
  tick_ = tick;
}

bool Room::has_news() const {
  return state_ == State::open &&
         (arrivals_pending_ || positions_pending_ || tick_changed_ || !outgoing_.is_empty() ||
          presence_.has_changes() || cursors_.is_dirty());
}

void Room::advance(Now now) {
  now_ = now;
  presence_.advance(now.mono);
  if (!lost_cursors_.empty()) forget_lost_cursors();
  if (has_news() && now.mono >= last_flush_ + tick_) flush(now);
}

std::optional<Instant> Room::next_deadline() const {
  std::optional<Instant> deadline = presence_.next_deadline();
  if (has_news()) {
    const Instant tick = last_flush_ + tick_;
    deadline = deadline ? std::min(*deadline, tick) : tick;
  }
  return deadline;
}

bool Room::is_done() const {
  if (state_ == State::failed) return members_.empty();
  return members_.empty() && waiting_.empty() && readers_.empty() && presence_.size() == 0 &&
         in_flight_.empty() && state_ == State::open;
}

}  // namespace weft::router
