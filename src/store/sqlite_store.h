// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/store.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace weft::store {

class SqliteDatabase;
class SqlError;

/// How a SqliteStore behaves. Both callbacks run on the store's thread.
struct SqliteOptions {
  /// Called with a sentence when going on would risk what was acknowledged, above all after a
  /// failed sync. It is expected to end the process; without one the process aborts. If it returns,
  /// the store does nothing more.
  std::function<void(const std::string& sentence)> on_fatal;
  /// Called with a sentence when an outage begins or ends, for the operator's log.
  std::function<void(const std::string& sentence)> on_notice;
  /// After a failure the file is reopened with pauses that double from the first to the second.
  std::chrono::milliseconds retry_min{100};
  std::chrono::milliseconds retry_max{5'000};
  /// The write-ahead log is moved into the file when it has this many pages.
  int checkpoint_pages = 1'000;
  /// Name of the SQLite VFS; empty for the system's own.
  std::string vfs;
};

/// The store in one SQLite file. One thread and one connection: it takes everything that is queued,
/// commits it as one transaction, and then answers. Any thread may call.
class SqliteStore final : public Store {
 public:
  /// Opens the file, or makes it (mode 0600) if there is none. A file that is damaged, foreign,
  /// newer or in use is refused with a sentence and left as it is.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>, StoreError> open(
      const std::string& path, SqliteOptions options = {});
  /// Carries out what is queued, unless the file fails.
  ~SqliteStore() override;

  void load(const CanvasId& canvas, std::uint64_t fresh_epoch, std::uint64_t actors,
            Done<StoredCanvas> done) override;
  void reserve_actors(const CanvasId& canvas, std::uint64_t actors,
                      Done<std::uint64_t> done) override;
  void append(const CanvasId& canvas, LogRow row, std::function<void()> done) override;
  void save_snapshot(const CanvasId& canvas, SnapshotRow row) override;
  void save_last_seen(const CanvasId& canvas, LastSeen row) override;
  void exists(const CanvasId& canvas, Done<bool> done) override;
  void load_last_seen(const CanvasId& canvas, Done<std::vector<LastSeen>> done) override;
  [[nodiscard]] bool is_available() const override;
  [[nodiscard]] bool flush(Instant deadline) override;

 private:
  class Job;
  class Write;
  class WriteSnapshot;
  template <class T>
  class Read;
  using Batch = std::deque<std::unique_ptr<Job>>;
  /// Jobs ever. Reads and writes are each finished in their order, but reads may overtake writes.
  struct Count {
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
    void add(const Job& job);
  };

  SqliteStore(std::string path, SqliteOptions options, std::unique_ptr<SqliteDatabase> database);

  void hand_over(std::unique_ptr<Job> job);
  template <class T, class Work>
  void hand_over_read(Work work, Done<T> done);
  void hand_over_write(std::function<void(SqliteDatabase&)> work, std::function<void()> done,
                       std::size_t bytes);
  [[nodiscard]] std::shared_ptr<const SnapshotRow> waiting_snapshot(const CanvasId& canvas);
  /// Unless another one waits by now.
  void forget_snapshot(const CanvasId& canvas, const std::shared_ptr<const SnapshotRow>& written);

  // On the store's thread.
  void run();
  [[nodiscard]] Batch take_queued();
  [[nodiscard]] static Batch take_reads(Batch& batch);
  void commit(Batch& batch);
  [[nodiscard]] bool carry_out(Batch& batch);
  [[nodiscard]] bool recover(Batch& batch, const SqlError& error);
  [[nodiscard]] bool pause(std::chrono::milliseconds pause, const StoreError& error);
  void give_up(Batch reads, const StoreError& error);
  void count_finished(const Batch& batch);
  [[nodiscard]] bool checkpoint_if_due();
  void close_database();
  [[nodiscard]] bool has_to_stop(const SqlError& error);
  void note(const std::string& sentence);

  const std::string path_;
  const SqliteOptions options_;
  std::unique_ptr<SqliteDatabase> database_;  // used by the store's thread; null during an outage
  int checkpoint_at_pages_;

  std::atomic<bool> is_failing_ = false;
  std::atomic<std::size_t> queued_bytes_ = 0;

  // Protected by mutex_.
  std::mutex mutex_;
  std::condition_variable changed_;
  Batch queue_;
  std::map<CanvasId, std::shared_ptr<const SnapshotRow>> waiting_snapshots_;
  Count handed_over_;
  Count finished_;
  bool is_stopping_ = false;

  std::thread thread_;
};

}  // namespace weft::store
