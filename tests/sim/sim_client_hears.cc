// SPDX-License-Identifier: Apache-2.0
// What a client hears, and every promise that it is held against.
#include "connection/outbox.h"
#include "protocol/codes.h"
#include "protocol/msgpack.h"
#include "sim/complaint.h"
#include "sim/sim_client.h"
#include "unit/websocket/client_frame.h"

#include <algorithm>
#include <utility>

namespace weft::sim {

namespace {

// In which a return and the end of the grace period may miss each other on their ways between
// instances.
constexpr std::chrono::milliseconds kRaceTime{250};

}  // namespace

using protocol::AckOutcome;
using protocol::CloseCode;
using std::to_string;
using std::chrono::milliseconds;

void SimClient::take_frame(const ServerFrames::Frame& frame) {
  switch (frame.opcode) {
    case websocket::Opcode::ping:
      say_frame(test::pong_frame(frame.payload));
      return;
    case websocket::Opcode::pong:
      return;
    case websocket::Opcode::binary:
      break;
    case websocket::Opcode::close: {
      if (frame.payload.size() < 2) object("a close frame without a code");
      const auto code =
          static_cast<std::uint16_t>(static_cast<unsigned char>(frame.payload[0]) << 8 |
                                     static_cast<unsigned char>(frame.payload[1]));
      if (!session_->goodbye && !session_->left) {
        object("closed with " + to_string(code) + " without a goodbye");
      }
      if (session_->goodbye && *session_->goodbye != code) {
        object("closed with another code than the goodbye's (S6)");
      }
      const milliseconds pause =
          connect_at_ - shared_.now.mono > milliseconds(0)
              ? std::chrono::ceil<milliseconds>(connect_at_ - shared_.now.mono)
              : random_.ms_between(0, 1'500);
      say_frame(test::close_frame(code, ""));
      session_->link->end();
      end_session(pause);
      return;
    }
    default:
      object("a frame of an unexpected opcode");
  }
  if (frame.was_compressed) shared_.count("compressed");
  if (loses_frame(frame)) return;
  ServerMessageReader reader(frame.payload);
  while (!reader.at_end()) take(reader.next());
}

/// Sabotage::net_loses_a_frame: one with ops.
bool SimClient::loses_frame(const ServerFrames::Frame& frame) {
  constexpr ByteView kOpsHead("\x96\x03", 2);
  return shared_.plan.sabotage == Sabotage::net_loses_a_frame && is_live() &&
         frame.payload.starts_with(kOpsHead) && !std::exchange(skipped_one_, true);
}

void SimClient::take(const ServerMessage& message) {
  shared_.trace([&] { return id_ + " hears " + describe(message); });
  if (session_->goodbye) object("something follows goodbye (S6)");
  const bool is_goodbye = std::holds_alternative<GoodbyeMessage>(message);
  const bool fits = [&] {
    switch (session_->stage) {
      case Stage::greeting:
        return std::holds_alternative<WelcomeMessage>(message);
      case Stage::meeting:
        return std::holds_alternative<PresenceMessage>(message);
      case Stage::catching_up:
        return session_->resumed ? std::holds_alternative<OpsMessage>(message)
                                 : std::holds_alternative<SnapshotMessage>(message);
      default:
        return !std::holds_alternative<WelcomeMessage>(message) &&
               !std::holds_alternative<SnapshotMessage>(message);
    }
  }();
  if (!fits && !is_goodbye) {
    object("out of order after hello (S1): " + describe(message) + " at stage " +
           to_string(static_cast<int>(session_->stage)));
  }
  std::visit([this](const auto& one) { on(one); }, message);
}

void SimClient::on(const WelcomeMessage& welcome) {
  Session& session = *session_;
  session.stage = Stage::meeting;
  session.actor = welcome.actor;
  session.resumed = session.has_document = welcome.resumed;
  session.target_seq = welcome.seq;
  session.target_sum = welcome.sum;
  if (welcome.user != session.user) object("welcome names another user: " + welcome.user.id);
  if (welcome.role != connection::name_of(session.role)) object("welcome has another role");
  if (welcome.token_expires_in_ms.has_value() != (shared_.key != nullptr)) {
    object("welcome's token_expires_in");
  }
  // Over a slow link the welcome may come when the session has long been over.
  // On several instances an earlier one may still say something of an earlier session.
  const bool is_sure =
      may_rely_on_link() &&
      (!shared_.is_cluster() || (session_number_ == 1 && shared_.plan.cluster.is_faithful));
  shared_.actors.note_welcome(canvas_, welcome.actor, id_, is_sure);
  check_actor(welcome.actor);
  check_epoch(welcome);
  if (shared_.ledger.sum_at(canvas_, welcome.seq) != welcome.sum) object("welcome's sum (S10)");
  if (has_copy_ && welcome.seq < seq_) object("welcome goes back behind what was told (S5)");
  if (welcome.n < shared_.ledger.n_at(canvas_, id_, welcome.seq) || welcome.n > last_n_) {
    object("welcome's n is " + to_string(welcome.n) + ", in the log is " +
           to_string(shared_.ledger.n_at(canvas_, id_, welcome.seq)) + ", used was " +
           to_string(last_n_) + " (S7)");
  }
  if (welcome.n < settled_n_) object("a push that was acknowledged is lost");
  if (welcome.resumed && (!session.offered_since || session.offered_wrong_since)) {
    object("resumed from what was not offered (S4)");
  }
  shared_.count(welcome.resumed ? "resumed" : has_copy_ ? "snapshot again" : "snapshot");
}

/// Who is back within grace keeps the actor, on whatever instance (C8, R20).
void SimClient::check_actor(ActorId actor) {
  const auto held = std::exchange(held_, std::nullopt);
  if (!held) return;
  if (held->actor == actor && held->instance != session_->instance) {
    shared_.count("same actor on another instance");
  }
  auto grace = shared_.plan.router.room.presence.grace;
  if (shared_.is_cluster()) {
    if (!shared_.plan.cluster.is_faithful || !held->is_surely_known) return;
    // A room that opens does not wait for peers for ever, and those had no turn meanwhile (I3).
    if (shared_.last_leap > session_->opened) return;
    grace -= std::min(grace, kRaceTime);
  }
  if (held->server_life != shared_.server_life || shared_.now.mono - held->until >= grace) return;
  shared_.count("back within grace");
  if (held->actor != actor) {
    object("back within grace as actor " + to_string(actor.value) + ", was " +
           to_string(held->actor.value) + " (C8)");
  }
}

void SimClient::check_epoch(const WelcomeMessage& welcome) {
  if (has_copy_ && welcome.epoch != epoch_) {
    const auto& known = shared_.epochs[canvas_];
    if (!known.contains(welcome.epoch) || welcome.epoch < epoch_) object("the epoch has changed");
    if (welcome.resumed) object("resumed under another epoch (S4)");
    shared_.count("another epoch");
  }
  epoch_ = welcome.epoch;
}

void SimClient::on(const PresenceMessage& presence) {
  if (session_->stage == Stage::meeting) {
    people_.begin(presence);
    session_->stage = Stage::catching_up;
    finish_catching_up();
    return;
  }
  if (shared_.plan.sabotage == Sabotage::client_ignores_leaves) {
    PresenceMessage without_leaves = presence;
    without_leaves.leaves.clear();
    people_.apply(without_leaves);
    return;
  }
  people_.apply(presence);
  for (const auto& leave : presence.leaves) shared_.actors.note_leave(canvas_, leave.actor);
}

void SimClient::finish_catching_up() {
  if (session_->stage != Stage::catching_up) return;
  if (!session_->has_document) return;
  if (seq_ > session_->target_seq) object("missed ops go beyond welcome's seq (S4)");
  if (seq_ < session_->target_seq) return;
  if (sum_ != session_->target_sum) object("caught up to another sum than welcome's");
  session_->stage = Stage::live;
  send_unsent();
}

void SimClient::on(const SnapshotMessage& snapshot) {
  if (snapshot.seq != (snapshot.last ? session_->target_seq : 0)) {
    object("a snapshot of another seq than welcome's");
  }
  if (!session_->arriving) session_->arriving.emplace();
  session_->arriving->load(snapshot.entities);
  if (!snapshot.last) {
    shared_.count("snapshot in parts");
    return;
  }
  if (snapshot.sum != session_->target_sum) object("a snapshot of another sum than welcome's");
  replica_ = std::move(*session_->arriving);
  session_->arriving.reset();
  session_->has_document = true;
  has_copy_ = true;
  seq_ = snapshot.seq;
  sum_ = snapshot.sum;
  if (seq_ == shared_.ledger.last_seq(canvas_) &&
      replica_.canonical() != shared_.ledger.canonical(canvas_)) {
    object("the snapshot is not what the log makes");
  }
  finish_catching_up();
}

/// The next place in the log, by ops or ack (S2).
void SimClient::advance_to(std::uint64_t seq, protocol::Sum sum) {
  if (seq != seq_ + 1) {
    object("seq " + to_string(seq) + " after " + to_string(seq_) + " (S2)");
  }
  if (shared_.ledger.entry(canvas_, seq).sum != sum) object("a sum that is not the log's");
  seq_ = seq;
  sum_ = sum;
}

void SimClient::on(const OpsMessage& ops) {
  advance_to(ops.seq, ops.sum);
  const Ledger::Entry& entry = shared_.ledger.entry(canvas_, ops.seq);
  if (ops.actor != entry.push.actor || ops.user != entry.push.user) {
    object("ops " + to_string(ops.seq) + " by somebody else");
  }
  if (ops.ops != entry.effective)
    object("ops " + to_string(ops.seq) + " are not the effective ones");
  const bool is_own = entry.push.client == id_;
  if (is_own) {
    shared_.count("own push as ops");
    // What an earlier session pushed is news to this one, like anything else that was missed.
    if (records_[entry.push.n].first_session == session_number_) {
      object("its own ops come back (S2)");
    }
  }
  if (!is_own && shared_.plan.sabotage == Sabotage::client_skips_a_push &&
      !std::exchange(skipped_one_, true)) {
    return;
  }
  replica_.apply(ops.ops);
  finish_catching_up();
}

void SimClient::on(const AckMessage& ack) {
  auto& session = *session_;
  if (const auto sent = session.unanswered.find(ack.n); sent != session.unanswered.end()) {
    --sent->second;
  }
  const bool is_refused = ack.rejection == "not_allowed" || ack.rejection == "out_of_order";
  if (is_refused) return take_refusal(ack);
  const auto found = records_.find(ack.n);
  if (found == records_.end()) object("an ack for n " + to_string(ack.n) + ", never pushed");
  Record& record = found->second;
  if (++record.answers > record.sends) {
    object("n " + to_string(ack.n) + " is acknowledged more often than it was sent");
  }
  if (ack.outcome == AckOutcome::duplicate) {
    take_duplicate(ack);
  } else {
    take_outcome(ack);
  }
}

/// Not in the log, and the number was not used up (C6).
void SimClient::take_refusal(const AckMessage& ack) {
  const auto expected = session_->refusals.find(ack.n);
  if (expected == session_->refusals.end()) {
    object("push " + to_string(ack.n) + " is rejected as " + std::string(ack.rejection));
  }
  session_->refusals.erase(expected);
  if (ack.seq != seq_ || ack.sum != sum_) object("a rejection stands elsewhere in the log");
  shared_.count("refused " + std::string(ack.rejection));
}

void SimClient::take_duplicate(const AckMessage& ack) {
  shared_.count("duplicate");
  const Record& record = records_[ack.n];
  if (record.sends < 2) object("n " + to_string(ack.n) + " was sent once and is a duplicate");
  if (ack.seq != seq_ || ack.sum != sum_) object("a duplicate stands elsewhere in the log");
  const auto at = shared_.ledger.seq_of(canvas_, id_, ack.n);
  if (!at || *at > seq_) object("n " + to_string(ack.n) + " is a duplicate of nothing");
  if (shared_.plan.sabotage == Sabotage::client_applies_duplicates) {
    replica_.apply(shared_.ledger.entry(canvas_, *at).effective);
  }
  if (!record.is_settled) note_settled(ack.n);
}

void SimClient::take_outcome(const AckMessage& ack) {
  advance_to(ack.seq, ack.sum);
  if (records_[ack.n].is_settled) object("n " + to_string(ack.n) + " is acknowledged twice");
  const Ledger::Entry& entry = shared_.ledger.entry(canvas_, ack.seq);
  if (entry.push.client != id_ || entry.push.n != ack.n) {
    object("ack of n " + to_string(ack.n) + " for somebody else's push");
  }
  const Bytes& asked = records_[ack.n].ops;
  if (entry.push.ops == asked) {
    if (entry.outcome != ack.outcome) object("n " + to_string(ack.n) + " has another outcome");
    if (ack.rejection != entry.rejection) object("n " + to_string(ack.n) + ": another rejection");
  } else {
    // Only what was refused for its shape stands in the log without its ops (C6).
    protocol::OpList ops;
    const auto decoded = protocol::decode_ops(asked, shared_.ledger.limits(), ops);
    if (decoded || entry.push.ops != Bytes("\x90") || ack.outcome != AckOutcome::rejected ||
        ack.rejection != protocol::name_of(decoded.error().code)) {
      object("n " + to_string(ack.n) + " is in the log with other ops");
    }
    shared_.count("misshapen");
  }
  if (ack.outcome == AckOutcome::commit) {
    shared_.count("commit");
    replica_.apply(asked);
  } else if (ack.outcome == AckOutcome::rebased) {
    shared_.count("rebased");
    if (ack.detail != entry.effective) object("a rebase with other ops than the effective ones");
    replica_.apply(ack.detail);
  } else {
    shared_.count(ack.outcome == AckOutcome::rejected ? "rejected" : "no effect");
  }
  note_settled(ack.n);
}

/// What the log has is settled, once.
void SimClient::note_settled(std::uint64_t n) {
  if (std::erase_if(pending_, [n](const Push& push) { return push.n == n; }) != 1) {
    object("n " + to_string(n) + " is settled and not pending");
  }
  to_resend_.erase(n);
  settled_n_ = std::max(settled_n_, n);
  records_[n].is_settled = true;
}

void SimClient::on(const ErrorMessage& error) {
  shared_.count("error " + std::string(error.code));
  const auto kind = static_cast<protocol::ClientKind>(error.kind);
  if (kind == protocol::ClientKind::push) return take_postponement(error);
  if (error.about != error.kind) object("an error about " + to_string(error.about));
  if (error.code == "rate_limited") {
    if (kind == protocol::ClientKind::token) session_->renewal.reset();
    if (kind == protocol::ClientKind::cursor) object("a limited cursor is dropped silently (C13)");
    return;
  }
  if (error.code == "not_allowed") {
    if (may(Role::present)) object("not_allowed about kind " + to_string(error.kind));
    return;
  }
  const auto expected = session_->errors.find(std::string(error.code));
  if (expected == session_->errors.end()) object("error " + std::string(error.code));
  session_->errors.erase(expected);
}

/// The push was not taken and is to be sent again (C7).
void SimClient::take_postponement(const ErrorMessage& error) {
  if (error.code != "unavailable" && error.code != "rate_limited") {
    object("error " + std::string(error.code) + " about a push");
  }
  if (const auto refusal = session_->refusals.find(error.about);
      refusal != session_->refusals.end() && !records_.contains(error.about)) {
    session_->refusals.erase(refusal);
    return;
  }
  if (session_->unanswered[error.about]-- <= 0) {
    object("an error about n " + to_string(error.about) + ", which has its answer");
  }
  ++session_->postponements;
  to_resend_.insert(error.about);
  if (!resend_at_) resend_at_ = shared_.now.mono + random_.ms_between(50, 800);
}

void SimClient::on(const EventMessage& event) {
  protocol::MsgpackReader payload(event.payload);
  if (!payload.read_array()) object("an event with another payload");
  const std::string sender(payload.read_string().value_or(""));
  const std::uint64_t count = payload.read_uint().value_or(0);
  if (sender == id_ && !shared_.is_cluster()) object("its own event comes back");
  shared_.count("event");
  if (shared_.is_cluster()) {
    // What a client sent through one instance may come after what it sent through another.
    if (!session_->events.insert({sender, count}).second) object("an event comes twice (I5)");
    return;
  }
  std::uint64_t& last = last_events_[sender];
  if (count <= last) object("event " + to_string(count) + " after " + to_string(last));
  last = count;
}

void SimClient::on(const PongMessage& pong) {
  if (pong.value != ++session_->pongs) object("a pong out of order");
  if (session_->renewal && session_->renewal->ping == pong.value) {
    role_ = session_->role = session_->renewal->role;
    session_->token_ends = session_->renewal->ends;
    session_->renewal.reset();
  }
}

void SimClient::on(const CursorsMessage& cursors) {
  if (shared_.plan.sabotage == Sabotage::client_ignores_cursors) return;
  people_.apply(cursors);
}

void SimClient::on(const GoodbyeMessage& goodbye) {
  const auto code = static_cast<CloseCode>(goodbye.code);
  shared_.count("goodbye " + std::string(protocol::name_of(code)));
  doubt_connection();
  session_->goodbye = goodbye.code;
  session_->stage = Stage::parting;
  const protocol::Advice advice = protocol::advice_for(code);
  if (goodbye.retry != advice.retry || goodbye.token != advice.token ||
      goodbye.after_min_ms != advice.after_min_ms || goodbye.after_max_ms != advice.after_max_ms) {
    object("a goodbye with other advice than its code's (E1)");
  }
  const Instant calm_since = shared_.calm_since.value_or(Instant::max());
  const std::size_t usual_outbox_bytes = connection::OutboxLimits().bytes_max;
  const bool has_reason = [&] {
    switch (code) {
      case CloseCode::bad_message:
        return session_->spoke_nonsense;
      case CloseCode::hello_expected:
        return shared_.now.mono - session_->opened > shared_.plan.router.times.hello_within;
      case CloseCode::token_expired:
        return shared_.plan.token_life.has_value();
      case CloseCode::replaced:  // by an older connection, whose hello was slower
        return session_number_ > 1;
      case CloseCode::draining:
      case CloseCode::overloaded:
        return true;
      case CloseCode::internal:  // let in twice
        return shared_.is_cluster() && session_number_ > 1;
      case CloseCode::reset:
        return shared_.is_cluster() && shared_.epochs[canvas_].size() > 1;
      case CloseCode::slow:
        return session_->opened < calm_since || shared_.plan.outbox.bytes_max < usual_outbox_bytes;
      case CloseCode::idle_link:
        return session_->opened < calm_since;
      default:
        return false;
    }
  }();
  if (!has_reason)
    object("goodbye " + to_string(goodbye.code) + ": " + std::string(goodbye.reason));
  // Within the advice, but rather soon: a run is short. Without advice somebody reloads the page.
  const milliseconds pause =
      goodbye.retry
          ? random_.ms_between(goodbye.after_min_ms,
                               std::min(goodbye.after_max_ms, goodbye.after_min_ms + 1'500))
          : random_.ms_between(0, 3'000);
  connect_at_ = shared_.now.mono + pause;
}

}  // namespace weft::sim
