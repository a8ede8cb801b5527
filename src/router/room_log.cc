// SPDX-License-Identifier: Apache-2.0
// How a room takes pushes, and what it does when they come back from the log.
#include "router/room.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace weft::router {

using protocol::AckOutcome;
using protocol::CloseCode;
using protocol::ErrorCode;

void Room::push(Member& member, const protocol::Push& push, bool within_rate, Instant now) {
  if (member.role < connection::Role::edit) {
    if (const auto mark = log_.client(canvas_, member.client); mark && push.n <= mark->n) {
      ack(member, push.n, AckOutcome::duplicate, {});  // taken while the role still allowed it
      return;
    }
    reject(
        member, push.n,
        {ErrorCode::not_allowed,
         "role " + std::string(connection::name_of(member.role)) + " may not push; it needs edit",
         0});
    return;
  }
  if (push.n == 0) {
    reject(member, 0, {ErrorCode::out_of_order, "pushes are numbered from 1", 0});
    return;
  }
  presence_.note_input(member.actor, now);
  if (member.held && push.n > member.held->n) {
    hold(member, push.n, member.held->code);
    return;
  }
  if (!within_rate) {
    hold(member, push.n, ErrorCode::rate_limited);
    return;
  }
  if (member.held && push.n == member.held->n) member.held.reset();

  log::Push logged{member.client, push.n, member.actor, member.user, Bytes(push.ops)};
  InFlight in_flight{member.session, member.actor, std::nullopt};
  if (auto decoded = protocol::decode_ops(push.ops, config_.limits, ops_); !decoded) {
    // It goes into the log without its ops, so that its n is used up like any other's.
    in_flight.rejection = std::move(decoded.error());
    logged.ops.clear();
    protocol::append_array(logged.ops, 0);
  }
  // A resend of a push that is still on its way changes nothing about that one.
  in_flight_.try_emplace({member.client, push.n}, std::move(in_flight));
  log_.append(canvas_, std::move(logged));
}

void Room::hold(Member& member, std::uint64_t n, ErrorCode code) {
  if (!member.held || n < member.held->n) member.held = {n, code, false};
  // Whoever is told of the first one knows what became of the others (C7); unless it is told, it
  // would wait for ever. Once a tick is enough.
  if (n != member.held->n ? !member.push_complaints.take(now_.mono)
                          : std::exchange(member.held->is_told, true)) {
    return;
  }
  send_error(member, code,
             code == ErrorCode::rate_limited
                 ? "more than " + std::to_string(config_.limits.pushes_per_second) +
                       " pushes a second (pushes_per_second); send this one again"
                 : std::string("the log takes no pushes now; send this one again"),
             protocol::ClientKind::push, n);
}

void Room::ack(Member& member, std::uint64_t n, AckOutcome outcome, ByteView detail) {
  outgoing_.begin(member.session);
  outgoing_.end_shared();
  protocol::append_ack(outgoing_.bytes(), n, seq_, outcome, detail, sum_);
  outgoing_.end();
  member.owns_items = true;
}

void Room::reject(Member& member, std::uint64_t n, const protocol::Rejection& rejection) {
  if (!member.push_complaints.take(now_.mono)) return;
  Bytes detail;
  protocol::append_rejection(detail, rejection.code, rejection.message, rejection.op_index);
  ack(member, n, AckOutcome::rejected, detail);
}

void Room::log_opened(log::Opened opened) {
  host_.room_changed(*this);
  epoch_ = opened.epoch;
  seq_ = opened.base.seq;
  sum_ = opened.base.sum;
  take_range(opened.actors);
  history_.reset(seq_, sum_);
  snapshot_size_ = opened.base.state.size();
  opening_.emplace(StateReader(std::move(opened.base.state)), std::move(opened.tail), 0U,
                   opened.newest_snapshot_seq);
}

/// The log and the bus are there, and every peer has told of its people, or had the time to.
void Room::open_if_ready() {
  if (state_ != State::opening || !has_log_ || !has_bus_ || hearing_ != Hearing::over) return;
  state_ = State::open;
  full_tellers_.clear();
}

void Room::log_open_failed(log::LogErrc errc, const std::string& detail) {
  host_.room_changed(*this);
  state_ = State::failed;
  failure_ = errc;
  host_.room_failed(*this, detail);
  const Waiting waiting = std::exchange(waiting_, {});
  for (const Arrival& arrival : waiting.arrivals) refuse_arrival(arrival.session);
  for (const DocumentReader& reader : waiting.readers) reader(std::nullopt);
}

void Room::log_synced() {
  host_.room_changed(*this);
  is_synced_ = is_sync_under_way_;
}

/// What everybody here was told is not the canvas's history any more. They come back to what is,
/// and keep their places meanwhile.
void Room::log_reset() {
  host_.room_changed(*this);
  state_ = State::opening;
  has_log_ = false;
  for (const auto& member : members_) {
    cursors_.move(member->cursor, {.hidden = true});
    absent_cursors_.emplace(member->actor, member->cursor);
    lost_by_reset_.push_back(member->actor);
  }
  moved_.clear();
  for (const auto& member : std::exchange(members_, {})) {
    host_.session_ended(member->session, CloseCode::reset,
                        "the canvas's history had to start over; come again");
  }
  set_tick();
  for (Arrival& arrival : std::exchange(unnumbered_, {})) {
    waiting_.arrivals.push_back(std::move(arrival));
  }
  std::ranges::move(std::exchange(syncing_.arrivals, {}), std::back_inserter(waiting_.arrivals));
  std::ranges::move(std::exchange(syncing_.readers, {}), std::back_inserter(waiting_.readers));
  document_ = concept_sync::Document(config_.limits);
  history_.reset(0, 0);
  in_flight_.clear();
  outgoing_.clear();
  opening_.reset();
  std::ranges::move(std::exchange(readers_, {}), std::back_inserter(waiting_.readers));
  is_save_due_ = false;
  arrivals_pending_ = is_sync_under_way_ = is_synced_ = are_numbers_in_ = false;
  pushes_since_snapshot_ = bytes_since_snapshot_ = 0;
  take_range({});
  spare_actors_ = {};
  actors_asked_ = false;
}

std::optional<Bytes> Room::log_state() {
  while (opening_) go_on_opening(SIZE_MAX);
  if (state_ == State::failed) return std::nullopt;
  return encode_state(document_.snapshot());
}

void Room::log_entries(std::span<const log::Entry> entries) {
  host_.room_changed(*this);
  if (opening_) {
    opening_->tail.insert(opening_->tail.end(), entries.begin(), entries.end());
    return;
  }
  for (const log::Entry& entry : entries) apply(entry);
  note_save_if_due();
}

void Room::apply(const log::Entry& entry) {
  const log::Push& push = entry.push;
  concept_sync::Outcome outcome;
  if (const auto decoded = protocol::decode_ops(push.ops, config_.limits, ops_)) {
    outcome = document_.apply(ops_);
  } else {
    // Only a log written under other rules holds such a push: it changes nothing, on every instance
    // alike.
    outcome.kind = AckOutcome::rejected;
    outcome.rejection = decoded.error();
    protocol::append_array(outcome.effective, 0);
  }
  SessionId pushed_by;
  if (auto in_flight = in_flight_.extract({push.client, push.n})) {
    pushed_by = in_flight.mapped().session;
    if (in_flight.mapped().rejection) {
      outcome.kind = AckOutcome::rejected;
      outcome.rejection = std::move(in_flight.mapped().rejection);
    }
  }
  seq_ = entry.seq;
  sum_ = entry.sum;
  ++pushes_since_snapshot_;
  bytes_since_snapshot_ += push.ops.size();

  // Only the session that pushed is answered. One that has taken its place knows this push from its
  // snapshot, or gets it like everybody; if it pushes it again, it hears of a duplicate.
  Member* sender = member_of(push.actor);
  if (sender && sender->session != pushed_by) sender = nullptr;
  outgoing_.begin(sender ? sender->session : SessionId{});
  Bytes& bytes = outgoing_.bytes();
  const std::size_t begin = bytes.size();
  protocol::append_ops(bytes, seq_, push.actor, push.user, outcome.effective, sum_);
  history_.add(seq_, sum_, ByteView(bytes).substr(begin));
  outgoing_.end_shared();
  if (!sender) return;
  Bytes detail;
  if (outcome.kind == AckOutcome::rebased) detail = outcome.effective;
  if (outcome.kind == AckOutcome::rejected) {
    protocol::append_rejection(detail, outcome.rejection->code, outcome.rejection->message,
                               outcome.rejection->op_index);
  }
  protocol::append_ack(bytes, push.n, seq_, outcome.kind, detail, sum_);
  outgoing_.end();
  sender->owns_items = true;
  release(*sender, push.n);
}

void Room::release(Member& member, std::uint64_t n) {
  if (member.held && n >= member.held->n) member.held.reset();
}

void Room::log_refused(const ClientId& client, std::uint64_t n, ActorId actor, log::LogErrc errc) {
  host_.room_changed(*this);
  // A push of somebody else under the same client id may be on its way; that one stays.
  std::optional<SessionId> pushed_by;
  if (const auto at = in_flight_.find({client, n});
      at != in_flight_.end() && at->second.actor == actor) {
    pushed_by = at->second.session;
    in_flight_.erase(at);
  }
  Member* sender = member_of(actor);
  if (!sender || sender->arriving || sender->client != client) return;
  switch (errc) {
    case log::LogErrc::duplicate:
      release(*sender, n);
      ack(*sender, n, AckOutcome::duplicate, {});
      return;
    case log::LogErrc::out_of_order:
      // A session that has taken the place of the one that pushed it knows of no such push.
      if (pushed_by && *pushed_by != sender->session) return;
      reject(*sender, n,
             {ErrorCode::out_of_order, "n is not the number after this client's newest push", 0});
      return;
    case log::LogErrc::not_owner:
      reject(*sender, n,
             {ErrorCode::not_allowed, "this client id belongs to another user on this canvas", 0});
      return;
    case log::LogErrc::unavailable:
    case log::LogErrc::corrupt:
      hold(*sender, n, ErrorCode::unavailable);
      return;
  }
}

void Room::note_save_if_due() {
  // A snapshot costs as much as the document is big, so a big document is saved after more has
  // happened.
  if (pushes_since_snapshot_ < std::max(config_.snapshot_pushes, document_.entity_count()) &&
      bytes_since_snapshot_ < std::max(config_.snapshot_bytes, snapshot_size_)) {
    return;
  }
  is_save_due_ = true;
}

}  // namespace weft::router
