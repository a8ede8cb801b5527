// SPDX-License-Identifier: Apache-2.0
// What a canvas does when Redis has another history than its listener was told, or none.
#include "log/history.h"
#include "log/redis_canvas.h"

#include <algorithm>
#include <utility>

namespace weft::log {

void RedisCanvas::handle_other_history(const SinceReply& reply) {
  is_proven_ = false;
  if (history_.has_untold()) {
    // What was not told yet binds nobody.
    history_.forget_untold();
    forget_heard();
    ask_syncs_again();
    under_way_.wait_all();
    return look();
  }
  switch (reply.kind) {
    case SinceReply::Kind::ok:
    case SinceReply::Kind::restarted:
      return;
    case SinceReply::Kind::absent:
      return restore({});
    case SinceReply::Kind::behind:
      return restore({.epoch = epoch_, .seq = reply.head});
    case SinceReply::Kind::moved:
      return handle_moved(reply);
    case SinceReply::Kind::fork:
      return reset("Redis has another history of canvas " + id_ + " than was told here");
    case SinceReply::Kind::trimmed:
      return reset("Redis does not reach back to what was told here of canvas " + id_);
  }
}

void RedisCanvas::handle_moved(const SinceReply& reply) {
  const Point& told = history_.told();
  const auto is_same = [&](const Point& point) {
    return point.seq == reply.base.seq &&
           (point.chain == reply.base.chain || (reply.has_base_sum && point.sum == reply.base.sum));
  };
  const bool is_base = is_same(told);
  if (reply.is_on_way || is_base) {
    if (!reply.is_on_way) history_.rename_chain(reply.base.chain);
    return change_epoch(reply.epoch);
  }
  const Point* then = history_.point_at(reply.base.seq);
  const bool is_base_on_way = then != nullptr && is_same(*then);
  if (is_base_on_way || reply.head >= told.seq) {
    return reset("canvas " + id_ + " went on in Redis without what was told here last");
  }
  restore({.epoch = reply.epoch, .seq = reply.head});
}

/// The history goes on from what the listener knows.
void RedisCanvas::change_epoch(std::uint64_t epoch) {
  ++life_;
  epoch_ = epoch;
  is_looking_ = false;
  new_syncs_ += std::exchange(looked_syncs_, 0);
  ask_syncs_again();
  forget_heard();
  restoring_.reset();
  offer_alarm_.clear();
  force_alarm_.clear();
  under_way_.wait_all();
  archived_ = 0;
  if (archive_) {
    archive_->begin(epoch_, history_.told().seq, 0);
    for (const RedisHistory::Remembered& remembered : history_.remembered()) {
      const Point& point = remembered.point;
      if (point.seq > history_.told().seq) {
        archive_->add(point.seq, point.sum, remembered.push, true);
      }
    }
  }
  context_.notice("Canvas " + id_ + " goes on under a new epoch, from seq " +
                  std::to_string(history_.told().seq));
  listener_->log_epoch_changed(epoch_);
  if (listener_ != nullptr) look();
}

/// Everything is read again from Redis; what was told here and is not there is appended again.
void RedisCanvas::reset(const std::string& why) {
  context_.notice(why + "; it is read again");
  for (const RedisHistory::Remembered& remembered : history_.remembered()) {
    if (remembered.point.seq > history_.told().seq) break;
    if (auto push = decode_push(remembered.push)) brought_.push_back(*std::move(push));
  }
  // What was being brought back already follows on what was told since.
  for (UnderWayPush& push : under_way_.all()) {
    if (push.is_brought_back) brought_.push_back(std::move(push.push));
  }
  under_way_.clear();
  held_.clear();
  held_order_.clear();
  forget_heard();
  new_syncs_ = looked_syncs_ = 0;
  syncs_.clear();
  if (std::exchange(restoring_, std::nullopt)) scripts_.withdraw(context_.options.node);
  for (Alarm* alarm : {&gap_alarm_, &retry_alarm_, &offer_alarm_, &force_alarm_}) alarm->clear();
  ++life_;
  is_looking_ = false;
  looks_again_ = !has_channel_;
  is_proven_ = false;
  open_alarm_.set(context_.options.open_patience);
  state_ = State::asking;
  listener_->log_reset();
  if (listener_ != nullptr) ask();
}

// Bringing a lost canvas back

void RedisCanvas::restore(Seen seen) {
  if (!restoring_) {
    context_.notice("Redis may have lost canvas " + id_ +
                    " or its end; here it is known up to seq " +
                    std::to_string(history_.known().seq) + ", which is offered to be restored");
    restoring_.emplace();
    force_alarm_.set(context_.options.offer_wait_max);
  }
  // If Redis has changed meanwhile, what is under way will fail and find out.
  if (restoring_->is_under_way || offer_alarm_.is_set()) return;
  restoring_->is_under_way = true;
  restoring_->seen = seen;
  if (context_.archive != nullptr && !restoring_->has_asked_archive) return ask_archive();
  scripts_.offer(seen, context_.options.node, history_.known().seq, context_.options.offer_stands,
                 answer<bool>(&RedisCanvas::handle_offered));
}

/// What an instance had archived before it died may never have been told here.
void RedisCanvas::ask_archive() {
  context_.archive->load(
      id_, context_.fresh_epoch(), 0,
      [weak = weak_from_this(), later = context_.later,
       life = life_](Result<store::StoredCanvas, store::StoreError> loaded) {
        later([weak, life,
               result = std::make_shared<Result<store::StoredCanvas, store::StoreError>>(
                   std::move(loaded))] {
          const auto found = weak.lock();
          if (!found || found->life_ != life) return;
          found->enter()->handle_archive(*result);
        });
      });
}

void RedisCanvas::handle_archive(const Result<store::StoredCanvas, store::StoreError>& loaded) {
  if (!restoring_ || restoring_->has_asked_archive || state_ != State::open) return;
  restoring_->is_under_way = false;
  if (!loaded && context_.options.acks_from_archive) {
    // Somebody may have been told what only the archive knows.
    retry_alarm_.set_if_unset(context_.options.retry_max);
    return;
  }
  restoring_->has_asked_archive = true;
  if (loaded && loaded->epoch == epoch_) take_from_archive(*loaded);
  if (restoring_ && state_ == State::open) restore(restoring_->seen);
}

void RedisCanvas::take_from_archive(const store::StoredCanvas& canvas) {
  for (const store::LogRow& row : canvas.log) {
    if (row.seq <= history_.known().seq) continue;
    if (row.seq != history_.known().seq + 1) break;
    if (row.sum != next_sum(history_.known().sum, row.push)) break;
    const Bytes chain = "archive-" + std::to_string(row.sum);
    if (!accept(KeptEntry{
            .seq = row.seq, .known_seq = 0, .known_sum = 0, .chain = chain, .push = row.push})) {
      return;
    }
    archived_ = row.seq;
  }
  deliver();
}

void RedisCanvas::handle_offered(Result<bool, redis::RedisError> offered) {
  if (!restoring_ || state_ != State::open) return;
  restoring_->is_under_way = false;
  if (!offered) return note_failure(offered.error());
  if (!*offered) return look();
  offer_alarm_.set(restoring_->has_waited ? context_.options.retry_min
                                          : context_.options.offer_wait);
  restoring_->has_waited = true;
}

void RedisCanvas::write_back() {
  if (restoring_->is_under_way) return;
  restoring_->is_under_way = true;
  const std::uint64_t epoch = context_.fresh_epoch();
  auto done = answer<RedisScripts::Restored>([epoch](RedisCanvas& self, auto restored) {
    self.handle_restored(epoch, std::move(restored));
  });
  const Seen& seen = restoring_->seen;
  if (seen.epoch == epoch_ && seen.seq == history_.known().seq) {
    // Redis has all that is known here.
    return scripts_.renew(seen, context_.options.node, restoring_->is_forced, epoch,
                          std::move(done));
  }
  WholeCanvas canvas;
  canvas.epoch = epoch;
  canvas.head = history_.told();
  canvas.next_actor = std::max(actors_end_, history_.next_actor()) + kActorsJump;
  if (canvas.head.seq > 0) {
    canvas.base = told_snapshot();
    if (!canvas.base) {
      // What is known here cannot be read here, so it must not replace what others may read.
      restoring_->is_under_way = false;
      retry_alarm_.set_if_unset(context_.options.retry_max);
      return;
    }
  }
  canvas.clients = history_.told_marks();
  // Whoever knows less catches up from these.
  for (const RedisHistory::Remembered& remembered : history_.remembered()) {
    canvas.entries.push_back({remembered.point.seq, remembered.point.chain, remembered.push});
  }
  scripts_.restore(seen, context_.options.node, restoring_->is_forced, canvas, std::move(done));
}

void RedisCanvas::handle_restored(std::uint64_t epoch,
                                  Result<RedisScripts::Restored, redis::RedisError> restored) {
  if (!restoring_ || state_ != State::open) return;
  restoring_->is_under_way = false;
  const Seen& seen = restoring_->seen;
  const bool is_renewed = seen.epoch == epoch_ && seen.seq == history_.known().seq;
  if (!restored) return note_failure(restored.error());
  switch (*restored) {
    case RedisScripts::Restored::ok:
      actors_end_ = std::max(actors_end_, history_.next_actor()) + kActorsJump;
      if (!is_renewed) older_snapshot_ = newer_snapshot_ = history_.told().seq;
      return change_epoch(epoch);
    case RedisScripts::Restored::changed:
      return look();
    case RedisScripts::Restored::not_highest:
      retry_alarm_.set_if_unset(context_.options.retry_min * 3);
      return;
  }
}

/// The canvas as the listener knows it, while it does.
std::optional<store::SnapshotRow> RedisCanvas::told_snapshot() {
  if (listener_ == nullptr || state_ != State::open) return std::nullopt;
  const Point& told = history_.told();
  std::optional<Bytes> state = listener_->log_state();
  if (!state) return std::nullopt;
  const Snapshot snapshot{.seq = told.seq,
                          .sum = told.sum,
                          .state = *std::move(state),
                          .clients = history_.told_marks()};
  return store::SnapshotRow{.seq = told.seq, .sum = told.sum, .state = encode_snapshot(snapshot)};
}

}  // namespace weft::log
