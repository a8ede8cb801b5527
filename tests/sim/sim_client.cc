// SPDX-License-Identifier: Apache-2.0
// A client's life: connections, losses, what it owes at the end.
#include "sim/sim_client.h"

#include "sim/complaint.h"
#include "unit/websocket/client_frame.h"
#include "websocket/close_code.h"

#include <algorithm>
#include <utility>

namespace weft::sim {

using std::chrono::milliseconds;

SimClient::SimClient(ClientId id, CanvasId canvas, connection::Role role, Shared& shared)
    : id_(std::move(id)),
      canvas_(std::move(canvas)),
      shared_(shared),
      random_(shared.random),
      role_(role),
      name_("Name of " + id_),
      renews_in_time_(random_.one_in(2)),
      connect_at_(shared.now.mono + random_.ms_between(0, 300)) {}

bool SimClient::wants_link() const {
  return !session_ && !vanished_ && shared_.now.mono >= connect_at_;
}

void SimClient::connect(std::shared_ptr<Link> link, std::size_t instance) {
  session_.emplace(std::move(link));
  session_->instance = instance;
  ++session_number_;
  session_->opened = shared_.now.mono;
  say_hello();
}

void SimClient::read() {
  if (!session_) return;
  session_->frames.add(session_->link->take_arrived());
  while (session_) {
    const auto frame = session_->frames.next();
    if (!frame) break;
    take_frame(*frame);
  }
  if (session_ && session_->link->is_over()) {  // ended without a word
    shared_.count("ended without goodbye");
    end_session(random_.ms_between(0, 1'500));
  }
}

void SimClient::tick() {
  if (!is_live() || session_->left || session_->renewal) return;
  if (resend_at_ && shared_.now.mono >= *resend_at_) resend();
  const auto& ends = session_->token_ends;
  if (!ends) return;
  const bool is_due = *ends - shared_.now.mono < milliseconds(1'000);
  if (shared_.is_calm() || (renews_in_time_ && is_due)) renew_token();
}

void SimClient::lose_link(Loss loss) {
  if (!session_) return;
  shared_.trace([&] { return id_ + " loses its link"; });
  if (session_->stage != Stage::greeting && may_rely_on_link()) {
    constexpr milliseconds kEverybodyKnows{600};
    held_ = Held{session_->actor, shared_.now.mono, shared_.server_life, session_->instance,
                 shared_.now.mono - session_->opened > kEverybodyKnows};
  }
  if (loss == Loss::noticed) {
    session_->link->cut();
  } else {
    session_->link->silence();
  }
  end_session(shared_.is_calm() ? milliseconds(0) : random_.ms_between(0, 2'500));
}

void SimClient::hop() {
  lose_link(random_.one_in(2) ? Loss::noticed : Loss::unnoticed);
  connect_at_ = shared_.now.mono;
}

std::optional<std::size_t> SimClient::instance() const {
  if (!session_) return std::nullopt;
  return session_->instance;
}

void SimClient::leave() {
  if (!session_ || session_->left) return;
  shared_.trace([&] { return id_ + " leaves"; });
  doubt_connection();
  session_->left = true;
  held_.reset();
  say_frame(test::close_frame(random_.one_in(2) ? 1000 : 1001, ""));
  if (random_.one_in(2)) {  // does not wait for the server's close
    session_->link->end();
    end_session(random_.ms_between(0, 4'000));
  }
}

void SimClient::vanish(bool clean) {
  shared_.trace([&] { return id_ + " vanishes"; });
  vanished_ = true;
  doubt_connection();
  if (!session_) return;
  if (clean) {
    say_frame(test::close_frame(1000, ""));
    session_->link->end();
  } else if (random_.one_in(2)) {
    session_->link->cut();
  } else {
    session_->link->silence();
  }
  end_session(milliseconds(0));
}

void SimClient::stall(Instant until) {
  if (!session_) return;
  shared_.trace([&] { return id_ + " stalls"; });
  doubt_connection();
  session_->link->stall(until);
}

void SimClient::speak_nonsense() {
  if (!session_ || session_->left) return;
  shared_.trace([&] { return id_ + " speaks nonsense"; });
  doubt_connection();
  session_->spoke_nonsense = true;
  held_.reset();
  const std::vector<Bytes> nonsense = {Bytes("\xc1", 1), Bytes("\x93\x01\xa1x", 4),
                                       Bytes("\x81\x00", 2), Bytes("\xdd\xff\xff\xff\xff", 5)};
  say_frame(test::binary_frame(random_.pick(nonsense)));
}

/// Forgets the session and comes back after the pause.
void SimClient::end_session(milliseconds pause) {
  doubt_connection();
  session_.reset();
  resend_at_.reset();
  to_resend_.clear();
  connect_at_ = shared_.now.mono + pause;
}

/// From now on the server may have a reason to end the session.
void SimClient::doubt_connection() {
  if (!session_ || session_->stage == Stage::greeting) return;
  shared_.actors.doubt(canvas_, session_->actor);
}

/// Whether nothing can have kept this session's bytes from flowing, so that the server has no
/// reason to end it.
bool SimClient::may_rely_on_link() const {
  const Plan usual;
  const Plan& plan = shared_.plan;
  return !plan.token_life && plan.outbox.bytes_max == usual.outbox.bytes_max &&
         plan.socket_bytes_max == usual.socket_bytes_max && plan.moves_bytes == usual.moves_bytes &&
         !session_->link->stalled_until() && !session_->link->is_dead() &&
         !session_->spoke_nonsense && !session_->goodbye && !session_->left;
}

bool SimClient::is_at_rest() const {
  if (vanished_) return true;
  return is_live() && !session_->left && !session_->link->is_dead() && pending_.empty() &&
         to_resend_.empty() && !session_->token_ends && !session_->renewal &&
         session_->pings == session_->pongs && session_->link->is_quiet();
}

std::string SimClient::state() const {
  if (vanished_) return id_ + " has vanished";
  if (!session_) return id_ + " is away";
  return id_ + " at stage " + std::to_string(static_cast<int>(session_->stage)) + ", seq " +
         std::to_string(seq_) + ", " + std::to_string(pending_.size()) + " pushes pending from n " +
         std::to_string(pending_.empty() ? 0 : pending_.front().n) + ", " +
         std::to_string(session_->pings - session_->pongs) + " pings unanswered" +
         (session_->token_ends ? ", with a token that ends" : "");
}

Person SimClient::shown() const {
  return {session_->user, presence_, away_ ? "away" : "idle"};
}

protocol::Cursor SimClient::cursor() const {
  return may(Role::present) ? cursor_ : protocol::Cursor{.hidden = true};
}

void SimClient::check_copy() const {
  if (seq_ != shared_.ledger.last_seq(canvas_)) {
    object("its copy is at seq " + std::to_string(seq_) + ", the log at " +
           std::to_string(shared_.ledger.last_seq(canvas_)));
  }
  if (replica_.canonical() != shared_.ledger.canonical(canvas_)) {
    object("its copy is another document than the log's");
  }
  if (!pending_.empty()) object("pushes are still pending");
  for (const auto& [n, balance] : session_->unanswered) {
    // Of many errors some are left unsaid (C13).
    if (balance > 0 && session_->postponements < 90)
      object("push " + std::to_string(n) + " was never answered");
  }
  if (!session_->refusals.empty()) object("a push that cannot be taken was never answered");
  for (const auto& [n, record] : records_) {
    if (!shared_.ledger.seq_of(canvas_, id_, n)) {
      object("push " + std::to_string(n) + " is settled and not in the log");
    }
  }
}

void SimClient::object(const std::string& sentence) const {
  complain(id_ + " on " + canvas_ + ": " + sentence);
}

}  // namespace weft::sim
