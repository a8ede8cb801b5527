// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_store.h"

#include "store/sentence.h"
#include "store/sqlite_database.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace weft::store {

namespace {

StoreError to_store_error(const SqlError& error) {
  return {.errc = error.is_corruption() ? StoreErrc::corrupt : StoreErrc::unavailable,
          .detail = error.what()};
}

/// A row's share of the queue beside its bytes: the job itself, its names and its place in the
/// queue.
constexpr std::size_t kJobBytes = 256;

}  // namespace

/// One call into the store, on its way through the thread.
class SqliteStore::Job {
 public:
  Job(bool is_read, std::size_t bytes) : is_read_(is_read), bytes_(bytes + kJobBytes) {}
  virtual ~Job() = default;
  /// May be called again, after a commit that failed.
  virtual void carry_out(SqliteDatabase& database) = 0;
  virtual void answer() = 0;
  /// Answers with the error instead. For reads only: a write waits until it has succeeded.
  virtual void give_up(const StoreError& error) = 0;
  [[nodiscard]] bool is_read() const { return is_read_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  bool is_read_;
  std::size_t bytes_;
};

class SqliteStore::Write final : public Job {
 public:
  Write(std::function<void(SqliteDatabase&)> work, std::function<void()> done, std::size_t bytes)
      : Job(false, bytes), work_(std::move(work)), done_(std::move(done)) {}
  void carry_out(SqliteDatabase& database) override { work_(database); }
  void answer() override {
    if (done_) done_();
  }
  void give_up(const StoreError&) override { std::unreachable(); }

 private:
  std::function<void(SqliteDatabase&)> work_;
  std::function<void()> done_;
};

/// Reads inside the batch's transaction, so that it sees every write before it, and answers after
/// the commit.
template <class T>
class SqliteStore::Read final : public Job {
 public:
  Read(std::function<T(SqliteDatabase&)> work, Done<T> done)
      : Job(true, 0), work_(std::move(work)), done_(std::move(done)) {}
  void carry_out(SqliteDatabase& database) override {
    try {
      result_ = work_(database);
    } catch (const SqlError& error) {
      // Damage that only this canvas touches is this canvas's trouble.
      if (!error.is_corruption()) throw;
      result_ = Failure(to_store_error(error));
    }
  }
  void answer() override { done_(std::move(result_)); }
  void give_up(const StoreError& error) override { done_(Failure(error)); }

 private:
  std::function<T(SqliteDatabase&)> work_;
  Done<T> done_;
  Result<T, StoreError> result_;
};

/// Writes the snapshot that waits for it, unless a newer one has taken its place.
class SqliteStore::WriteSnapshot final : public Job {
 public:
  WriteSnapshot(SqliteStore& store, CanvasId canvas, std::uint64_t seq)
      : Job(false, 0), store_(store), canvas_(std::move(canvas)), seq_(seq) {}
  void carry_out(SqliteDatabase& database) override {
    const auto row = store_.waiting_snapshot(canvas_);
    if (row == nullptr || row->seq != seq_) return;
    written_ = row;
    database.save_snapshot(canvas_, *row);
  }
  void answer() override { store_.forget_snapshot(canvas_, written_.lock()); }
  void give_up(const StoreError&) override { std::unreachable(); }

 private:
  SqliteStore& store_;
  CanvasId canvas_;
  std::uint64_t seq_;
  std::weak_ptr<const SnapshotRow> written_;
};

Result<std::unique_ptr<SqliteStore>, StoreError> SqliteStore::open(const std::string& path,
                                                                   SqliteOptions options) {
  const SqliteFile file{.path = path, .vfs = options.vfs};
  try {
    if (!std::filesystem::exists(path)) create_database(file);
    auto database = std::make_unique<SqliteDatabase>(file, SqliteDatabase::Check::pages);
    return std::unique_ptr<SqliteStore>(
        new SqliteStore(path, std::move(options), std::move(database)));
  } catch (const SqlError& error) {
    return Failure(to_store_error(error));
  } catch (const std::filesystem::filesystem_error& error) {
    return Failure(StoreError{.errc = StoreErrc::unavailable, .detail = error.what()});
  }
}

SqliteStore::SqliteStore(std::string path, SqliteOptions options,
                         std::unique_ptr<SqliteDatabase> database)
    : path_(std::move(path)),
      options_(std::move(options)),
      database_(std::move(database)),
      checkpoint_at_pages_(options_.checkpoint_pages),
      thread_([this] { run(); }) {}

SqliteStore::~SqliteStore() {
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

template <class T, class Work>
void SqliteStore::hand_over_read(Work work, Done<T> done) {
  hand_over(std::make_unique<Read<T>>(std::move(work), std::move(done)));
}

void SqliteStore::hand_over_write(std::function<void(SqliteDatabase&)> work,
                                  std::function<void()> done, std::size_t bytes) {
  hand_over(std::make_unique<Write>(std::move(work), std::move(done), bytes));
}

void SqliteStore::load(const CanvasId& canvas, std::uint64_t fresh_epoch, std::uint64_t actors,
                       Done<StoredCanvas> done) {
  hand_over_read<StoredCanvas>(
      [=](SqliteDatabase& database) { return database.load(canvas, fresh_epoch, actors); },
      std::move(done));
}

void SqliteStore::reserve_actors(const CanvasId& canvas, std::uint64_t actors,
                                 Done<std::uint64_t> done) {
  hand_over_read<std::uint64_t>(
      [=](SqliteDatabase& database) { return database.reserve_actors(canvas, actors); },
      std::move(done));
}

void SqliteStore::append(const CanvasId& canvas, LogRow row, std::function<void()> done) {
  const std::size_t bytes = row.push.size();
  hand_over_write(
      [canvas, row = std::move(row)](SqliteDatabase& database) { database.append(canvas, row); },
      std::move(done), bytes);
}

void SqliteStore::save_snapshot(const CanvasId& canvas, SnapshotRow row) {
  const std::uint64_t seq = row.seq;
  auto newest = std::make_shared<const SnapshotRow>(std::move(row));
  {
    std::lock_guard lock(mutex_);
    std::shared_ptr<const SnapshotRow>& waiting = waiting_snapshots_[canvas];
    if (waiting != nullptr && waiting->seq > seq) return;
    waiting.swap(newest);
  }
  hand_over(std::make_unique<WriteSnapshot>(*this, canvas, seq));
}

std::shared_ptr<const SnapshotRow> SqliteStore::waiting_snapshot(const CanvasId& canvas) {
  std::lock_guard lock(mutex_);
  auto found = waiting_snapshots_.find(canvas);
  return found == waiting_snapshots_.end() ? nullptr : found->second;
}

void SqliteStore::forget_snapshot(const CanvasId& canvas,
                                  const std::shared_ptr<const SnapshotRow>& written) {
  std::lock_guard lock(mutex_);
  auto found = waiting_snapshots_.find(canvas);
  if (found != waiting_snapshots_.end() && found->second == written) {
    waiting_snapshots_.erase(found);
  }
}

void SqliteStore::save_last_seen(const CanvasId& canvas, LastSeen row) {
  const std::size_t bytes = row.presence.size();
  hand_over_write([canvas, row = std::move(row)](
                      SqliteDatabase& database) { database.save_last_seen(canvas, row); },
                  nullptr, bytes);
}

void SqliteStore::exists(const CanvasId& canvas, Done<bool> done) {
  hand_over_read<bool>([=](SqliteDatabase& database) { return database.exists(canvas); },
                       std::move(done));
}

void SqliteStore::load_last_seen(const CanvasId& canvas, Done<std::vector<LastSeen>> done) {
  hand_over_read<std::vector<LastSeen>>(
      [=](SqliteDatabase& database) { return database.load_last_seen(canvas); }, std::move(done));
}

bool SqliteStore::is_available() const {
  return !is_failing_ && queued_bytes_ <= kQueueBytesMax;
}

bool SqliteStore::flush(Instant deadline) {
  std::unique_lock lock(mutex_);
  const Count until = handed_over_;
  return changed_.wait_until(lock, deadline, [&] {
    return finished_.reads >= until.reads && finished_.writes >= until.writes;
  });
}

void SqliteStore::hand_over(std::unique_ptr<Job> job) {
  queued_bytes_ += job->bytes();
  {
    std::lock_guard lock(mutex_);
    handed_over_.add(*job);
    queue_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void SqliteStore::Count::add(const Job& job) {
  ++(job.is_read() ? reads : writes);
}

// On the store's thread

void SqliteStore::run() {
  for (;;) {
    Batch batch = take_queued();
    if (batch.empty()) break;  // stopping
    if (!carry_out(batch)) return;
    for (auto& job : batch) job->answer();
    count_finished(batch);
    if (!checkpoint_if_due()) return;
  }
  close_database();
}

/// Waits for work. An empty batch says that the store stops.
SqliteStore::Batch SqliteStore::take_queued() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
  return std::exchange(queue_, {});
}

/// Moves the reads out of a batch; both keep their order.
SqliteStore::Batch SqliteStore::take_reads(Batch& batch) {
  Batch reads;
  Batch writes;
  for (auto& job : batch) (job->is_read() ? reads : writes).push_back(std::move(job));
  batch = std::move(writes);
  return reads;
}

void SqliteStore::commit(Batch& batch) {
  database_->begin();
  for (auto& job : batch) job->carry_out(*database_);
  database_->commit();
}

/// Returns when the batch is at rest; false when the store has to end before that.
bool SqliteStore::carry_out(Batch& batch) {
  try {
    commit(batch);
    return true;
  } catch (const SqlError& error) {
    return recover(batch, error);
  }
}

/// The outcome of the batch is unknown: it may be at rest or not, whatever SQLite said. So the file
/// is opened anew and looked at, which every write does before it writes.
bool SqliteStore::recover(Batch& batch, const SqlError& error) {
  is_failing_ = true;
  if (has_to_stop(error)) return false;
  note(sentence(path_, " cannot be written (", error.what(),
                "); new edits are refused until it can."));
  const StoreError unavailable{
      .errc = StoreErrc::unavailable,
      .detail = sentence(path_, " cannot be used at present (", error.what(), ").")};
  database_.reset();
  give_up(take_reads(batch), unavailable);
  for (auto delay = options_.retry_min;; delay = std::min(delay * 2, options_.retry_max)) {
    if (!pause(delay, unavailable)) return false;
    try {
      database_ = std::make_unique<SqliteDatabase>(SqliteFile{.path = path_, .vfs = options_.vfs},
                                                   SqliteDatabase::Check::none);
      commit(batch);
      break;
    } catch (const SqlError& again) {
      if (has_to_stop(again)) return false;
      database_.reset();
    }
  }
  is_failing_ = false;
  note(sentence(path_, " can be written again; nothing was lost."));
  return true;
}

/// Waits, and meanwhile gives up what only reads. False when the store is to stop.
bool SqliteStore::pause(std::chrono::milliseconds pause, const StoreError& error) {
  const auto until = std::chrono::steady_clock::now() + pause;
  std::unique_lock lock(mutex_);
  for (;;) {
    Batch reads = take_reads(queue_);
    lock.unlock();
    give_up(std::move(reads), error);
    lock.lock();
    auto has_reads = [this] { return std::ranges::any_of(queue_, &Job::is_read); };
    if (!changed_.wait_until(lock, until, [&] { return is_stopping_ || has_reads(); })) return true;
    if (is_stopping_) return false;
  }
}

void SqliteStore::give_up(Batch reads, const StoreError& error) {
  for (auto& job : reads) job->give_up(error);
  count_finished(reads);
}

void SqliteStore::count_finished(const Batch& batch) {
  {
    std::lock_guard lock(mutex_);
    for (const auto& job : batch) {
      finished_.add(*job);
      queued_bytes_ -= job->bytes();
    }
  }
  changed_.notify_all();
}

/// After the answers, so that nobody waits for it. False when the store has to end.
bool SqliteStore::checkpoint_if_due() {
  if (database_->wal_pages() < checkpoint_at_pages_) return true;
  try {
    database_->checkpoint(SqliteDatabase::Checkpoint::reuse_log);
    checkpoint_at_pages_ = options_.checkpoint_pages;
  } catch (const SqlError& error) {
    if (has_to_stop(error)) return false;
    // Nothing is lost: the write-ahead log keeps what is committed and grows until a later attempt.
    checkpoint_at_pages_ = database_->wal_pages() + options_.checkpoint_pages;
    note(sentence(path_, " cannot take in its write-ahead log (", error.what(), ")."));
  }
  return true;
}

void SqliteStore::close_database() {
  try {
    database_->checkpoint(SqliteDatabase::Checkpoint::truncate_log);
  } catch (const SqlError& error) {
    if (has_to_stop(error)) return;
    note(sentence(path_, " was closed with a write-ahead log beside it (", error.what(), ")."));
  }
  database_.reset();
}

/// Says so, when going on would risk what was acknowledged.
bool SqliteStore::has_to_stop(const SqlError& error) {
  std::string why;
  if (error.is_failed_sync()) {
    why = sentence("The disk did not make sure of what was written to ", path_, " (", error.what(),
                   "), and what it holds is no longer certain: the server stops. Check the disk, "
                   "then start again.");
  } else if (error.is_corruption()) {
    why = sentence(path_, " is damaged (", error.what(), "): the server stops.");
  } else if (error.is_our_mistake()) {
    // Trying again would be refused again, for ever. Nothing of this batch was acknowledged.
    why = sentence(path_, " cannot take what the server wrote (", error.what(),
                   "), now or later: the server stops. What was acknowledged is there.");
  } else {
    return false;
  }
  is_failing_ = true;
  if (!options_.on_fatal) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::abort();
  }
  options_.on_fatal(why);
  return true;
}

void SqliteStore::note(const std::string& sentence) {
  if (options_.on_notice) options_.on_notice(sentence);
}

}  // namespace weft::store
