// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/store.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace weft::store {

/// The store that forgets with its process: for tests, simulations and `--data :memory:`. Any
/// thread may call.
class MemoryStore final : public Store {
 public:
  enum class Completion {
    by_pump,    // nothing happens until pump(); `done`s are called inside it: deterministic
    by_thread,  // a thread of the store's own does what pump() would do
  };
  explicit MemoryStore(Completion completion = Completion::by_pump);
  ~MemoryStore() override;

  void load(const CanvasId& canvas, std::uint64_t fresh_epoch, std::uint64_t actors,
            Done<StoredCanvas> done) override;
  void reserve_actors(const CanvasId& canvas, std::uint64_t actors,
                      Done<std::uint64_t> done) override;
  void append(const CanvasId& canvas, std::uint64_t epoch, LogRow row,
              std::function<void(Kept kept)> done) override;
  void save_snapshot(const CanvasId& canvas, std::uint64_t epoch, SnapshotRow row) override;
  void start_over(const CanvasId& canvas, std::uint64_t epoch_before, std::uint64_t epoch,
                  SnapshotRow base, std::function<void(bool is_under_epoch)> done) override;
  void save_last_seen(const CanvasId& canvas, LastSeen row) override;
  void exists(const CanvasId& canvas, Done<bool> done) override;
  void load_last_seen(const CanvasId& canvas, Done<std::vector<LastSeen>> done) override;
  [[nodiscard]] bool is_available() const override;
  /// With by_pump it pumps.
  [[nodiscard]] bool flush(Instant deadline) override;

  /// Carries out everything that was handed over until now; false if there was nothing to do.
  bool pump();
  /// Carries out one call; false if there was nothing to do.
  bool pump_one();
  /// While true, the store is unavailable: writes wait and reads are answered so.
  void fail_appends(bool fail);
  /// Forgets what was not carried out yet, `done`s and all, and keeps the rest: what a killed
  /// process leaves.
  void crash();

 private:
  struct Canvas {
    std::uint64_t epoch = 0;
    std::uint64_t next_actor = 1;
    std::vector<SnapshotRow> snapshots;
    std::map<std::uint64_t, LogRow> log;
    std::map<UserId, LastSeen> last_seen;
  };
  struct WaitingSnapshot {
    std::uint64_t epoch = 0;
    SnapshotRow row;
  };
  using Answer = std::function<void()>;
  struct Job {
    std::function<Answer(bool available)> run;  // what to call afterwards, without the lock
    bool reads = false;
    std::size_t bytes = 0;
  };

  [[nodiscard]] static Kept keep_row(Canvas& canvas, std::uint64_t epoch, const LogRow& row);
  [[nodiscard]] static std::uint64_t end_of(const Canvas& canvas);
  [[nodiscard]] static bool start_over(Canvas& canvas, std::uint64_t epoch_before,
                                       std::uint64_t epoch, const SnapshotRow& base);
  void hand_over(Job job);
  template <class T, class Work>
  void hand_over_read(Work work, Done<T> done);
  void run_thread();
  [[nodiscard]] bool has_work() const;

  const Completion completion_;
  std::atomic<std::size_t> queued_bytes_ = 0;
  std::atomic<bool> failing_ = false;

  // Protected by mutex_.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;
  std::map<CanvasId, Canvas> canvases_;
  std::map<CanvasId, WaitingSnapshot> waiting_snapshots_;
  bool busy_ = false;  // a job's answer is being told
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace weft::store
