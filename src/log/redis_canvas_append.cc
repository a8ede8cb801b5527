// SPDX-License-Identifier: Apache-2.0
// How a canvas appends: what is certain is decided here, everything else by the script.
#include "log/local_log.h"
#include "log/redis_canvas.h"

#include <algorithm>
#include <utility>

namespace weft::log {

void RedisCanvas::append(Push push) {
  const RedisHistory::Client* known = history_.find(push.client);
  const std::uint64_t told_n = known == nullptr ? 0 : known->told_n;
  if (told_n > 0 && known->user != push.user) return refuse_later(push, LogErrc::not_owner);
  if (push.n <= told_n) return refuse_later(push, LogErrc::duplicate);
  if (push.n > kNumberMax) return refuse_later(push, LogErrc::out_of_order);
  if (UnderWayPush* original = under_way_.find(push.client, push.n)) {
    if (std::ranges::find(original->duplicates, push.actor) == original->duplicates.end()) {
      original->duplicates.push_back(push.actor);
    }
    return;
  }
  if (is_held(push)) return refuse_later(push, LogErrc::unavailable);
  Bytes bytes = encode_push(push);
  // What the archive does not take is never told there.
  const bool would_never_be_told =
      context_.options.acks_from_archive && archive_ && archive_->is_damaged();
  if (state_ != State::open || is_refusing_ || would_never_be_told ||
      context_.unarchived.is_full() || under_way_.bytes() + bytes.size() > kInFlightBytesMax) {
    hold(push);
    return refuse_later(push, LogErrc::unavailable);
  }
  if (const auto held = held_.find(push.client); held != held_.end() && held->second == push.n) {
    held_.erase(held);
    std::erase(held_order_, push.client);
  }
  const bool is_clear = !is_in_trouble_ && !needs_look_ && !restoring_ && !under_way_.has_waiting();
  UnderWayPush& taken = under_way_.add(std::move(push), std::move(bytes), false);
  if (is_clear) send(taken);
}

/// Whether an earlier push of the client was refused as unavailable, and has not come again.
bool RedisCanvas::is_held(const Push& push) const {
  const auto held = held_.find(push.client);
  if (held == held_.end() || push.n <= held->second) return false;
  const RedisHistory::Client* known = history_.find(push.client);
  return known == nullptr || known->told_n < held->second;
}

void RedisCanvas::hold(const Push& push) {
  const auto [held, is_new] = held_.try_emplace(push.client, push.n);
  if (!is_new) {
    held->second = std::min(held->second, push.n);
    return;
  }
  if (history_.find(push.client) != nullptr) return;
  held_order_.push_back(push.client);
  if (held_order_.size() <= kWaitingStrangersMax) return;
  held_.erase(held_order_.front());
  held_order_.pop_front();
}

void RedisCanvas::send(UnderWayPush& push) {
  under_way_.set_state(push, UnderWayPush::State::sent);
  const Point known = claims_nothing_ ? Point{} : history_.known();
  scripts_.append(epoch_, push.push, push.canonical, known,
                  [weak = weak_from_this(),
                   ticket = push.ticket](Result<Appended, redis::RedisError> appended) {
                    if (const auto self = weak.lock()) {
                      self->enter()->handle_appended(ticket, std::move(appended));
                    }
                  });
}

/// In trouble only the first is tried: where it fails, the others would too.
void RedisCanvas::send_waiting() {
  if ((state_ != State::open && state_ != State::closed) || restoring_) return;
  if (!under_way_.has_waiting() && is_in_trouble_ && state_ == State::open) end_trouble();
  for (UnderWayPush& push : under_way_.all()) {
    if (is_in_trouble_ && push.state == UnderWayPush::State::sent) return;
    if (push.state != UnderWayPush::State::waiting) continue;
    send(push);
    if (is_in_trouble_) return;
  }
}

void RedisCanvas::handle_appended(std::uint64_t ticket,
                                  Result<Appended, redis::RedisError> appended) {
  UnderWayPush* push = under_way_.find(ticket);
  if (push != nullptr) under_way_.set_state(*push, UnderWayPush::State::waiting);
  if (!appended) return note_failure(appended.error());
  const bool was_in_trouble = is_in_trouble_;
  if (push != nullptr) {
    if (state_ == State::closed) {
      settle_closed(*push, *appended);
    } else {
      note_outcome(*push, *appended);
    }
  }
  if (!was_in_trouble) return;
  end_trouble();
  if (state_ == State::closed) return send_waiting();
  look();  // then everything that waits is sent
}

void RedisCanvas::note_outcome(UnderWayPush& push, const Appended& appended) {
  switch (appended.kind) {
    case Appended::Kind::ok:
      under_way_.set_state(push, UnderWayPush::State::in_log);
      if (appended.seq <= history_.known().seq) return;  // it is known, and told later
      gap_alarm_.set_if_unset(context_.options.gap_patience);
      if (!has_channel_) look();
      return;
    case Appended::Kind::duplicate:
      under_way_.set_state(push, UnderWayPush::State::in_log);
      return look();
    case Appended::Kind::out_of_order:
      if (!under_way_.has_unsettled_before(push.push.client, push.push.n)) {
        return drop(push, LogErrc::out_of_order);
      }
      // It was overtaken by one that failed, and comes again behind that.
      return retry_alarm_.set_if_unset(context_.options.retry_min);
    case Appended::Kind::not_owner:
      return drop(push, LogErrc::not_owner);
    case Appended::Kind::restoring:
      return retry_alarm_.set_if_unset(context_.options.retry_min);
    case Appended::Kind::absent:
    case Appended::Kind::epoch:
    case Appended::Kind::behind:
    case Appended::Kind::fork:
      return look();
  }
}

/// The canvas is closed: nobody is told, and nobody looks.
void RedisCanvas::settle_closed(UnderWayPush& push, const Appended& appended) {
  switch (appended.kind) {
    case Appended::Kind::epoch:
    case Appended::Kind::behind:
    case Appended::Kind::fork:
      if (appended.kind == Appended::Kind::epoch) epoch_ = appended.epoch;
      claims_nothing_ = true;
      retry_alarm_.set_if_unset(context_.options.retry_min);
      return;
    case Appended::Kind::restoring:
      retry_alarm_.set_if_unset(context_.options.retry_min);
      return;
    case Appended::Kind::absent:
      if (!push.is_brought_back) break;
      // It was acknowledged, and somebody may bring the canvas back.
      retry_alarm_.set_if_unset(context_.options.retry_max);
      return;
    case Appended::Kind::out_of_order:
      if (under_way_.has_unsettled_before(push.push.client, push.push.n)) {
        retry_alarm_.set_if_unset(context_.options.retry_min);
        return;
      }
      note_given_up(push);
      break;
    case Appended::Kind::not_owner:
      note_given_up(push);
      break;
    case Appended::Kind::ok:
    case Appended::Kind::duplicate:
      break;
  }
  (void)under_way_.take(push.push.client, push.push.n);
}

/// Takes it out and says why, to all who sent it.
void RedisCanvas::drop(UnderWayPush& push, LogErrc errc) {
  const auto dropped = under_way_.take(push.push.client, push.push.n);
  if (dropped->is_brought_back) {
    note_given_up(*dropped);
  } else {
    listener_->log_refused(dropped->push.client, dropped->push.n, dropped->push.actor, errc);
  }
  for (const ActorId actor : dropped->duplicates) {
    if (listener_ == nullptr) return;
    if (!dropped->is_brought_back && actor == dropped->push.actor) continue;
    listener_->log_refused(dropped->push.client, dropped->push.n, actor, errc);
  }
}

/// Of what somebody was told once, the loss is not kept quiet.
void RedisCanvas::note_given_up(const UnderWayPush& push) {
  if (!push.is_brought_back) return;
  context_.notice("An edit that Redis had lost could not be brought back to canvas " + id_ +
                  ": push " + std::to_string(push.push.n) + " of client " + push.push.client);
}

void RedisCanvas::refuse_later(const Push& push, LogErrc errc) {
  context_.later(
      [weak = weak_from_this(), client = push.client, n = push.n, actor = push.actor, errc] {
        const auto self = weak.lock();
        if (self && self->listener_ != nullptr) {
          self->listener_->log_refused(client, n, actor, errc);
        }
      });
}

/// Redis cannot be reached or takes nothing: everything waits, and is tried again after a while.
void RedisCanvas::note_failure(const redis::RedisError& error) {
  last_failure_ = error.detail;
  if (!is_in_trouble_) {
    is_in_trouble_ = true;
    retry_delay_ = context_.options.retry_min;
    if (listener_ != nullptr) refuse_alarm_.set(context_.options.refuse_after);
  }
  if (retry_alarm_.is_set()) return;
  retry_alarm_.set(retry_delay_);
  retry_delay_ = std::min(retry_delay_ * 2, context_.options.retry_max);
}

void RedisCanvas::end_trouble() {
  is_in_trouble_ = false;
  refuse_alarm_.clear();
  if (std::exchange(is_refusing_, false)) {
    context_.notice("Redis takes edits of canvas " + id_ + " again");
  }
}

}  // namespace weft::log
