// SPDX-License-Identifier: Apache-2.0
#include "router/router.h"

#include <algorithm>
#include <utility>

namespace weft::router {

using connection::Role;
using connection::Session;
using protocol::ClientKind;
using protocol::CloseCode;
using protocol::ErrorCode;

namespace {

// Heartbeats, hello deadlines and token ends are looked at so often: one sweep per shard instead of
// a timer for each session.
constexpr std::chrono::milliseconds kSweepInterval{1000};
constexpr std::chrono::milliseconds kDrainSweepInterval{20};
// What may come behind hello before the welcome is out.
constexpr std::size_t kHeldBytesMax = 1 << 20;
// A frame of many tiny messages costs far more than its bytes, and compressed nearly none of those.
constexpr std::size_t kMessagesPerFrameMax = 10'000;

constexpr std::uint64_t slot_of(SessionId session) {
  return session.value & 0xffff'ffffU;
}

CloseCode close_code_of(connection::AuthErrc errc) {
  switch (errc) {
    case connection::AuthErrc::token_missing:
    case connection::AuthErrc::token_invalid:
      return CloseCode::token_invalid;
    case connection::AuthErrc::token_expired:
      return CloseCode::token_expired;
    case connection::AuthErrc::not_allowed:
      return CloseCode::not_allowed;
  }
  return CloseCode::token_invalid;
}

presence::User user_of(const connection::Identity& identity) {
  return {identity.user, identity.name, identity.color, identity.avatar};
}

}  // namespace

Router::Router(const RouterConfig& config, const connection::Authenticator& authenticator,
               log::Log& log, bus::Bus& bus, DepartureSink* departures, std::uint64_t seed)
    : config_(config),
      authenticator_(authenticator),
      log_(log),
      bus_(bus),
      departures_(departures),
      random_(seed) {}

Router::~Router() = default;

SessionId Router::open_session(CanvasId canvas, Now now) {
  std::uint64_t slot = sessions_.size();
  if (free_slots_.empty()) {
    sessions_.emplace_back();
    look_at_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  const SessionId id{(++generation_ << 32) | slot};
  sessions_[slot] = std::make_unique<Live>(id, std::move(canvas),
                                           Session(config_.times, config_.room.limits, now.mono));
  look_soon(id);
  ++session_count_;
  if (draining_) {
    say_goodbye(*sessions_[slot], CloseCode::draining, "this instance is being stopped");
  } else if (session_count_ > config_.sessions_max) {
    say_goodbye(*sessions_[slot], CloseCode::overloaded,
                "this shard has " + std::to_string(config_.sessions_max) +
                    " sessions, the limit (sessions_max)");
  }
  return id;
}

Router::Live* Router::find(SessionId session) {
  const auto slot = slot_of(session);
  if (slot >= sessions_.size() || !sessions_[slot] || sessions_[slot]->id != session)
    return nullptr;
  return sessions_[slot].get();
}

bool Router::is_verified(SessionId session) const {
  const auto& live = sessions_[slot_of(session)];
  return live && live->id == session && live->machine.state() != Session::State::awaiting_hello;
}

bool Router::wants_input(SessionId session) const {
  const auto& live = sessions_[slot_of(session)];
  return live && live->id == session && live->machine.state() != Session::State::joining;
}

void Router::receive(SessionId session, ByteView messages, Now now) {
  Live* live = find(session);
  if (!live) return;
  if (live->machine.state() == Session::State::joining) {
    if (live->held.size() + messages.size() > kHeldBytesMax) {
      end_session(session, CloseCode::too_large, "more than 1 MiB came before the welcome", now);
      return;
    }
    live->held += messages;
    return;
  }
  handle(*live, messages, now);
}

void Router::handle(Live& live, ByteView messages, Now now) {
  const SessionId id = live.id;
  protocol::MessageReader reader(messages);
  for (std::size_t count = 0; !reader.at_end(); ++count) {
    if (count == kMessagesPerFrameMax) {
      end_session(id, CloseCode::too_large,
                  "a frame has at most " + std::to_string(kMessagesPerFrameMax) +
                      " messages (frame_messages_max)",
                  now);
      return;
    }
    if (live.machine.state() == Session::State::joining) {
      live.held = messages.substr(reader.offset());
      return;
    }
    const auto message = reader.next();
    if (!message) {
      end_session(id, CloseCode::bad_message,
                  std::string(message.error().what) + " (byte " +
                      std::to_string(message.error().offset) + ")",
                  now);
      return;
    }
    if (live.machine.state() == Session::State::awaiting_hello) {
      const auto* hello = std::get_if<protocol::Hello>(&*message);
      if (!hello) {
        end_session(id, CloseCode::hello_expected, "the first message is hello", now);
        return;
      }
      handle_hello(live, *hello, now);
    } else {
      handle_member(live, *message, now);
    }
    if (find(id) == nullptr) return;  // that message ended it
  }
}

void Router::handle_hello(Live& live, const protocol::Hello& hello, Now now) {
  auto identity =
      authenticator_.identify(hello.token, hello.name, hello.client, live.canvas, now.wall_ms);
  if (!identity) {
    end_session(live.id, close_code_of(identity.error().code), identity.error().reason, now);
    return;
  }
  live.client = hello.client;
  Arrival arrival;
  arrival.session = live.id;
  arrival.client = live.client;
  arrival.user = user_of(*identity);
  arrival.role = identity->role;
  arrival.since = hello.since;
  if (identity->role >= Role::present) arrival.presence = hello.presence;  // C12
  if (identity->expires_ms) {
    const WallMs left = std::clamp<WallMs>(*identity->expires_ms - now.wall_ms, 0, UINT32_MAX);
    arrival.token_expires_in_ms = static_cast<std::uint32_t>(left);
  }
  live.machine.note_verified(*std::move(identity), now.mono);
  look_soon(live.id);
  live.room = &room_for(live.canvas, now);
  touch(*live.room);
  live.room->room->arrive(std::move(arrival), now);
}

void Router::handle_token(Live& live, const protocol::Token& token, Now now) {
  const auto& current = live.machine.identity();
  auto identity =
      authenticator_.identify(token.token, current.name, live.client, live.canvas, now.wall_ms);
  if (!identity) {
    end_session(live.id, close_code_of(identity.error().code), identity.error().reason, now);
  } else if (identity->user != current.user) {
    end_session(live.id, CloseCode::token_invalid, "the fresh token names another user", now);
  } else {
    live.room->room->set_role(*live.member, identity->role);
    live.machine.renew(*std::move(identity));
    look_soon(live.id);
  }
}

bool Router::needs_role(const Live& live, Role role, ClientKind kind) {
  if (live.member->role >= role) return true;
  if (!may_complain(live)) return false;
  send_error(live, ErrorCode::not_allowed,
             "role " + std::string(connection::name_of(live.member->role)) + " may not; it needs " +
                 std::string(connection::name_of(role)),
             static_cast<std::uint64_t>(kind));
  return false;
}

void Router::handle_member(Live& live, const protocol::ClientMessage& message, Now now) {
  Room& room = *live.room->room;
  Member& member = *live.member;
  now_ = now.mono;
  auto& rates = live.machine.rates();
  touch(*live.room);
  const auto over_rate = [&](ClientKind kind, std::string_view limit, std::uint32_t per_second) {
    if (!may_complain(live)) return;
    send_error(live, ErrorCode::rate_limited,
               "more than " + std::to_string(per_second) + " a second (" + std::string(limit) +
                   "); this one was dropped",
               static_cast<std::uint64_t>(kind));
  };
  const auto& limits = config_.room.limits;

  if (const auto* cursor = std::get_if<protocol::Cursor>(&message)) {
    if (member.role < Role::present) {
      static_cast<void>(needs_role(live, Role::present, ClientKind::cursor));
    } else if (rates.cursors.take(now.mono)) {  // over the rate: dropped, the next one is fresher
      room.move_cursor(member, *cursor, now.mono);
    }
  } else if (const auto* push = std::get_if<protocol::Push>(&message)) {
    room.push(member, *push, rates.pushes.take(now.mono), now.mono);
  } else if (const auto* patch = std::get_if<protocol::PresencePatch>(&message)) {
    if (!needs_role(live, Role::present, ClientKind::presence)) return;
    if (!rates.presence.take(now.mono)) {
      over_rate(ClientKind::presence, "presence_per_second", limits.presence_per_second);
      return;
    }
    room.patch_presence(member, patch->patch, now.mono);
  } else if (const auto* event = std::get_if<protocol::Event>(&message)) {
    if (!needs_role(live, Role::present, ClientKind::event)) return;
    if (event->payload.size() > limits.event_bytes_max) {
      if (!may_complain(live)) return;
      send_error(live, ErrorCode::too_large,
                 "an event's payload has at most " + std::to_string(limits.event_bytes_max) +
                     " bytes (event_bytes_max); this one has " +
                     std::to_string(event->payload.size()),
                 static_cast<std::uint64_t>(ClientKind::event));
      return;
    }
    if (!rates.events.take(now.mono)) {
      over_rate(ClientKind::event, "events_per_second", limits.events_per_second);
      return;
    }
    room.send_event(member, *event, now.mono);
  } else if (std::get_if<protocol::Hello>(&message)) {
    if (!may_complain(live)) return;
    send_error(live, ErrorCode::already_joined, "one session per socket: hello has been said",
               static_cast<std::uint64_t>(ClientKind::hello));
  } else if (const auto* token = std::get_if<protocol::Token>(&message)) {
    if (!rates.tokens.take(now.mono)) {
      over_rate(ClientKind::token, "tokens_per_second", connection::kTokensPerSecond);
      return;
    }
    handle_token(live, *token, now);
  } else if (!rates.others.take(now.mono)) {
    over_rate(std::holds_alternative<protocol::View>(message) ? ClientKind::view : ClientKind::ping,
              "others_per_second", connection::kOthersPerSecond);
  } else if (const auto* view = std::get_if<protocol::View>(&message)) {
    room.set_view(member, view->rect);
  } else if (const auto* ping = std::get_if<protocol::Ping>(&message)) {
    Bytes pong;
    protocol::append_pong(pong, ping->value, static_cast<std::uint32_t>(now.wall_ms));
    effects_.sends.push_back({live.id, protocol::make_frame(pong), connection::Lane::reliable});
  } else if (const auto* unknown = std::get_if<protocol::UnknownKind>(&message)) {
    if (!may_complain(live)) return;
    send_error(live, ErrorCode::unknown_kind,
               "kind " + std::to_string(unknown->kind) + " is not known here", unknown->kind);
  }
}

/// Asked before a complaint is worded, so that what is not said costs nothing.
bool Router::may_complain(const Live& live) {
  return live.member->complaints.take(now_);
}

void Router::send_error(const Live& live, ErrorCode code, std::string_view message,
                        std::uint64_t kind) {
  Bytes bytes;
  protocol::append_error(bytes, code, message, kind, kind);
  effects_.sends.push_back({live.id, protocol::make_frame(bytes), connection::Lane::reliable});
}

void Router::note_received(SessionId session, Instant now) {
  if (Live* live = find(session)) live->machine.note_received(now);
}

void Router::note_drained(SessionId session) {
  Live* live = find(session);
  if (!live || !live->member) return;
  live->room->room->note_drained(*live->member);
  touch(*live->room);
}

void Router::end_session(SessionId session, CloseCode code, std::string_view reason, Now now) {
  Live* live = find(session);
  if (!live) return;
  if (live->room) {
    // A client that is told to come back gets its grace period, so that nobody sees it flap.
    const bool returns = protocol::advice_for(code).retry;
    live->room->room->depart(session, live->member,
                             returns ? presence::LeaveReason::lost : presence::LeaveReason::kicked,
                             now.mono);
    touch(*live->room);
  }
  say_goodbye(*live, code, reason);
}

void Router::session_gone(SessionId session, bool clean, Now now) {
  Live* live = find(session);
  if (!live) return;
  if (live->room) {
    live->room->room->depart(session, live->member,
                             clean ? presence::LeaveReason::left : presence::LeaveReason::lost,
                             now.mono);
    touch(*live->room);
  }
  forget(session);
}

void Router::say_goodbye(Live& live, CloseCode code, std::string_view reason) {
  Bytes bytes;
  protocol::append_goodbye(bytes, code, reason, protocol::advice_for(code));
  effects_.closes.push_back({live.id, code, protocol::make_frame(bytes), std::string(reason)});
  forget(live.id);
}

void Router::forget(SessionId session) {
  const auto slot = slot_of(session);
  sessions_[slot].reset();
  free_slots_.push_back(static_cast<std::uint32_t>(slot));
  --session_count_;
}

void Router::look_soon(SessionId session) {
  look_at_[slot_of(session)] = Instant{};
}

void Router::session_admitted(SessionId session, Member& member) {
  Live* live = find(session);
  live->member = &member;
  live->machine.note_joined();
  look_soon(session);
  admitted_.push_back(session);
  effects_.admitted.push_back(session);
}

void Router::session_ended(SessionId session, CloseCode code, std::string_view reason) {
  if (Live* live = find(session)) say_goodbye(*live, code, reason);
}

void Router::room_failed(const Room& room, const std::string& detail) {
  effects_.notices.push_back("canvas " + room.canvas() + " cannot be opened: " + detail);
}

void Router::room_changed(Room& room) {
  if (const auto at = rooms_.find(room.canvas()); at != rooms_.end()) touch(at->second);
}

Router::RoomEntry& Router::room_for(const CanvasId& canvas, Now now) {
  RoomEntry& entry = rooms_[canvas];
  if (!entry.room) {
    entry.room = std::make_unique<Room>(canvas, config_.room, log_, bus_,
                                        static_cast<RoomHost&>(*this), effects_, load_, now);
  }
  return entry;
}

void Router::read_document(const CanvasId& canvas, Room::DocumentReader reader, Now now) {
  RoomEntry& entry = room_for(canvas, now);
  touch(entry);
  entry.room->read_document(std::move(reader));
}

void Router::note_busy_share(double busy_share) {
  const Load load = load_after(load_, busy_share);
  if (load == std::exchange(load_, load)) return;
  for (auto& [canvas, entry] : rooms_) {
    entry.room->set_load(load);
    touch(entry);
  }
}

void Router::drain(Now now, std::chrono::milliseconds window) {
  draining_ = true;
  std::uniform_int_distribution<std::int64_t> moment(0, window.count());
  for (const auto& live : sessions_) {
    if (!live) continue;
    live->goodbye_at = now.mono + std::chrono::milliseconds(moment(random_));
    look_soon(live->id);
  }
  next_sweep_ = now.mono;
}

void Router::sweep_sessions(Now now) {
  if (now.mono < next_sweep_) return;
  next_sweep_ = now.mono + (draining_ ? kDrainSweepInterval : kSweepInterval);
  for (std::size_t slot = 0; slot < sessions_.size(); ++slot) {
    if (now.mono < look_at_[slot] || !sessions_[slot]) continue;
    Live& live = *sessions_[slot];
    if (live.goodbye_at && now.mono >= *live.goodbye_at) {
      end_session(live.id, CloseCode::draining, "this instance is being stopped", now);
      continue;
    }
    const auto due = live.machine.advance(now);
    look_at_[slot] = live.machine.next_look(now);
    if (live.goodbye_at) look_at_[slot] = std::min(look_at_[slot], *live.goodbye_at);
    if (due.ping) effects_.pings.push_back(live.id);
    if (due.close) end_session(live.id, *due.close, due.reason, now);
  }
}

void Router::unhold_admitted(Now now) {
  for (const SessionId session : std::exchange(admitted_, {})) {
    Live* live = find(session);
    if (!live || live->held.empty()) continue;
    const Bytes held = std::exchange(live->held, {});
    handle(*live, held, now);
  }
}

void Router::touch(RoomEntry& entry) {
  if (std::exchange(entry.touched, true)) return;
  touched_.push_back(&entry);
}

void Router::schedule(RoomEntry& entry) {
  const auto deadline = entry.room->next_deadline();
  if (deadline == entry.deadline) return;
  if (entry.deadline) entry.spare = deadlines_.extract({*entry.deadline, &entry});
  if (deadline && entry.spare) {
    entry.spare.value().first = *deadline;
    deadlines_.insert(std::move(entry.spare));
  } else if (deadline) {
    deadlines_.insert({*deadline, &entry});
  }
  entry.deadline = deadline;
}

void Router::advance_touched(Now now) {
  // By index: while a room is being advanced others may be touched.
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    RoomEntry& entry = *touched_[i];
    entry.touched = false;
    Room& room = *entry.room;
    room.advance(now);
    report_departures(room, now.wall_ms);
    unhold_admitted(now);
    if (entry.touched) continue;  // comes again, further back
    if (room.is_done()) {
      if (entry.deadline) deadlines_.erase({*entry.deadline, &entry});
      rooms_.erase(rooms_.find(room.canvas()));
    } else {
      schedule(entry);
    }
  }
  touched_.clear();
}

void Router::report_departures(Room& room, WallMs at_ms) {
  for (auto& person : room.take_departed()) {
    if (departures_) departures_->departed(room.canvas(), std::move(person), at_ms);
  }
}

void Router::shut_down(Now now) {
  for (auto& [canvas, entry] : rooms_) {
    entry.room->shut_down(now);
    report_departures(*entry.room, now.wall_ms);
  }
}

void Router::advance(Now now) {
  sweep_sessions(now);
  while (!deadlines_.empty() && deadlines_.begin()->first <= now.mono) {
    RoomEntry& entry = *deadlines_.begin()->second;
    touch(entry);
    entry.spare = deadlines_.extract(deadlines_.begin());
    entry.deadline.reset();
  }
  advance_touched(now);
}

void Router::take_effects(Effects& into) {
  into.clear();
  std::swap(into, effects_);
}

std::optional<Instant> Router::next_deadline() const {
  std::optional<Instant> deadline;
  if (session_count_ > 0) deadline = next_sweep_;
  if (!deadlines_.empty()) {
    deadline =
        deadline ? std::min(*deadline, deadlines_.begin()->first) : deadlines_.begin()->first;
  }
  return deadline;
}

}  // namespace weft::router
