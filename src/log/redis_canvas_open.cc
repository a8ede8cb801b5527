// SPDX-License-Identifier: Apache-2.0
// How a canvas comes to know its history: from Redis, or, where Redis does not have it, from the
// archive.
#include "log/history.h"
#include "log/redis_canvas.h"

#include <algorithm>
#include <utility>

namespace weft::log {

namespace {

/// Looks at how far the archive is, before a canvas is opened with what it has.
constexpr int kLooksForArchiveMax = 10;

std::uint64_t end_of(const History& history) {
  return history.tail.empty() ? history.base.seq : history.tail.back().seq;
}

bool is_wrong_type(const redis::RedisError& error) {
  return error.errc == redis::RedisErrc::refused && error.detail.starts_with("WRONGTYPE");
}

}  // namespace

void RedisCanvas::ask() {
  ++attempt_;
  state_ = State::asking;
  scripts_.open(kActorsPerOpen, answer<OpenReply>(&RedisCanvas::handle_opened));
}

void RedisCanvas::handle_opened(Result<OpenReply, redis::RedisError> reply) {
  if (state_ != State::asking) return;
  if (!reply) return open_failed_on(reply.error());
  switch (reply->kind) {
    case OpenReply::Kind::restoring:
      return try_open_again("another instance is about to bring it back to Redis",
                            context_.options.retry_min);
    case OpenReply::Kind::restarted:
      restarted_ = Seen{.epoch = reply->epoch, .seq = reply->head};
      state_ = State::seeding;
      return ask_uptime();
    case OpenReply::Kind::absent:
      restarted_.reset();
      state_ = State::seeding;
      return ask_uptime();
    case OpenReply::Kind::ok:
      break;
  }
  if (!begin_history(*reply)) return;
  state_ = State::filling;
  looks_for_archive_ = 0;
  if (history_.known().seq < opening_head_) return fill();
  finish_open();
}

/// False: damage was found, and dealt with.
bool RedisCanvas::begin_history(OpenReply& reply) {
  epoch_ = reply.epoch;
  archived_ = reply.archived;
  opening_head_ = reply.head;
  newest_snapshot_ = reply.newest_snapshot;
  actors_ = {.first = reply.first_actor, .end = reply.first_actor + kActorsPerOpen};
  actors_end_ = std::max(actors_end_, actors_.end);
  base_ = {};
  if (reply.base.seq != 0) {
    auto base = decode_snapshot(reply.base);
    if (!base) {
      found_damage(
          damage(reply.base.seq, "its snapshot cannot be read: " + std::string(base.error().what)));
      return false;
    }
    base_ = *std::move(base);
  }
  history_.begin({.seq = base_.seq, .sum = base_.sum, .chain = std::move(reply.base_chain)},
                 base_.clients);
  if (archive_) archive_->begin(epoch_, base_.seq, archived_);
  const bool has_more = !reply.entries.empty();
  if (!accept(std::move(reply.entries))) return false;
  if (has_more || history_.known().seq >= opening_head_) return true;
  found_damage(damage(history_.known().seq + 1, "this entry is missing."));
  return false;
}

std::string RedisCanvas::damage(std::uint64_t seq, const std::string& what) const {
  return "Canvas " + id_ + " is damaged in Redis at seq " + std::to_string(seq) + ": " + what;
}

void RedisCanvas::fill() {
  scripts_.since(epoch_, history_.known().seq, history_.known().chain,
                 answer<SinceReply>(&RedisCanvas::handle_filled));
}

void RedisCanvas::handle_filled(Result<SinceReply, redis::RedisError> reply) {
  if (state_ != State::filling) return;
  if (!reply) return open_failed_on(reply.error());
  if (reply->kind != SinceReply::Kind::ok) return ask();  // it has changed meanwhile
  archived_ = std::max(archived_, reply->archived);
  const bool has_more = !reply->entries.empty();
  if (!accept(std::move(reply->entries))) return;
  if (history_.known().seq >= opening_head_) return finish_open();
  if (has_more) return fill();
  found_damage(damage(history_.known().seq + 1, "this entry is missing."));
}

/// What is acknowledged by the archive is told only when it is there, so the opener waits a while
/// for what others have under way.
bool RedisCanvas::waits_for_archive() {
  if (!context_.options.acks_from_archive) return false;
  if (archived_ >= opening_head_ || archived_ < base_.seq) return false;
  if (looks_for_archive_ == kLooksForArchiveMax) return false;
  ++looks_for_archive_;
  archive_->hasten();
  retry_alarm_.set(context_.options.gap_patience);
  return true;
}

void RedisCanvas::finish_open() {
  if (waits_for_archive()) return;
  const auto newest_sum = history_.sum_at(newest_snapshot_.seq);
  if (newest_sum && *newest_sum != newest_snapshot_.sum) {
    return found_damage(damage(newest_snapshot_.seq, "the snapshot's sum is not the log's."));
  }
  state_ = State::open;
  open_alarm_.clear();
  end_trouble();
  has_reread_ = false;
  was_open_ = true;
  is_proven_ = has_channel_ && !looks_again_;
  needs_look_ = false;
  forget_heard();
  older_snapshot_ = base_.seq;
  newer_snapshot_ = newest_snapshot_.seq;
  Opened opened{.epoch = epoch_,
                .base = std::move(base_),
                .tail = history_.tell_up_to(tellable()),
                .actors = actors_,
                .newest_snapshot_seq = newest_snapshot_.seq};
  base_ = {};
  if (newest_snapshot_.seq > history_.told().seq) opened.newest_snapshot_seq = opened.base.seq;
  if (std::exchange(is_expiring_, false)) scripts_.keep();
  bring_back();
  listener_->log_opened(std::move(opened));
  if (listener_ == nullptr) return;
  if (looks_again_) return look();
  send_waiting();
}

/// What was told or taken before and is not in this history comes first, in its order.
void RedisCanvas::bring_back() {
  const std::size_t count = take_brought();
  if (count > 0) {
    context_.notice(std::to_string(count) + " edits of canvas " + id_ +
                    " that Redis does not have are appended again");
  }
}

/// Puts what is to be brought back under way, and answers with how much.
std::size_t RedisCanvas::take_brought() {
  const bool is_known = state_ == State::open || state_ == State::filling;
  std::size_t count = 0;
  for (Push& push : std::exchange(brought_, {})) {
    const RedisHistory::Client* known = is_known ? history_.find(push.client) : nullptr;
    if (known != nullptr && push.n <= known->known_n) continue;
    if (under_way_.find(push.client, push.n) != nullptr) continue;
    Bytes bytes = encode_push(push);
    under_way_.add(std::move(push), std::move(bytes), true);
    ++count;
  }
  return count;
}

// A canvas that Redis does not have

void RedisCanvas::ask_uptime() {
  scripts_.uptime(answer<std::chrono::seconds>(&RedisCanvas::handle_uptime));
}

void RedisCanvas::handle_uptime(Result<std::chrono::seconds, redis::RedisError> uptime) {
  if (state_ != State::seeding) return;
  if (!uptime) return open_failed_on(uptime.error());
  if (*uptime < context_.options.settle) {
    // Redis may have lost the canvas just now, and whoever has it open brings it back.
    const std::chrono::milliseconds rest = context_.options.settle - *uptime;
    open_alarm_.set(context_.options.open_patience + rest);
    return try_open_again("Redis has just started",
                          std::min<std::chrono::milliseconds>(rest, std::chrono::seconds(1)));
  }
  if (context_.archive != nullptr) return seed_from_archive();
  if (restarted_) return renew_unopened();
  WholeCanvas canvas;
  canvas.epoch = context_.fresh_epoch();
  seed(canvas);
}

void RedisCanvas::seed_from_archive() {
  why_not_open_ = "the archive does not answer";
  const std::uint64_t fresh = context_.fresh_epoch();
  context_.archive->load(
      id_, fresh, kActorsJump,
      [weak = weak_from_this(), later = context_.later, fresh,
       attempt = attempt_](Result<store::StoredCanvas, store::StoreError> loaded) {
        later([weak, fresh, attempt,
               result = std::make_shared<Result<store::StoredCanvas, store::StoreError>>(
                   std::move(loaded))] {
          const auto self = weak.lock();
          // What the archive had before Redis was asked again may have been overtaken.
          if (!self || self->attempt_ != attempt) return;
          self->enter()->handle_loaded(fresh, std::move(*result));
        });
      });
}

void RedisCanvas::handle_loaded(std::uint64_t offered_epoch,
                                Result<store::StoredCanvas, store::StoreError> loaded) {
  if (state_ != State::seeding) return;
  if (!loaded) {
    if (loaded.error().errc == store::StoreErrc::corrupt) {
      return fail(LogErrc::corrupt, loaded.error().detail);
    }
    return try_open_again("the archive is unavailable (" + loaded.error().detail + ")",
                          context_.options.retry_max / 4);
  }
  // What was acknowledged may not have reached the archive, so a history never goes on under its
  // epoch, nor does one that is empty there.
  WholeCanvas canvas;
  const bool was_made_now = loaded->epoch == offered_epoch;
  canvas.epoch = was_made_now ? offered_epoch : context_.fresh_epoch();
  canvas.next_actor = loaded->first_actor;
  const std::vector<store::SnapshotRow> snapshots = loaded->snapshots;
  auto history = read_history(id_, *std::move(loaded));
  if (restarted_ && (!history || end_of(*history) <= restarted_->seq)) {
    if (!history) context_.notice(history.error());
    return renew_unopened();
  }
  if (!history) return fail(LogErrc::corrupt, history.error());
  canvas.head = {.seq = history->base.seq, .sum = history->base.sum, .chain = {}};
  canvas.clients = std::move(history->clients);
  const Bytes chain = std::to_string(canvas.epoch);
  for (const Entry& entry : history->tail) {
    canvas.entries.push_back({entry.seq, chain, encode_push(entry.push)});
    canvas.head.seq = entry.seq;
    canvas.head.sum = entry.sum;
  }
  canvas.archived = canvas.head.seq;
  for (const store::SnapshotRow& row : snapshots) {
    (row.seq == history->base.seq ? canvas.base : canvas.newest) = row;
  }
  seed(canvas);
}

void RedisCanvas::seed(const WholeCanvas& canvas) {
  WholeCanvas whole = canvas;
  whole.head.chain = std::to_string(canvas.epoch);
  if (restarted_) {
    context_.notice("Redis was restarted and has canvas " + id_ + " up to seq " +
                    std::to_string(restarted_->seq) + "; the archive has it up to seq " +
                    std::to_string(whole.head.seq) + ", and that is taken");
    return scripts_.restore(*restarted_, context_.options.node, true, whole,
                            answer<RedisScripts::Restored>(&RedisCanvas::handle_renewed));
  }
  scripts_.seed(whole, answer<bool>(&RedisCanvas::handle_seeded));
}

void RedisCanvas::handle_seeded(Result<bool, redis::RedisError> is_ours) {
  if (state_ != State::seeding) return;
  if (!is_ours) return open_failed_on(is_ours.error());
  ask();
}

/// The canvas goes on from what Redis has left, and nobody offers more.
void RedisCanvas::renew_unopened() {
  scripts_.renew(*restarted_, context_.options.node, true, context_.fresh_epoch(),
                 answer<RedisScripts::Restored>(&RedisCanvas::handle_renewed));
}

void RedisCanvas::handle_renewed(Result<RedisScripts::Restored, redis::RedisError> renewed) {
  if (state_ != State::seeding) return;
  if (!renewed) return open_failed_on(renewed.error());
  ask();
}

// When it does not work

void RedisCanvas::open_failed_on(const redis::RedisError& error) {
  if (is_wrong_type(error)) return fail(LogErrc::corrupt, error.detail);
  last_failure_ = error.detail;
  const auto delay = retry_delay_;
  retry_delay_ = std::min(retry_delay_ * 2, context_.options.retry_max);
  try_open_again("Redis does not answer (" + error.detail + ")", delay);
}

void RedisCanvas::try_open_again(const std::string& why, std::chrono::milliseconds delay) {
  if (state_ == State::closed) return;
  why_not_open_ = why;
  state_ = State::asking;
  retry_alarm_.set(delay);
}

/// The first time everything is read again; what is damaged twice is never served.
void RedisCanvas::found_damage(const std::string& sentence) {
  if (state_ == State::open) {
    has_reread_ = true;
    return reset(sentence);
  }
  why_not_open_ = sentence;
  if (std::exchange(has_reread_, true)) return fail(LogErrc::corrupt, sentence);
  try_open_again(sentence, context_.options.retry_min);
}

void RedisCanvas::fail(LogErrc errc, const std::string& detail) {
  if (errc == LogErrc::unavailable && was_open_ && !brought_.empty()) {
    // Here is what Redis has lost: the canvas is tried for as long as it is wanted.
    open_alarm_.set(context_.options.open_patience);
    return;
  }
  LogListener& listener = *listener_;
  close();
  context_.forget(*this);
  listener.log_open_failed(errc, detail);
}

}  // namespace weft::log
