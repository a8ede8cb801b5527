// SPDX-License-Identifier: Apache-2.0
// How a room takes pushes, and what it does when they come back from the log.
#include "router/document_state.h"
#include "router/room.h"

#include <string>
#include <utility>

namespace weft::router {

using protocol::AckOutcome;
using protocol::CloseCode;
using protocol::ErrorCode;

void Room::push(Member& member, const protocol::Push& push, bool within_rate, Instant now) {
  if (member.role < connection::Role::edit) {
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
  if (!log_.is_available()) {
    hold(member, push.n, ErrorCode::unavailable);
    return;
  }
  if (member.held && push.n == member.held->n) member.held.reset();

  log::Push logged{member.client, push.n, member.actor, member.user.id, Bytes(push.ops)};
  if (auto decoded = protocol::decode_ops(push.ops, config_.limits, ops_); !decoded) {
    // It goes into the log without its ops, so that its n is used up like any other's.
    refused_.insert_or_assign({member.client, push.n}, std::move(decoded.error()));
    logged.ops.clear();
    protocol::append_array(logged.ops, 0);
  }
  ++in_flight_;
  log_.append(canvas_, std::move(logged));
}

void Room::hold(Member& member, std::uint64_t n, ErrorCode code) {
  if (!member.held || n < member.held->n) member.held = {n, code};
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
  Bytes detail;
  protocol::append_rejection(detail, rejection.code, rejection.message, rejection.op_index);
  ack(member, n, AckOutcome::rejected, detail);
}

void Room::log_opened(log::Opened opened) {
  host_.room_changed(*this);
  epoch_ = opened.epoch;
  seq_ = opened.base.seq;
  sum_ = opened.base.sum;
  actors_ = opened.actors;
  if (!load_document(opened.base.state, document_)) {
    log_open_failed(log::LogErrc::corrupt, "the snapshot of canvas " + canvas_ + " cannot be read");
    return;
  }
  history_.reset(seq_, sum_);
  for (const log::Entry& entry : opened.tail) apply(entry);
  outgoing_.clear();  // nobody is here yet who should be told
  state_ = State::open;
  for (Arrival& arrival : std::exchange(waiting_, {})) admit(std::move(arrival), now_.mono);
  run_readers();
}

void Room::log_open_failed(log::LogErrc errc, const std::string&) {
  host_.room_changed(*this);
  state_ = State::failed;
  failure_ = errc;
  for (const Arrival& arrival : std::exchange(waiting_, {})) refuse_arrival(arrival.session);
  run_readers();
}

void Room::log_entries(std::span<const log::Entry> entries) {
  host_.room_changed(*this);
  for (const log::Entry& entry : entries) {
    apply(entry);
    if (in_flight_ > 0) --in_flight_;
  }
  save_snapshot_if_due();
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
  if (const auto refused = refused_.find({push.client, push.n}); refused != refused_.end()) {
    outcome.kind = AckOutcome::rejected;
    outcome.rejection = std::move(refused->second);
    refused_.erase(refused);
  }
  seq_ = entry.seq;
  sum_ = entry.sum;
  ++pushes_since_snapshot_;
  bytes_since_snapshot_ += push.ops.size();
  snapshot_frames_.clear();

  Member* sender = member_of(push.actor);
  if (sender && (sender->arriving || sender->client != push.client)) sender = nullptr;
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
}

void Room::log_refused(const ClientId& client, std::uint64_t n, ActorId actor, log::LogErrc errc) {
  host_.room_changed(*this);
  if (in_flight_ > 0) --in_flight_;
  refused_.erase({client, n});
  Member* sender = member_of(actor);
  if (!sender || sender->arriving || sender->client != client) return;
  switch (errc) {
    case log::LogErrc::duplicate:
      ack(*sender, n, AckOutcome::duplicate, {});
      return;
    case log::LogErrc::out_of_order:
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

void Room::save_snapshot_if_due() {
  if (pushes_since_snapshot_ < config_.snapshot_pushes &&
      bytes_since_snapshot_ < config_.snapshot_bytes) {
    return;
  }
  pushes_since_snapshot_ = 0;
  bytes_since_snapshot_ = 0;
  log_.save_snapshot(canvas_, {seq_, sum_, encode_document(document_), {}});
}

}  // namespace weft::router
