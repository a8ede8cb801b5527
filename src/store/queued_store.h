// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/medium.h"
#include "store/store.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace weft::store {

/// How a QueuedStore behaves. The functions run on the store's thread.
struct QueueOptions {
  /// What the sentences call the medium: a path, "PostgreSQL at db.example.org".
  std::string name;
  /// What an outage means for edits, in its notice.
  std::string meanwhile = "new edits are refused until it can";
  std::function<void(const std::string& sentence)> on_fatal;
  std::function<void(const std::string& sentence)> on_notice;
  /// Opens the medium anew after a failure. May throw MediumError.
  std::function<std::unique_ptr<Medium>()> reopen;
  /// Pauses between attempts double from the first to the second.
  std::chrono::milliseconds retry_min{100};
  std::chrono::milliseconds retry_max{5'000};
  /// At most so much is carried out at a time, or one call.
  std::size_t batch_bytes_max = 16 << 20;
  /// While writes follow closely on each other, they are carried out together only so often: a
  /// commit costs about the same for one row as for many. The first after a pause does not wait, a
  /// read never does, and what waits with it goes along. Zero: as soon as the last one is over.
  std::chrono::milliseconds gather{0};
  /// An idle medium is asked this often whether it is still there; zero: never.
  std::chrono::milliseconds check_every{0};
};

/// A store with one thread and one medium. The thread takes what is queued, carries it out
/// together, and then answers. When that fails, reads are answered `unavailable`, and the medium is
/// opened anew until what was to be written is there. Any thread may call.
class QueuedStore : public Store {
 public:
  QueuedStore(QueueOptions options, std::unique_ptr<Medium> medium);
  /// Carries out what is queued, unless the medium fails.
  ~QueuedStore() override;
  QueuedStore(const QueuedStore&) = delete;
  QueuedStore& operator=(const QueuedStore&) = delete;

  void load(const CanvasId& canvas, std::uint64_t fresh_epoch, std::uint64_t actors,
            Done<StoredCanvas> done) final;
  void reserve_actors(const CanvasId& canvas, std::uint64_t actors, Done<std::uint64_t> done) final;
  void append(const CanvasId& canvas, std::uint64_t epoch, LogRow row,
              std::function<void(Kept kept)> done) final;
  void save_snapshot(const CanvasId& canvas, std::uint64_t epoch, SnapshotRow row) final;
  void start_over(const CanvasId& canvas, std::uint64_t epoch_before, std::uint64_t epoch,
                  SnapshotRow base, std::function<void(bool is_under_epoch)> done) final;
  void save_last_seen(const CanvasId& canvas, LastSeen row) final;
  void exists(const CanvasId& canvas, Done<bool> done) final;
  void load_last_seen(const CanvasId& canvas, Done<std::vector<LastSeen>> done) final;
  [[nodiscard]] bool is_available() const final;
  [[nodiscard]] bool flush(Instant deadline) final;

 private:
  using Batch = std::vector<Call>;
  /// Calls ever. Reads and writes are each finished in their order, but reads may overtake writes.
  struct Count {
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
    void add(const Call& call);
  };
  struct WaitingSnapshot {
    std::uint64_t epoch = 0;
    std::shared_ptr<SnapshotRow> row;  // its seq any thread, the rest the store's
  };

  void hand_over(Call call);

  // On the store's thread.
  enum class Next : std::uint8_t {
    work,   // something is queued
    check,  // nothing was for a while
    stop,   // nothing is, and nothing will be
  };
  void run();
  [[nodiscard]] Next wait_for_work();
  void gather(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] Batch take_queued();
  template <class Calls>
  [[nodiscard]] static Batch take_reads(Calls& calls);
  void attempt(Batch& batch);
  [[nodiscard]] bool carry_out(Batch& batch);
  [[nodiscard]] bool recover(Batch& batch, const MediumError& error);
  [[nodiscard]] bool pause(std::chrono::milliseconds pause, const StoreError& error);
  void give_up_reads(Batch reads, const StoreError& error);
  void count_finished(const Batch& batch);
  [[nodiscard]] bool look_after(void (Medium::*upkeep)());
  void close_medium();
  [[nodiscard]] bool has_to_stop(const MediumError& error);
  void note(const std::string& sentence);

  const QueueOptions options_;
  // Used by the store's thread.
  std::unique_ptr<Medium> medium_;  // null during an outage
  Instant began_{};                 // the last batch

  std::atomic<bool> is_failing_ = false;
  std::atomic<std::size_t> queued_bytes_ = 0;

  // Protected by mutex_.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Call> queue_;
  std::map<CanvasId, WaitingSnapshot> waiting_snapshots_;
  Count handed_over_;
  Count finished_;
  bool is_stopping_ = false;
  bool is_gathering_ = false;  // the store's thread sleeps although something is queued
  bool is_urgent_ = false;     // something that is queued must not wait

  std::thread thread_;
};

}  // namespace weft::store
