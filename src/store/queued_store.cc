// SPDX-License-Identifier: Apache-2.0
#include "store/queued_store.h"

#include "store/sentence.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <utility>

namespace weft::store {

QueuedStore::QueuedStore(QueueOptions options, std::unique_ptr<Medium> medium)
    : options_(std::move(options)), medium_(std::move(medium)), thread_([this] { run(); }) {}

QueuedStore::~QueuedStore() {
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void QueuedStore::load(const CanvasId& canvas, std::uint64_t fresh_epoch, std::uint64_t actors,
                       Done<StoredCanvas> done) {
  hand_over(LoadCall{canvas, fresh_epoch, actors, {std::move(done), {}}});
}

void QueuedStore::reserve_actors(const CanvasId& canvas, std::uint64_t actors,
                                 Done<std::uint64_t> done) {
  hand_over(ReserveActorsCall{canvas, actors, {std::move(done), {}}});
}

void QueuedStore::append(const CanvasId& canvas, std::uint64_t epoch, LogRow row,
                         std::function<void(Kept)> done) {
  hand_over(AppendCall{canvas, epoch, std::move(row), {std::move(done), {}}});
}

void QueuedStore::save_snapshot(const CanvasId& canvas, std::uint64_t epoch, SnapshotRow row) {
  const std::uint64_t seq = row.seq;
  auto newest = std::make_shared<SnapshotRow>(std::move(row));
  {
    std::lock_guard lock(mutex_);
    WaitingSnapshot& waiting = waiting_snapshots_[canvas];
    if (waiting.row != nullptr && waiting.epoch == epoch && waiting.row->seq > seq) return;
    waiting.epoch = epoch;
    waiting.row.swap(newest);
  }
  hand_over(SaveSnapshotCall{canvas, epoch, seq, nullptr});
}

void QueuedStore::start_over(const CanvasId& canvas, std::uint64_t epoch_before,
                             std::uint64_t epoch, SnapshotRow base,
                             std::function<void(bool)> done) {
  hand_over(StartOverCall{canvas, epoch_before, epoch, std::move(base), {std::move(done), {}}});
}

void QueuedStore::save_last_seen(const CanvasId& canvas, LastSeen row) {
  hand_over(SaveLastSeenCall{canvas, std::move(row)});
}

void QueuedStore::exists(const CanvasId& canvas, Done<bool> done) {
  hand_over(ExistsCall{canvas, {std::move(done), {}}});
}

void QueuedStore::load_last_seen(const CanvasId& canvas, Done<std::vector<LastSeen>> done) {
  hand_over(LoadLastSeenCall{canvas, {std::move(done), {}}});
}

bool QueuedStore::is_available() const {
  return !is_failing_ && queued_bytes_ <= kQueueBytesMax;
}

bool QueuedStore::flush(Instant deadline) {
  std::unique_lock lock(mutex_);
  const Count until = handed_over_;
  return changed_.wait_until(lock, deadline, [&] {
    return finished_.reads >= until.reads && finished_.writes >= until.writes;
  });
}

void QueuedStore::hand_over(Call call) {
  const std::size_t queued_bytes = queued_bytes_ += waiting_bytes(call);
  bool has_to_wake = false;
  {
    std::lock_guard lock(mutex_);
    is_urgent_ = is_urgent_ || is_read(call) || queued_bytes > options_.batch_bytes_max;
    has_to_wake = !is_gathering_ || is_urgent_;
    handed_over_.add(call);
    queue_.push_back(std::move(call));
  }
  if (has_to_wake) changed_.notify_all();
}

void QueuedStore::Count::add(const Call& call) {
  ++(is_read(call) ? reads : writes);
}

// On the store's thread

void QueuedStore::run() {
  for (;;) {
    switch (wait_for_work()) {
      case Next::stop:
        return close_medium();
      case Next::check:
        if (!look_after(&Medium::check)) return;
        break;
      case Next::work:
        Batch batch = take_queued();
        if (!carry_out(batch)) return;
        for (Call& call : batch) answer(call);
        count_finished(batch);
        if (!look_after(&Medium::tidy_up)) return;
        break;
    }
  }
}

QueuedStore::Next QueuedStore::wait_for_work() {
  std::unique_lock lock(mutex_);
  const auto has_work = [this] { return is_stopping_ || !queue_.empty(); };
  if (options_.check_every.count() == 0) {
    changed_.wait(lock, has_work);
  } else if (!changed_.wait_for(lock, options_.check_every, has_work)) {
    return Next::check;
  }
  if (queue_.empty()) return Next::stop;
  gather(lock);
  return Next::work;
}

void QueuedStore::gather(std::unique_lock<std::mutex>& lock) {
  const Instant until = began_ + options_.gather;
  began_ = std::chrono::steady_clock::now();
  if (until <= began_) return;
  is_gathering_ = true;
  changed_.wait_until(lock, until, [this] { return is_stopping_ || is_urgent_; });
  is_gathering_ = false;
  began_ = std::chrono::steady_clock::now();
}

QueuedStore::Batch QueuedStore::take_queued() {
  std::lock_guard lock(mutex_);
  Batch batch;
  std::size_t bytes = 0;
  while (!queue_.empty()) {
    bytes += waiting_bytes(queue_.front());
    if (!batch.empty() && bytes > options_.batch_bytes_max) break;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  is_urgent_ = !queue_.empty();
  return batch;
}

/// Moves the reads out of what waits; both keep their order.
template <class Calls>
QueuedStore::Batch QueuedStore::take_reads(Calls& calls) {
  Batch reads;
  Calls writes;
  for (Call& call : calls) {
    if (is_read(call)) {
      reads.push_back(std::move(call));
    } else {
      writes.push_back(std::move(call));
    }
  }
  calls = std::move(writes);
  return reads;
}

/// What a snapshot call writes is decided when its turn comes: a newer one may have taken its
/// place. Of several that stand for the same one, the first writes it.
void QueuedStore::attempt(Batch& batch) {
  {
    std::lock_guard lock(mutex_);
    std::set<const SnapshotRow*> given;
    for (Call& call : batch) {
      auto* save = std::get_if<SaveSnapshotCall>(&call);
      if (save == nullptr) continue;
      auto waiting = waiting_snapshots_.find(save->canvas);
      const bool is_its_turn =
          waiting != waiting_snapshots_.end() && waiting->second.epoch == save->epoch &&
          waiting->second.row->seq == save->seq && given.insert(waiting->second.row.get()).second;
      save->row = is_its_turn ? waiting->second.row : nullptr;
    }
  }
  for (Call& call : batch) {
    if (auto* save = std::get_if<SaveSnapshotCall>(&call); save && save->row) save->row->complete();
  }
  medium_->carry_out(batch);
}

/// Returns when the batch is at rest; false when the store has to end before that.
bool QueuedStore::carry_out(Batch& batch) {
  try {
    attempt(batch);
  } catch (const MediumError& error) {
    if (!recover(batch, error)) return false;
  }
  std::lock_guard lock(mutex_);
  for (const Call& call : batch) {
    const auto* saved = std::get_if<SaveSnapshotCall>(&call);
    if (saved == nullptr || saved->row == nullptr) continue;
    auto waiting = waiting_snapshots_.find(saved->canvas);
    if (waiting != waiting_snapshots_.end() && waiting->second.row == saved->row) {
      waiting_snapshots_.erase(waiting);
    }
  }
  return true;
}

/// The outcome of the batch is unknown: it may be at rest or not, whatever the medium said. So the
/// medium is opened anew and looked at, which every write does before it writes.
bool QueuedStore::recover(Batch& batch, const MediumError& error) {
  is_failing_ = true;
  if (has_to_stop(error)) return false;
  note(sentence(options_.name, " cannot be written (", error.what(), "); ", options_.meanwhile,
                "."));
  const StoreError unavailable{
      .errc = StoreErrc::unavailable,
      .detail = sentence(options_.name, " cannot be used at present (", error.what(), ").")};
  medium_.reset();
  give_up_reads(take_reads(batch), unavailable);
  for (auto delay = options_.retry_min;; delay = std::min(delay * 2, options_.retry_max)) {
    // Snapshots that wait are replaced by newer ones; none is held here meanwhile.
    for (Call& call : batch) {
      if (auto* save = std::get_if<SaveSnapshotCall>(&call)) save->row.reset();
    }
    if (!pause(delay, unavailable)) return false;
    try {
      medium_ = options_.reopen();
      attempt(batch);
      break;
    } catch (const MediumError& again) {
      if (has_to_stop(again)) return false;
      medium_.reset();
    }
  }
  is_failing_ = false;
  note(sentence(options_.name, " can be written again; nothing was lost."));
  return true;
}

/// Waits, and meanwhile gives up what only reads. False when the store is to stop.
bool QueuedStore::pause(std::chrono::milliseconds pause, const StoreError& error) {
  const auto until = std::chrono::steady_clock::now() + pause;
  std::unique_lock lock(mutex_);
  for (;;) {
    Batch reads = take_reads(queue_);
    lock.unlock();
    give_up_reads(std::move(reads), error);
    lock.lock();
    auto has_reads = [this] { return std::ranges::any_of(queue_, is_read); };
    if (!changed_.wait_until(lock, until, [&] { return is_stopping_ || has_reads(); })) return true;
    if (is_stopping_) return false;
  }
}

void QueuedStore::give_up_reads(Batch reads, const StoreError& error) {
  for (Call& call : reads) give_up(call, error);
  count_finished(reads);
}

void QueuedStore::count_finished(const Batch& batch) {
  {
    std::lock_guard lock(mutex_);
    for (const Call& call : batch) {
      finished_.add(call);
      queued_bytes_ -= waiting_bytes(call);
    }
  }
  changed_.notify_all();
}

/// False when the store has to end.
bool QueuedStore::look_after(void (Medium::*upkeep)()) {
  try {
    ((*medium_).*upkeep)();
    return true;
  } catch (const MediumError& error) {
    Batch nothing;
    return recover(nothing, error);
  }
}

void QueuedStore::close_medium() {
  try {
    medium_->close();
  } catch (const MediumError& error) {
    if (has_to_stop(error)) return;
    note(sentence(options_.name, " was not closed in good order (", error.what(), ")."));
  }
  medium_.reset();
}

/// Says so, when going on would risk what was acknowledged.
bool QueuedStore::has_to_stop(const MediumError& error) {
  if (error.remedy() != MediumError::Remedy::stop) return false;
  is_failing_ = true;
  if (!options_.on_fatal) {
    std::fprintf(stderr, "%s\n", error.what());
    std::abort();
  }
  options_.on_fatal(error.what());
  return true;
}

void QueuedStore::note(const std::string& sentence) {
  if (options_.on_notice) options_.on_notice(sentence);
}

}  // namespace weft::store
