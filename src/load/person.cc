// SPDX-License-Identifier: Apache-2.0
#include "load/person.h"

#include "load/push_content.h"
#include "protocol/base64.h"
#include "protocol/client_writer.h"
#include "protocol/codes.h"
#include "protocol/server_kind.h"
#include "websocket/client_frame.h"
#include "websocket/client_handshake.h"
#include "websocket/close_code.h"
#include "websocket/handshake.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <variant>

namespace weft::load {

using namespace protocol;
using namespace std::chrono_literals;

namespace {

/// A server's message may be larger than any client's: a snapshot's part, a room's presence.
constexpr websocket::Limits kServerLimits = {.message_bytes_max = std::size_t{64} << 20};

/// A push that was not taken is sent again after this.
constexpr auto kResendPause = 200ms;

/// A keeper puts so many entities into one push.
constexpr std::size_t kEntitiesPerPush = 200;

std::string_view subprotocol() {
  return websocket::subprotocol_name(websocket::Subprotocol::msgpack);
}

std::string name_of_code(std::uint16_t code) {
  const std::string_view name = name_of(static_cast<CloseCode>(code));
  return name.empty() ? "code " + std::to_string(code) : std::string(name);
}

}  // namespace

Person::Person(const Plan& plan, std::size_t number)
    : plan_(&plan),
      number_(number),
      room_(number < plan.people_total() ? plan.room_of(number) : number - plan.people_total()),
      client_(plan.client_of(number)),
      is_stalled_(number < plan.people_total() && plan.is_stalled(number)),
      listens_(number < plan.people_total() && plan.listens(number)),
      home_(plan.plane == 0 ? Square{} : home_of(number / plan.rooms, plan.plane)),
      audience_(number < plan.people_total() && plan.moves() && plan.is_doer(number)
                    ? plan.audience_of(number)
                    : 0),
      decoder_(kServerLimits, websocket::Sender::server),
      entities_left_(number < plan.people_total() ? 0 : plan.entities) {}

void Person::begin(std::string_view authority, Instant asked_at, Instant now, Workspace& work,
                   Bytes& out) {
  asked_at_ = asked_at;
  if (!is_keeper()) work.tally.connect_latency.add(now - asked_at);
  char random_bytes[16];
  for (char& byte : random_bytes) byte = static_cast<char>(work.random() & 0xff);
  append_base64(key_, {random_bytes, sizeof random_bytes});
  const std::string path = "/v1/canvases/" + plan_->canvas_of_room(room_);
  websocket::append_upgrade_request(
      out, {.host = authority, .path = path, .subprotocol = subprotocol(), .key = key_});
  state_ = State::upgrading;
}

void Person::take(std::span<char> bytes, Instant now, Workspace& work, Bytes& out) {
  if (state_ == State::upgrading) {
    take_answer(bytes, now, work, out);
  } else if (state_ != State::absent && state_ != State::over) {
    take_frames(bytes, now, work, out);
  }
}

void Person::take_answer(std::span<char> bytes, Instant now, Workspace& work, Bytes& out) {
  using Response = websocket::UpgradeResponse::State;
  answer_.append(bytes.data(), bytes.size());
  const auto response = websocket::read_upgrade_response(answer_, key_, subprotocol());
  switch (response.state) {
    case Response::need_more:
      return;
    case Response::refused:
      end("HTTP " + std::to_string(response.status) + (response.reason.empty() ? "" : ": ") +
              std::string(response.reason.substr(0, response.reason.find('\n'))),
          work);
      return;
    case Response::failed:
      end(response.reason, work);
      return;
    case Response::accepted:
      break;
  }
  say_hello(work, out);
  state_ = State::greeting;
  Bytes rest;
  rest.swap(answer_);
  Bytes().swap(key_);
  take_frames(std::span<char>(rest).subspan(response.head_bytes), now, work, out);
}

void Person::say_hello(Workspace& work, Bytes& out) {
  work.payload.clear();
  append_hello(work.payload, {.client = client_,
                              .token = plan_->token_of(number_),
                              .name = client_,
                              .sdk = "weft-bench",
                              .since = std::nullopt,
                              .presence = {}});
  frame(work, out);
}

void Person::take_frames(std::span<char> bytes, Instant now, Workspace& work, Bytes& out) {
  while (state_ != State::over) {
    const websocket::Event event = decoder_.next(bytes, now);
    switch (event.kind) {
      case websocket::EventKind::need_more:
        return;
      case websocket::EventKind::message:
        hear_frame(event.payload, now, work, out);
        break;
      case websocket::EventKind::ping:
        websocket::append_client_frame(out, websocket::Opcode::pong, event.payload,
                                       work.next_mask_key());
        break;
      case websocket::EventKind::pong:
        break;
      case websocket::EventKind::close:
        end("closed: " + name_of_code(event.close_code), work);
        break;
      case websocket::EventKind::failure:
        end(event.sentence, work);
        break;
    }
  }
}

/// Cursors and presence, for somebody who does not listen: most of what comes in a large room. What
/// may stand behind them in the frame is lost, but a goodbye's code comes again with the close.
bool Person::may_ignore(ByteView payload) const {
  if (listens_ || is_keeper() || state_ != State::here || payload.size() < 2) return false;
  constexpr unsigned kShortArray = 0x90;  // of MessagePack, in the upper half of the byte
  if ((static_cast<unsigned char>(payload[0]) & 0xf0U) != kShortArray) return false;
  const auto kind = static_cast<ServerKind>(static_cast<unsigned char>(payload[1]));
  return kind == ServerKind::cursors || kind == ServerKind::presence;
}

void Person::hear_frame(ByteView payload, Instant now, Workspace& work, Bytes& out) {
  if (may_ignore(payload)) return;
  ServerMessageReader reader(payload, work.entries);
  while (!reader.at_end() && state_ != State::over) {
    const auto message = reader.next();
    if (!message) {
      end("The server sent what is no message.", work);
      return;
    }
    if (const auto* cursors = std::get_if<HeardCursors>(&*message)) {
      hear(*cursors, now, work);
    } else if (const auto* ops = std::get_if<HeardOps>(&*message)) {
      hear(*ops, now, work);
    } else if (const auto* ack = std::get_if<HeardAck>(&*message)) {
      hear(*ack, now, work, out);
    } else if (const auto* error = std::get_if<HeardError>(&*message)) {
      hear(*error, now, work);
    } else if (const auto* goodbye = std::get_if<HeardGoodbye>(&*message)) {
      hear(*goodbye, work);
    } else if (const auto* welcome = std::get_if<HeardWelcome>(&*message)) {
      note_welcome(*welcome, now, work);
      if (welcome->resumed) note_document(now, work, out);
    } else if (const auto* part = std::get_if<HeardSnapshot>(&*message)) {
      note_part(now, work);
      if (part->last) note_document(now, work, out);
    }
  }
}

void Person::note_welcome(const HeardWelcome& welcome, Instant now, Workspace& work) {
  if (state_ != State::greeting) return;
  actor_ = welcome.actor;
  pushes_.begin_after(welcome.n);
  first_push_ = welcome.n + 1;
  state_ = State::loading;
  if (!is_keeper()) work.tally.welcome_latency.add(now - asked_at_);
}

void Person::note_part(Instant now, Workspace& work) {
  if (has_part_ || state_ != State::loading) return;
  has_part_ = true;
  if (!is_keeper()) work.tally.first_part_latency.add(now - asked_at_);
}

void Person::note_document(Instant now, Workspace& work, Bytes& out) {
  if (state_ != State::loading) return;
  state_ = State::here;
  if (is_keeper()) {
    furnish_next(work, out);
    return;
  }
  if (plan_->plane > 0) say_view(work, out);
  ++work.tally.joined;
  work.tally.snapshot_latency.add(now - asked_at_);
}

/// One's own cursor comes back with the others' and does not count; neither does what somebody
/// hears who does not listen, or what is told of those who are out of sight.
void Person::hear(const HeardCursors& cursors, Instant now, Workspace& work) {
  if (!listens_) return;
  std::uint64_t heard = 0;
  for (const CursorEntry& entry : cursors.entries) {
    if (entry.actor == actor_) continue;
    std::optional<Stamp> stamp;
    if (plan_->plane == 0) {
      stamp = to_stamp(entry.cursor);
    } else if (const auto place = read_place(entry.cursor, work.stamp_of(now))) {
      if (!home_.sees(place->home)) continue;
      stamp = place->stamp;
      // What moved in sight is told again with what moved outside (U4).
      if (std::exchange(heard_last_[entry.actor], *stamp) == *stamp) continue;
    }
    ++heard;
    if (!stamp) continue;
    const Instant at = work.time_of(*stamp);
    if (!work.window.holds(at)) continue;
    ++work.tally.moves_heard;
    work.tally.move_latency.add(now - at);
  }
  if (work.window.holds(now)) work.tally.deliveries_in_window += heard;
}

void Person::hear(const HeardOps& ops, Instant now, Workspace& work) const {
  if (state_ != State::here) return;
  if (work.window.holds(now)) ++work.tally.deliveries_in_window;
  const std::optional<Stamp> stamp = read_push_stamp(ops.ops);
  if (!stamp) return;
  const Instant at = work.time_of(*stamp);
  if (!work.window.holds(at)) return;
  ++work.tally.pushes_heard;
  work.tally.push_latency.add(now - at);
}

void Person::hear(const HeardAck& ack, Instant now, Workspace& work, Bytes& out) {
  if (!ack.code.empty()) work.tally.errors.add(ack.code);
  const auto rejected_for_good = [&](ErrorCode code) { return ack.code == name_of(code); };
  // These leave n unused (C6), so that no further push could be taken.
  if (rejected_for_good(ErrorCode::not_allowed) || rejected_for_good(ErrorCode::out_of_order)) {
    may_push_ = false;
  }
  const std::optional<Instant> at = pushes_.settle(ack.n);
  if (is_keeper()) {
    if (pushes_.unsettled() == 0) furnish_next(work, out);
    return;
  }
  if (work.window.holds(now)) ++work.tally.deliveries_in_window;
  if (at && plan_->in_flight > 0 && now < work.window.to) push(now, now, work, out);
  if (!at || !work.window.holds(*at)) return;
  ++work.tally.acks[static_cast<std::size_t>(ack.outcome)];
  work.tally.ack_latency.add(now - *at);
}

void Person::hear(const HeardError& error, Instant now, Workspace& work) {
  work.tally.errors.add(error.code);
  const bool is_about_push = error.kind == static_cast<std::uint64_t>(ClientKind::push);
  if (!is_about_push || !pushes_.is_unsettled(error.about)) return;
  if (resend_from_ && *resend_from_ <= error.about) return;
  resend_from_ = error.about;
  resend_at_ = now + kResendPause;
}

void Person::hear(const HeardGoodbye& goodbye, Workspace& work) {
  const std::string name = name_of_code(goodbye.code);
  work.tally.goodbyes.add(name);
  end("goodbye " + name + ": " + std::string(goodbye.reason), work);
}

void Person::end(std::string_view reason, Workspace& work) {
  if (state_ == State::over) return;
  if (state_ != State::leaving) work.tally.lost.add(reason);
  state_ = State::over;
}

void Person::move(Instant at, Workspace& work, Bytes& out) {
  if (state_ != State::here) return;
  work.payload.clear();
  const Stamp stamp = work.stamp_of(at);
  append_cursor(work.payload, plan_->plane == 0 ? to_cursor(stamp) : place_in(home_, stamp));
  frame(work, out);
  if (!work.window.holds(at)) return;
  ++work.tally.moves;
  work.tally.moves_to_hear += audience_;
}

void Person::push(Instant at, Instant now, Workspace& work, Bytes& out) {
  if (state_ != State::here || !may_push_) return;
  const bool counts = work.window.holds(at);
  if (pushes_.is_full()) {
    if (counts) ++work.tally.pushes_held_back;
  } else {
    const std::uint64_t n = pushes_.add(at);
    if (counts) ++work.tally.pushes;
    if (!resend_from_) write_push(n, at, work, out);
  }
  resend_if_due(now, work, out);
}

void Person::resend_if_due(Instant now, Workspace& work, Bytes& out) {
  if (state_ != State::here || !may_push_) return;
  if (!resend_from_ || now < resend_at_) return;
  // In order, and also those that have waited for it (C7).
  for (std::uint64_t n = *resend_from_; n < pushes_.next(); ++n) {
    if (pushes_.is_unsettled(n)) write_push(n, pushes_.time_of(n), work, out);
  }
  resend_from_.reset();
}

void Person::say_view(Workspace& work, Bytes& out) const {
  work.payload.clear();
  append_view(work.payload, {.rect = view_from(home_)});
  frame(work, out);
}

void Person::write_push(std::uint64_t n, Instant at, Workspace& work, Bytes& out) const {
  const Stamp stamp = work.stamp_of(at);
  work.payload.clear();
  append_person_push(work.payload, client_, n, n == first_push_, stamp);
  frame(work, out);
}

/// The next entities of a keeper's canvas. Without an ack for those before there are no more.
void Person::furnish_next(Workspace& work, Bytes& out) {
  if (entities_left_ == 0 || !may_push_) return;
  const std::size_t count = std::min(entities_left_, kEntitiesPerPush);
  const std::uint64_t n = pushes_.add(asked_at_);
  work.payload.clear();
  append_furnishing(work.payload, n, entities_left_ - count, count);
  frame(work, out);
  entities_left_ -= count;
}

void Person::leave(Workspace& work, Bytes& out) {
  if (state_ == State::absent || state_ == State::upgrading || state_ == State::over) {
    state_ = State::over;
    return;
  }
  websocket::append_client_close(out, websocket::kCloseNormal, work.next_mask_key());
  state_ = State::leaving;
}

/// The message in work.payload, as a frame.
void Person::frame(Workspace& work, Bytes& out) const {
  websocket::append_client_frame(out, websocket::Opcode::binary, work.payload,
                                 work.next_mask_key());
}

}  // namespace weft::load
