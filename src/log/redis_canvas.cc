// SPDX-License-Identifier: Apache-2.0
// How a canvas follows its history in Redis, and what it is asked meanwhile.
#include "log/redis_canvas.h"

#include "log/history.h"

#include <algorithm>
#include <utility>

namespace weft::log {

RedisCanvas::RedisCanvas(RedisLogContext& context, CanvasId id, LogListener& listener,
                         std::vector<Push> brought)
    : context_(context),
      id_(std::move(id)),
      listener_(&listener),
      scripts_(context.commands, id_),
      history_(id_),
      brought_(std::move(brought)),
      retry_delay_(context.options.retry_min) {}

std::shared_ptr<RedisCanvas> RedisCanvas::enter() {
  auto self = shared_from_this();
  if (!std::exchange(is_touched, true)) context_.touch(self);
  return self;
}

void RedisCanvas::start() {
  if (context_.archive != nullptr) {
    archive_ =
        std::make_shared<CanvasArchive>(context_, id_,
                                        CanvasArchive::Canvas{
                                            .told_snapshot = [this] { return told_snapshot(); },
                                            .changed = [this] { (void)enter(); },
                                        });
  }
  (void)enter();
  open_alarm_.set(context_.options.open_patience);
  why_not_open_ = "the subscription to its channel is not confirmed";
  context_.channels.subscribe(scripts_.channel(), *this);
}

void RedisCanvas::close() {
  (void)enter();
  listener_ = nullptr;
  context_.channels.unsubscribe(scripts_.channel());
  if (restoring_) scripts_.withdraw(context_.options.node);
  restoring_.reset();
  for (Alarm* alarm : {&open_alarm_, &gap_alarm_, &offer_alarm_, &force_alarm_, &refuse_alarm_}) {
    alarm->clear();
  }
  if (archive_) archive_->leave();
  // What Redis has already needs no more care; the rest is tried for a while.
  std::vector<UnderWayPush*> settled;
  for (UnderWayPush& push : under_way_.all()) {
    if (push.state == UnderWayPush::State::in_log) settled.push_back(&push);
  }
  for (UnderWayPush* push : settled) (void)under_way_.take(push->push.client, push->push.n);
  take_brought();
  state_ = State::closed;
  if (under_way_.is_empty()) return;
  leave_alarm_.set(context_.options.leave_patience);
  retry_alarm_.set_if_unset(retry_delay_);
}

bool RedisCanvas::has_ended() const {
  return listener_ == nullptr && under_way_.is_empty() && (!archive_ || archive_->has_ended());
}

bool RedisCanvas::is_idle() const {
  return under_way_.is_empty() && brought_.empty() && !restoring_ &&
         (!archive_ || archive_->is_idle());
}

std::vector<Push> RedisCanvas::hand_over() {
  (void)enter();
  if (archive_) archive_->stay();
  std::vector<Push> pushes;
  for (UnderWayPush& push : under_way_.all()) pushes.push_back(std::move(push.push));
  under_way_.clear();
  ++life_;
  return pushes;
}

// What the room asks

void RedisCanvas::save_snapshot(Snapshot snapshot) {
  if (state_ != State::open || restoring_) return;
  if (snapshot.seq != history_.told().seq || snapshot.seq == 0) return;
  snapshot.sum = history_.told().sum;
  snapshot.clients = history_.told_marks();
  snapshot.complete();
  store::SnapshotRow row{
      .seq = snapshot.seq, .sum = snapshot.sum, .state = encode_snapshot(snapshot)};
  scripts_.save_snapshot(epoch_, row, archive_ != nullptr);
  older_snapshot_ = std::exchange(newer_snapshot_, snapshot.seq);
  history_.forget_remembered(older_snapshot_);
  if (archive_) archive_->save_snapshot(std::move(row));
}

void RedisCanvas::sync() {
  (void)enter();
  ++new_syncs_;
  look();
}

void RedisCanvas::reserve_actors() {
  if (state_ != State::open) {
    context_.later([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self && self->listener_ != nullptr) self->listener_->log_actors({});
    });
    return;
  }
  scripts_.reserve_actors(
      epoch_, kActorsPerRedisReservation,
      [weak = weak_from_this()](Result<std::optional<std::uint64_t>, redis::RedisError> first) {
        const auto self = weak.lock();
        if (!self || self->listener_ == nullptr) return;
        const auto entered = self->enter();
        if (!first || !*first) return self->listener_->log_actors({});
        const ActorRange range{.first = **first, .end = **first + kActorsPerRedisReservation};
        self->actors_end_ = std::max(self->actors_end_, range.end);
        self->listener_->log_actors(range);
      });
}

std::optional<ClientMark> RedisCanvas::client(const ClientId& client) const {
  const RedisHistory::Client* known = history_.find(client);
  if (known == nullptr || known->told_n == 0) return std::nullopt;
  return ClientMark{.client = client, .user = known->user, .n = known->told_n};
}

std::string RedisCanvas::trouble() const {
  if (restoring_) return "canvas " + id_ + " is being brought back to Redis";
  if (is_in_trouble_) return "canvas " + id_ + ": Redis takes nothing (" + last_failure_ + ")";
  if (state_ == State::open && !is_proven_) {
    return "canvas " + id_ + " is not proven whole since the last break";
  }
  if (archive_ && archive_->is_damaged()) {
    return "canvas " + id_ + " has other entries in the archive than in Redis";
  }
  if (state_ != State::open && was_open_) return "canvas " + id_ + " is being read again";
  return {};
}

// Time

void RedisCanvas::advance(Now now) {
  const auto self = shared_from_this();
  if (archive_) archive_->advance(now.mono);
  if (leave_alarm_.take_due(now.mono)) {
    for (const UnderWayPush& push : under_way_.all()) note_given_up(push);
    under_way_.clear();
  }
  if (state_ == State::closed) {
    if (retry_alarm_.take_due(now.mono)) send_waiting();
  }
  if (open_alarm_.take_due(now.mono) && state_ != State::open) {
    fail(LogErrc::unavailable, "Canvas " + id_ + " could not be opened: " + why_not_open_ + ".");
    if (listener_ == nullptr) return;
  }
  if (refuse_alarm_.take_due(now.mono) && is_in_trouble_) {
    is_refusing_ = true;
    context_.notice("Redis takes no edits of canvas " + id_ +
                    "; new ones are refused until it does: " + last_failure_);
  }
  if (force_alarm_.take_due(now.mono) && restoring_) {
    restoring_->is_forced = true;
    if (!restoring_->has_asked_archive && !context_.options.acks_from_archive) {
      restoring_->has_asked_archive = true;
      restoring_->is_under_way = false;
      look();
    }
  }
  if (offer_alarm_.take_due(now.mono) && restoring_) write_back();
  if (gap_alarm_.take_due(now.mono)) look();
  if (retry_alarm_.take_due(now.mono)) {
    switch (state_) {
      case State::asking:
      case State::seeding:
        ask();
        break;
      case State::filling:
        fill();
        break;
      case State::open:
        look();
        break;
      case State::subscribing:
      case State::closed:
        break;
    }
  }
  for (Alarm* alarm : {&open_alarm_, &gap_alarm_, &retry_alarm_, &refuse_alarm_, &leave_alarm_,
                       &offer_alarm_, &force_alarm_}) {
    alarm->start(now.mono);
  }
}

std::optional<Instant> RedisCanvas::next_deadline(Instant now) const {
  std::optional<Instant> due;
  for (const Alarm* alarm : {&open_alarm_, &gap_alarm_, &retry_alarm_, &refuse_alarm_,
                             &leave_alarm_, &offer_alarm_, &force_alarm_}) {
    due = earlier(due, alarm->due(now));
  }
  if (archive_) due = earlier(due, archive_->next_deadline(now));
  return due;
}

// The channel

void RedisCanvas::channel_ready(ByteView) {
  const auto self = enter();
  has_channel_ = true;
  if (state_ == State::subscribing) return ask();
  looks_again_ = true;
  if (state_ != State::open) return;
  // That it is to expire may have been said while nobody heard.
  if (archive_) scripts_.keep();
  look();
}

void RedisCanvas::channel_lost(ByteView) {
  has_channel_ = false;
  is_proven_ = false;
  needs_look_ = true;
  const auto self = enter();
  look();
}

void RedisCanvas::channel_message(ByteView, ByteView payload) {
  const auto self = enter();
  auto message = decode_redis_message(payload);
  if (!message) return;
  if (state_ != State::open) {
    looks_again_ = true;
    is_expiring_ = is_expiring_ || message->kind == RedisMessage::Kind::expiring;
    const bool is_awaited = state_ == State::filling && looks_for_archive_ > 0 &&
                            message->kind == RedisMessage::Kind::archived;
    if (is_awaited && message->epoch == epoch_ && message->seq >= opening_head_) fill();
    return;
  }
  if (message->kind == RedisMessage::Kind::expiring) return scripts_.keep();
  if (message->epoch != epoch_) return look();
  switch (message->kind) {
    case RedisMessage::Kind::push:
      return hear(std::move(message->entry));
    case RedisMessage::Kind::archived:
      return note_archived(message->seq);
    case RedisMessage::Kind::restored:
    case RedisMessage::Kind::expiring:
      return;
  }
}

void RedisCanvas::hear(KeptEntry entry) {
  if (restoring_ || entry.seq <= history_.known().seq) return;
  heard_seq_ = std::max(heard_seq_, entry.seq);
  if (entry.seq == history_.known().seq + 1) {
    if (!accept(std::move(entry))) return;
    take_ahead();
    return deliver();
  }
  if (ahead_bytes_ + entry.push.size() <= kAheadBytesMax) {
    const std::size_t bytes = entry.push.size();
    if (ahead_.emplace(entry.seq, std::move(entry)).second) ahead_bytes_ += bytes;
  }
  look();
}

/// What was announced too early and follows on what is known now.
void RedisCanvas::take_ahead() {
  while (!ahead_.empty() && ahead_.begin()->first <= history_.known().seq + 1) {
    KeptEntry entry = std::move(ahead_.begin()->second);
    ahead_.erase(ahead_.begin());
    ahead_bytes_ -= entry.push.size();
    if (entry.seq == history_.known().seq + 1 && !accept(std::move(entry))) return;
  }
}

/// What was announced may belong to a history that is void.
void RedisCanvas::forget_heard() {
  heard_seq_ = history_.known().seq;
  ahead_.clear();
  ahead_bytes_ = 0;
}

// Looking

void RedisCanvas::look() {
  if (state_ != State::open) return;
  if (is_looking_) {
    looks_again_ = true;
    return;
  }
  is_looking_ = true;
  looks_again_ = false;
  looked_syncs_ += std::exchange(new_syncs_, 0);
  scripts_.since(epoch_, history_.known().seq, history_.known().chain,
                 answer<SinceReply>(&RedisCanvas::handle_looked));
}

void RedisCanvas::handle_looked(Result<SinceReply, redis::RedisError> reply) {
  is_looking_ = false;
  if (state_ != State::open) return;
  if (!reply) {
    new_syncs_ += std::exchange(looked_syncs_, 0);
    return note_failure(reply.error());
  }
  if (reply->kind != SinceReply::Kind::ok && reply->kind != SinceReply::Kind::restarted) {
    new_syncs_ += std::exchange(looked_syncs_, 0);
    return handle_other_history(*reply);
  }
  if (looked_syncs_ > 0) syncs_.push_back({std::exchange(looked_syncs_, 0), reply->head});
  const bool is_restarted = reply->kind == SinceReply::Kind::restarted;
  if (!is_restarted && std::exchange(restoring_, std::nullopt)) {
    offer_alarm_.clear();
    force_alarm_.clear();
    scripts_.withdraw(context_.options.node);
  }
  archived_ = std::max(archived_, reply->archived);
  if (archive_) archive_->note_archived(archived_);
  const bool has_more = !reply->entries.empty();
  if (!accept(std::move(reply->entries))) return;
  take_ahead();
  if (state_ != State::open) return;
  const bool is_whole = history_.known().seq >= std::max(reply->head, heard_seq_);
  if (!is_restarted) needs_look_ = false;
  if (is_whole && !is_restarted && !looks_again_ && has_channel_) is_proven_ = true;
  deliver();
  answer_syncs();
  if (listener_ == nullptr || state_ != State::open) return;
  if (looks_again_ || new_syncs_ > 0 || (!is_whole && has_more)) return look();
  if (is_restarted && history_.known().seq >= reply->head) {
    return restore({.epoch = epoch_, .seq = reply->head});
  }
  if (!is_whole) {
    // It was announced by a Redis that is not the one that answers.
    forget_heard();
    return retry_alarm_.set_if_unset(context_.options.retry_min);
  }
  send_waiting();
}

bool RedisCanvas::accept(std::vector<KeptEntry> entries) {
  for (KeptEntry& entry : entries) {
    // The channel may have brought it meanwhile.
    if (entry.seq > history_.known().seq && !accept(std::move(entry))) return false;
  }
  return true;
}

bool RedisCanvas::accept(KeptEntry entry) {
  const std::uint64_t seq = entry.seq;
  Bytes for_archive;
  if (archive_) for_archive = entry.push;
  const auto accepted = history_.accept(std::move(entry));
  if (!accepted) {
    found_damage(accepted.error());
    return false;
  }
  if (archive_) {
    const Push& push = (*accepted)->push;
    const bool is_own = under_way_.find(push.client, push.n) != nullptr;
    archive_->add(seq, history_.known().sum, std::move(for_archive), is_own);
  }
  return true;
}

void RedisCanvas::note_archived(std::uint64_t seq) {
  archived_ = std::max(archived_, seq);
  if (archive_) archive_->note_archived(seq);
  deliver();
}

std::uint64_t RedisCanvas::tellable() const {
  return context_.options.acks_from_archive ? archived_ : history_.known().seq;
}

/// Gives the listener everything that may be told, then the duplicates of it.
void RedisCanvas::deliver() {
  const std::vector<Entry> entries = history_.tell_up_to(tellable());
  if (entries.empty()) return;
  struct Duplicate {
    ClientId client;
    std::uint64_t n = 0;
    ActorId actor;
  };
  std::vector<Duplicate> duplicates;
  for (const Entry& entry : entries) {
    const auto own = under_way_.take(entry.push.client, entry.push.n);
    if (!own) continue;
    // Somebody else's push of the same number got in first.
    if (!own->is_brought_back && own->push.actor != entry.push.actor) {
      duplicates.push_back({entry.push.client, entry.push.n, own->push.actor});
    }
    for (const ActorId actor : own->duplicates) {
      duplicates.push_back({entry.push.client, entry.push.n, actor});
    }
  }
  if (gap_alarm_.is_set() && std::ranges::none_of(under_way_.all(), [](const UnderWayPush& push) {
        return push.state == UnderWayPush::State::in_log;
      })) {
    gap_alarm_.clear();
  }
  listener_->log_entries(entries);
  for (const Duplicate& duplicate : duplicates) {
    if (listener_ == nullptr) return;
    listener_->log_refused(duplicate.client, duplicate.n, duplicate.actor, LogErrc::duplicate);
  }
  answer_syncs();
}

/// What a look found is void, so another one has to answer.
void RedisCanvas::ask_syncs_again() {
  for (const SyncGroup& group : std::exchange(syncs_, {})) new_syncs_ += group.calls;
}

void RedisCanvas::answer_syncs() {
  while (!syncs_.empty() && syncs_.front().seq <= history_.told().seq) {
    const std::size_t calls = syncs_.front().calls;
    syncs_.pop_front();
    for (std::size_t i = 0; i < calls; ++i) {
      if (listener_ == nullptr) return;
      listener_->log_synced();
    }
  }
}

}  // namespace weft::log
