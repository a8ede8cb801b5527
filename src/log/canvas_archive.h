// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/alarm.h"
#include "log/redis_log_options.h"
#include "log/redis_scripts.h"
#include "store/store.h"
#include "util/time.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weft::log {

struct RedisLogContext;

/// Entries of a shard's canvases that are not known to be in the archive. Beyond the bound pushes
/// are refused until the archive has caught up.
class UnarchivedBytes {
 public:
  void add(std::size_t bytes) { bytes_ += bytes; }
  void remove(std::size_t bytes) { bytes_ -= bytes; }
  [[nodiscard]] bool is_full() const { return bytes_ > kUnarchivedBytesMax; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

/// Brings one canvas's entries from Redis to the archive, and notes in Redis how far they are.
/// Several instances may bring the same ones. Outlives the canvas's being open until what it has
/// handed over is answered. On the shard; answers of the store come there by post.
class CanvasArchive final : public std::enable_shared_from_this<CanvasArchive> {
 public:
  /// The canvas, seen from here. Outlives its archive.
  struct Canvas {
    /// As the listener knows it, to begin the archive with; nothing when that cannot be had.
    std::function<std::optional<store::SnapshotRow>()> told_snapshot;
    /// It is to be advanced at the end of this turn.
    std::function<void()> changed;
  };

  CanvasArchive(RedisLogContext& context, CanvasId id, Canvas canvas);
  ~CanvasArchive();
  CanvasArchive(const CanvasArchive&) = delete;
  CanvasArchive& operator=(const CanvasArchive&) = delete;

  /// The history goes on under `epoch` and after `from`, and Redis says that everything up to
  /// `archived` is in the archive. What lies between the two does not come here: the archive is
  /// looked at before anything is put behind it.
  void begin(std::uint64_t epoch, std::uint64_t from, std::uint64_t archived);
  /// The next entry. One's own is handed over at once, with all before it; others' after a while.
  void add(std::uint64_t seq, protocol::Sum sum, Bytes push, bool is_own);
  /// Hands over at once what would wait a while.
  void hasten() { hand_over(); }
  /// Somebody brought everything up to `seq`.
  void note_archived(std::uint64_t seq);
  void save_snapshot(store::SnapshotRow row);
  /// The canvas is closed: hands over what is left, then lets Redis forget it.
  void leave();

  void advance(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline(Instant now) const;
  /// Whether everything it was given is in the archive, and nothing is on its way to Redis.
  [[nodiscard]] bool is_idle() const { return is_all_noted() && !is_expiring_; }
  /// Left, and nothing more will happen.
  [[nodiscard]] bool has_ended() const { return has_left_ && is_all_noted() && !has_to_expire_; }
  /// Somebody opens the canvas again, so Redis is to keep it.
  void stay() { has_to_expire_ = false; }
  /// The archive has other entries under the same epoch: nothing more is brought there.
  [[nodiscard]] bool is_damaged() const { return is_damaged_; }

 private:
  struct Row {
    store::LogRow row;
    bool is_handed_over = false;
  };

  void hand_over();
  void handle_kept(std::uint64_t seq, store::Kept kept);
  void reconcile();
  void handle_loaded(const Result<store::StoredCanvas, store::StoreError>& loaded);
  void start_over(std::uint64_t epoch_before, store::SnapshotRow base);
  void go_on_after(std::uint64_t seq);
  void note_damage(std::uint64_t seq);
  void let_expire();
  [[nodiscard]] bool is_all_noted() const;
  void forget_up_to(std::uint64_t seq);
  void drop_rows();
  void tell_redis();
  /// What the store is to call: runs `handle` on the shard if this still goes on under this epoch.
  template <class Answer>
  [[nodiscard]] std::function<void(Answer)> on_shard(
      std::function<void(CanvasArchive&, const Answer&)> handle);

  RedisLogContext& context_;
  CanvasId id_;
  Canvas canvas_;
  RedisScripts scripts_;
  std::uint64_t epoch_ = 0;
  std::uint64_t life_ = 0;  // of epoch_: answers that belong to an earlier one are dropped
  std::deque<Row> rows_;    // not known to be in the archive, without a hole
  std::uint64_t from_ = 0;
  std::uint64_t archived_ = 0;  // everything up to here is
  std::uint64_t noted_ = 0;     // and Redis knows it up to here
  bool is_noting_ = false;
  bool is_reconciling_ = false;  // nothing is handed over before it is known what is there
  bool is_damaged_ = false;
  bool has_left_ = false;
  bool has_to_expire_ = false;  // left, and Redis has not heard yet that it may forget the canvas
  bool is_expiring_ = false;
  int expire_attempts_ = 0;
  std::chrono::milliseconds expire_delay_;
  Alarm patience_, retry_, reconcile_alarm_, expire_alarm_;
};

}  // namespace weft::log
