// SPDX-License-Identifier: Apache-2.0
#include "store/memory_store.h"

#include <algorithm>
#include <utility>

namespace weft::store {

namespace {

StoreError unavailable() {
  return {.errc = StoreErrc::unavailable, .detail = "The store in memory was told to fail."};
}

void keep_newest_two(std::vector<SnapshotRow>& snapshots, SnapshotRow row) {
  std::erase_if(snapshots, [&](const SnapshotRow& kept) { return kept.seq == row.seq; });
  snapshots.push_back(std::move(row));
  std::ranges::sort(snapshots, {}, &SnapshotRow::seq);
  if (snapshots.size() > 2) snapshots.erase(snapshots.begin());
}

bool is_newer(const LastSeen& a, const LastSeen& b) {
  return a.at_ms != b.at_ms ? a.at_ms > b.at_ms : a.user < b.user;
}

void keep_last_seen(std::map<UserId, LastSeen>& kept, const LastSeen& row) {
  kept[row.user] = row;
  if (kept.size() <= kLastSeenRowsMax) return;
  kept.erase(std::ranges::max_element(
      kept, [](const auto& a, const auto& b) { return is_newer(a.second, b.second); }));
}

}  // namespace

MemoryStore::MemoryStore(Completion completion) : completion_(completion) {
  if (completion_ == Completion::by_thread) thread_ = std::thread([this] { run_thread(); });
}

MemoryStore::~MemoryStore() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

template <class T, class Work>
void MemoryStore::hand_over_read(Work work, Done<T> done) {
  hand_over({.run = [work = std::move(work), done = std::move(done)](bool available) -> Answer {
               Result<T, StoreError> result = Failure(unavailable());
               if (available) result = work();
               return [result = std::move(result), done] { done(result); };
             },
             .reads = true});
}

void MemoryStore::load(const CanvasId& canvas, std::uint64_t fresh_epoch, std::uint64_t actors,
                       Done<StoredCanvas> done) {
  hand_over_read<StoredCanvas>(
      [this, canvas, fresh_epoch, actors] {
        auto [found, is_new] = canvases_.try_emplace(canvas);
        Canvas& kept = found->second;
        if (is_new) kept.epoch = fresh_epoch;
        StoredCanvas stored{.epoch = kept.epoch,
                            .snapshots = kept.snapshots,
                            .log = {},
                            .first_actor = kept.next_actor,
                            .end_actor = kept.next_actor + actors};
        for (const auto& [seq, row] : kept.log) stored.log.push_back(row);
        kept.next_actor += actors;
        return stored;
      },
      std::move(done));
}

void MemoryStore::reserve_actors(const CanvasId& canvas, std::uint64_t actors,
                                 Done<std::uint64_t> done) {
  hand_over_read<std::uint64_t>(
      [this, canvas, actors] {
        return std::exchange(canvases_[canvas].next_actor, canvases_[canvas].next_actor + actors);
      },
      std::move(done));
}

Kept MemoryStore::keep_row(Canvas& canvas, std::uint64_t epoch, const LogRow& row) {
  if (canvas.epoch != epoch) return Kept::outdated;
  // What lies behind the older snapshot has been there and is forgotten.
  if (canvas.snapshots.size() == 2 && row.seq <= canvas.snapshots[0].seq) return Kept::committed;
  const auto [kept, is_new] = canvas.log.try_emplace(row.seq, row);
  const bool is_it = is_new || (kept->second.sum == row.sum && kept->second.push == row.push);
  return is_it ? Kept::committed : Kept::damaged;
}

void MemoryStore::append(const CanvasId& canvas, std::uint64_t epoch, LogRow row,
                         std::function<void(Kept)> done) {
  const std::size_t bytes = row.push.size();
  hand_over(
      {.run = [this, canvas, epoch, row = std::move(row), done = std::move(done)](bool) -> Answer {
         // One that is not there has no epoch.
         const auto found = canvases_.find(canvas);
         const Kept kept =
             found == canvases_.end() ? Kept::outdated : keep_row(found->second, epoch, row);
         return [done, kept] { done(kept); };
       },
       .bytes = bytes});
}

void MemoryStore::save_snapshot(const CanvasId& canvas, std::uint64_t epoch, SnapshotRow row) {
  const std::uint64_t seq = row.seq;
  {
    std::lock_guard lock(mutex_);
    auto [waiting, is_first] = waiting_snapshots_.try_emplace(canvas);
    if (!is_first && waiting->second.epoch == epoch && waiting->second.row.seq > seq) return;
    waiting->second = {.epoch = epoch, .row = std::move(row)};
  }
  hand_over({.run = [this, canvas, epoch, seq](bool) {
    auto waiting = waiting_snapshots_.find(canvas);
    // A newer one has come, whose turn is later: only then are the rows that it stands for there.
    if (waiting == waiting_snapshots_.end() || waiting->second.epoch != epoch ||
        waiting->second.row.seq != seq) {
      return Answer();
    }
    SnapshotRow snapshot = std::move(waiting->second.row);
    snapshot.complete();
    waiting_snapshots_.erase(waiting);
    Canvas& kept = canvases_[canvas];
    if (kept.epoch != epoch) return Answer();
    keep_newest_two(kept.snapshots, std::move(snapshot));
    if (kept.snapshots.size() == 2) {
      kept.log.erase(kept.log.begin(), kept.log.upper_bound(kept.snapshots[0].seq));
    }
    return Answer();
  }});
}

/// The highest seq of anything that is kept.
std::uint64_t MemoryStore::end_of(const Canvas& canvas) {
  std::uint64_t end = canvas.log.empty() ? 0 : canvas.log.rbegin()->first;
  if (!canvas.snapshots.empty()) end = std::max(end, canvas.snapshots.back().seq);
  return end;
}

bool MemoryStore::start_over(Canvas& canvas, std::uint64_t epoch_before, std::uint64_t epoch,
                             const SnapshotRow& base) {
  if (canvas.epoch == epoch && epoch != epoch_before) return true;
  if (canvas.epoch != epoch_before) return false;
  if (epoch == epoch_before && end_of(canvas) > base.seq) return false;
  canvas.epoch = epoch;
  canvas.log.clear();
  canvas.snapshots = {base};
  return true;
}

void MemoryStore::start_over(const CanvasId& canvas, std::uint64_t epoch_before,
                             std::uint64_t epoch, SnapshotRow base,
                             std::function<void(bool)> done) {
  const std::size_t bytes = base.state.size();
  hand_over({.run = [this, canvas, epoch_before, epoch, base = std::move(base),
                     done = std::move(done)](bool) -> Answer {
               const bool is_under_epoch = start_over(canvases_[canvas], epoch_before, epoch, base);
               return [done, is_under_epoch] { done(is_under_epoch); };
             },
             .bytes = bytes});
}

void MemoryStore::save_last_seen(const CanvasId& canvas, LastSeen row) {
  const std::size_t bytes = row.presence.size();
  hand_over({.run =
                 [this, canvas, row = std::move(row)](bool) {
                   auto found = canvases_.find(canvas);
                   if (found != canvases_.end()) keep_last_seen(found->second.last_seen, row);
                   return Answer();
                 },
             .bytes = bytes});
}

void MemoryStore::exists(const CanvasId& canvas, Done<bool> done) {
  hand_over_read<bool>([this, canvas] { return canvases_.contains(canvas); }, std::move(done));
}

void MemoryStore::load_last_seen(const CanvasId& canvas, Done<std::vector<LastSeen>> done) {
  hand_over_read<std::vector<LastSeen>>(
      [this, canvas] {
        std::vector<LastSeen> rows;
        auto found = canvases_.find(canvas);
        if (found == canvases_.end()) return rows;
        for (const auto& [user, row] : found->second.last_seen) rows.push_back(row);
        std::ranges::sort(rows, is_newer);
        if (rows.size() > kLastSeenRowsRead) rows.resize(kLastSeenRowsRead);
        std::ranges::sort(rows, {}, &LastSeen::user);
        return rows;
      },
      std::move(done));
}

bool MemoryStore::is_available() const {
  return !failing_ && queued_bytes_ <= kQueueBytesMax;
}

bool MemoryStore::flush(Instant deadline) {
  if (completion_ == Completion::by_pump) pump();
  std::unique_lock lock(mutex_);
  auto is_done = [this] { return queue_.empty() && !busy_; };
  if (completion_ == Completion::by_pump) return is_done();
  return changed_.wait_until(lock, deadline, is_done);
}

void MemoryStore::hand_over(Job job) {
  queued_bytes_ += job.bytes;
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
  }
  changed_.notify_all();
}

bool MemoryStore::pump() {
  std::size_t count = 0;
  {
    std::lock_guard lock(mutex_);
    count = queue_.size();
  }
  bool did_something = false;
  while (count-- > 0 && pump_one()) did_something = true;
  return did_something;
}

bool MemoryStore::pump_one() {
  Answer answer;
  {
    std::lock_guard lock(mutex_);
    // While failing, reads overtake the writes that wait.
    auto next = queue_.begin();
    if (failing_) next = std::ranges::find_if(queue_, &Job::reads);
    if (next == queue_.end()) return false;
    Job job = std::move(*next);
    queue_.erase(next);
    queued_bytes_ -= job.bytes;
    answer = job.run(!failing_);
    busy_ = true;
  }
  if (answer) answer();
  {
    std::lock_guard lock(mutex_);
    busy_ = false;
  }
  changed_.notify_all();
  return true;
}

void MemoryStore::fail_appends(bool fail) {
  {
    std::lock_guard lock(mutex_);
    failing_ = fail;
  }
  changed_.notify_all();
}

void MemoryStore::crash() {
  std::deque<Job> forgotten;
  std::lock_guard lock(mutex_);
  forgotten.swap(queue_);
  waiting_snapshots_.clear();
  queued_bytes_ = 0;
}

bool MemoryStore::has_work() const {
  return failing_ ? std::ranges::any_of(queue_, &Job::reads) : !queue_.empty();
}

void MemoryStore::run_thread() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || has_work(); });
      if (!has_work()) return;
    }
    pump_one();
  }
}

}  // namespace weft::store
