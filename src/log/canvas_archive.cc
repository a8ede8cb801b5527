// SPDX-License-Identifier: Apache-2.0
#include "log/canvas_archive.h"

#include "log/redis_canvas.h"

#include <algorithm>
#include <utility>

namespace weft::log {

namespace {

/// How long Redis is asked to let a closed canvas expire: about half an hour. What stays there then
/// is found by whoever opens the canvas next.
constexpr int kExpireAttemptsMax = 32;
constexpr std::chrono::milliseconds kExpireDelayMax = std::chrono::minutes(1);

/// Up to where the archive has the canvas without a hole.
std::uint64_t end_of(const store::StoredCanvas& canvas) {
  std::uint64_t end = 0;
  if (!canvas.snapshots.empty()) {
    const std::uint64_t first = canvas.snapshots.front().seq;
    const bool begins_at_first =
        canvas.snapshots.size() == 2 || canvas.log.empty() || canvas.log.front().seq > first;
    if (begins_at_first) end = first;
  }
  for (const store::LogRow& row : canvas.log) {
    if (row.seq != end + 1) break;
    end = row.seq;
  }
  return end;
}

}  // namespace

CanvasArchive::CanvasArchive(RedisLogContext& context, CanvasId id, Canvas canvas)
    : context_(context),
      id_(std::move(id)),
      canvas_(std::move(canvas)),
      scripts_(context.commands, id_),
      expire_delay_(context.options.retry_max) {}

CanvasArchive::~CanvasArchive() {
  drop_rows();
}

template <class Answer>
std::function<void(Answer)> CanvasArchive::on_shard(
    std::function<void(CanvasArchive&, const Answer&)> handle) {
  return [later = context_.later, weak = weak_from_this(), life = life_,
          handle = std::move(handle)](Answer answer) {
    later([weak, life, handle, kept = std::make_shared<Answer>(std::move(answer))] {
      const auto self = weak.lock();
      if (!self || self->life_ != life) return;
      self->canvas_.changed();
      handle(*self, *kept);
    });
  };
}

void CanvasArchive::begin(std::uint64_t epoch, std::uint64_t from, std::uint64_t archived) {
  ++life_;
  drop_rows();
  epoch_ = epoch;
  from_ = from;
  archived_ = noted_ = archived;
  is_noting_ = false;
  is_reconciling_ = is_damaged_ = false;
  retry_.clear();
  reconcile_alarm_.clear();
  if (archived_ < from_) reconcile();
}

void CanvasArchive::add(std::uint64_t seq, protocol::Sum sum, Bytes push, bool is_own) {
  if (is_damaged_ || seq <= std::max(from_, archived_)) return;
  context_.unarchived.add(push.size());
  rows_.push_back({.row = {.seq = seq, .sum = sum, .push = std::move(push)}});
  if (is_own) return hand_over();
  // Everybody would wait equally long; a few milliseconds of their own let one come first.
  patience_.set_if_unset(context_.options.archive_patience +
                         std::chrono::milliseconds(seq * 7 % 101));
}

void CanvasArchive::note_archived(std::uint64_t seq) {
  if (is_reconciling_) return;
  noted_ = std::max(noted_, seq);
  forget_up_to(seq);
}

void CanvasArchive::save_snapshot(store::SnapshotRow row) {
  if (!is_reconciling_ && !is_damaged_)
    context_.archive->save_snapshot(id_, epoch_, std::move(row));
}

void CanvasArchive::leave() {
  has_left_ = true;
  has_to_expire_ = epoch_ != 0 && !is_damaged_;  // 0: it was never opened
  hand_over();
  let_expire();
}

/// Asks Redis to forget a closed canvas that is all in the archive, until Redis has answered.
void CanvasArchive::let_expire() {
  if (!has_to_expire_ || is_expiring_ || expire_alarm_.is_set() || !is_all_noted()) return;
  is_expiring_ = true;
  scripts_.expire(epoch_, context_.options.keep_closed,
                  [weak = weak_from_this()](const Result<bool, redis::RedisError>& answer) {
                    const auto self = weak.lock();
                    if (!self) return;
                    self->canvas_.changed();
                    self->is_expiring_ = false;
                    if (answer || ++self->expire_attempts_ == kExpireAttemptsMax) {
                      self->has_to_expire_ = false;
                      return;
                    }
                    self->expire_alarm_.set(self->expire_delay_);
                    self->expire_delay_ = std::min(self->expire_delay_ * 2, kExpireDelayMax);
                  });
}

void CanvasArchive::advance(Instant now) {
  if (patience_.take_due(now)) hand_over();
  if (retry_.take_due(now)) tell_redis();
  if (reconcile_alarm_.take_due(now)) {
    is_reconciling_ = false;
    reconcile();
  }
  (void)expire_alarm_.take_due(now);
  let_expire();
  for (Alarm* alarm : {&patience_, &retry_, &reconcile_alarm_, &expire_alarm_}) alarm->start(now);
}

std::optional<Instant> CanvasArchive::next_deadline(Instant now) const {
  std::optional<Instant> due;
  for (const Alarm* alarm : {&patience_, &retry_, &reconcile_alarm_, &expire_alarm_}) {
    due = earlier(due, alarm->due(now));
  }
  return due;
}

bool CanvasArchive::is_all_noted() const {
  return rows_.empty() && !is_reconciling_ && !is_noting_ && noted_ >= archived_;
}

void CanvasArchive::hand_over() {
  if (is_reconciling_) return;
  patience_.clear();
  for (Row& row : rows_) {
    if (std::exchange(row.is_handed_over, true)) continue;
    context_.archive->append(
        id_, epoch_, row.row,
        on_shard<store::Kept>([seq = row.row.seq](CanvasArchive& self, const store::Kept& kept) {
          self.handle_kept(seq, kept);
        }));
  }
}

void CanvasArchive::handle_kept(std::uint64_t seq, store::Kept kept) {
  if (is_reconciling_ || is_damaged_) return;
  if (kept == store::Kept::outdated) return reconcile();
  if (kept == store::Kept::damaged) return note_damage(seq);
  forget_up_to(seq);
  tell_redis();
}

/// Which of the two is right cannot be told from here. Redis keeps its own, for it is never told
/// that these entries are in the archive.
void CanvasArchive::note_damage(std::uint64_t seq) {
  is_damaged_ = true;
  has_to_expire_ = false;
  drop_rows();
  context_.notice("The archive has another entry at seq " + std::to_string(seq) + " of canvas " +
                  id_ +
                  " than Redis; nothing more of the canvas is brought there until it goes on " +
                  "under a new epoch. Somebody has to look which of the two is right.");
}

/// Finds out what the archive has, and makes it go on from there under this epoch without a hole.
void CanvasArchive::reconcile() {
  if (is_reconciling_) return;
  is_reconciling_ = true;
  // An archive that does not have it must not seem to have all of it under this epoch. Numbers that
  // were given while the archive could not be asked must not be given by it.
  context_.archive->load(
      id_, context_.fresh_epoch(), 2 * kActorsJump,
      on_shard<Result<store::StoredCanvas, store::StoreError>>(&CanvasArchive::handle_loaded));
}

void CanvasArchive::handle_loaded(const Result<store::StoredCanvas, store::StoreError>& loaded) {
  const std::uint64_t wanted = std::max(from_, archived_);
  if (loaded && loaded->epoch == epoch_) {
    // This instance started it over before, or another one did from wherever it was then.
    const std::uint64_t end = end_of(*loaded);
    if (end >= wanted) return go_on_after(end);
  }
  if (has_left_) {
    // Nobody is there to ask; who opens the canvas next finds the entries in Redis.
    is_reconciling_ = false;
    return drop_rows();
  }
  auto base = loaded ? canvas_.told_snapshot() : std::nullopt;
  if (!base || base->seq < wanted) {
    reconcile_alarm_.set(context_.options.retry_max);
    return;
  }
  start_over(loaded->epoch, *std::move(base));
}

void CanvasArchive::start_over(std::uint64_t epoch_before, store::SnapshotRow base) {
  const std::string why =
      epoch_before == epoch_ ? " has a hole" : " is another one, or lags behind";
  context_.notice("The archive's history of canvas " + id_ + why +
                  "; it is started over from seq " + std::to_string(base.seq));
  context_.archive->start_over(
      id_, epoch_before, epoch_, std::move(base),
      on_shard<bool>([](CanvasArchive& self, const bool& is_ours) {
        if (!is_ours) {
          return self.reconcile_alarm_.set(self.context_.options.retry_min);
        }
        // Another one's base may be there instead.
        self.is_reconciling_ = false;
        self.reconcile();
      }));
}

/// The archive has everything up to `seq` under this epoch.
void CanvasArchive::go_on_after(std::uint64_t seq) {
  is_reconciling_ = false;
  forget_up_to(seq);
  for (Row& row : rows_) row.is_handed_over = false;
  hand_over();
  tell_redis();
}

void CanvasArchive::drop_rows() {
  for (const Row& row : rows_) context_.unarchived.remove(row.row.push.size());
  rows_.clear();
  patience_.clear();
}

void CanvasArchive::forget_up_to(std::uint64_t seq) {
  archived_ = std::max(archived_, seq);
  while (!rows_.empty() && rows_.front().row.seq <= seq) {
    context_.unarchived.remove(rows_.front().row.push.size());
    rows_.pop_front();
  }
  if (rows_.empty()) patience_.clear();
}

void CanvasArchive::tell_redis() {
  if (is_noting_ || noted_ >= archived_) return;
  is_noting_ = true;
  scripts_.note_archived(epoch_, archived_,
                         [weak = weak_from_this(), life = life_,
                          seq = archived_](Result<bool, redis::RedisError> noted) {
                           const auto self = weak.lock();
                           if (!self || self->life_ != life) return;
                           self->canvas_.changed();
                           self->is_noting_ = false;
                           if (!noted) {
                             self->retry_.set(self->context_.options.retry_max);
                             return;
                           }
                           self->noted_ = std::max(self->noted_, seq);
                           self->tell_redis();
                           self->let_expire();
                         });
}

}  // namespace weft::log
