// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"
#include "util/ids.h"
#include "util/result.h"
#include "util/time.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace weft::store {

/// What can go wrong at rest.
enum class StoreErrc : std::uint8_t {
  unavailable,  // nothing can be read or written now (disk full, I/O error); try again later
  corrupt,      // what is there is not what was written
};
struct StoreError {
  StoreErrc errc = StoreErrc::unavailable;
  std::string detail;  // a sentence for operators
};

/// What may wait in a store, beside snapshots, before is_available() turns false.
inline constexpr std::size_t kQueueBytesMax = 64 << 20;

/// Last-seen rows that a canvas keeps; saving one more drops the oldest.
inline constexpr std::size_t kLastSeenRowsMax = 10'000;
/// Last-seen rows that are read at a time, the newest.
inline constexpr std::size_t kLastSeenRowsRead = 1'000;

/// What became of an append.
enum class Kept : std::uint8_t {
  committed,  // the row is there for good
  outdated,   // the canvas has another epoch; the row was not written
  damaged,    // another row has its seq; the row was not written, and operators were told
};

/// One row of the log: opaque to the store but for its place.
struct LogRow {
  std::uint64_t seq = 0;
  std::uint64_t sum = 0;
  Bytes push;
};

struct SnapshotRow {
  std::uint64_t seq = 0;
  std::uint64_t sum = 0;
  Bytes state;
  /// What a large state is made with, for save_snapshot, in the place of `state`: called on a
  /// thread of the store's.
  std::function<Bytes()> make_state = nullptr;

  void complete() {
    if (make_state) state = std::exchange(make_state, nullptr)();
  }
};

/// A canvas as it is at rest. An unknown canvas is one with a fresh epoch and nothing in it. Actor
/// numbers start at 1.
struct StoredCanvas {
  std::uint64_t epoch = 0;
  std::vector<SnapshotRow> snapshots;  // at most two, ascending
  std::vector<LogRow> log;  // ascending; all rows after the older of two snapshots, else all rows
  std::uint64_t first_actor = 0;  // numbers [first_actor, end_actor) are reserved by this load
  std::uint64_t end_actor = 0;
};

/// Who was here: one row per canvas and user.
struct LastSeen {
  UserId user;
  std::string name;
  WallMs at_ms = 0;
  Bytes presence;  // raw MessagePack map
};

/// Snapshots, log tail and presence rows at rest. Any thread may call; calls return at once and
/// take effect in their order. Each `done` is called once, never from inside the call that brought
/// it, on a thread of the store's, in the order of the calls that wrote; it must not block. A store
/// that is destroyed drops the `done`s of what it could not carry out. While the store is
/// unavailable, what reads is answered so at once and what writes waits.
class Store {
 public:
  virtual ~Store() = default;

  template <class T>
  using Done = std::function<void(Result<T, StoreError>)>;

  /// Reads the canvas, makes it (with `fresh_epoch`) if it is new, and reserves `actors` actor
  /// numbers. Sees every write that was handed over before it.
  virtual void load(const CanvasId& canvas, std::uint64_t fresh_epoch, std::uint64_t actors,
                    Done<StoredCanvas> done) = 0;
  /// Answers with the first number. Requires: the canvas has been loaded.
  virtual void reserve_actors(const CanvasId& canvas, std::uint64_t actors,
                              Done<std::uint64_t> done) = 0;
  /// Group commit. `done` says committed, for good: there after any crash of process or machine
  /// that the medium survives; or outdated, when the canvas has another epoch by then, or damaged,
  /// when another row is in its place, and nothing was written. There is no failure to report:
  /// after a failed commit the store looks what is there, and writes the missing rows again, until
  /// it succeeds or the process ends. Meanwhile is_available() is false. Several instances that
  /// share a store may hand over the same row; it is kept once. Requires: the canvas has been
  /// loaded; within `epoch` this seq was never given to another row.
  virtual void append(const CanvasId& canvas, std::uint64_t epoch, LogRow row,
                      std::function<void(Kept kept)> done) = 0;
  /// Keeps the newest two snapshots that were written, and the log rows after the older one. One
  /// that is older than both, or of another epoch, is ignored. At most one per canvas waits: a
  /// newer one takes the place of one that is not at rest yet, which is then never written.
  virtual void save_snapshot(const CanvasId& canvas, std::uint64_t epoch, SnapshotRow row) = 0;
  /// Starts the canvas over under another epoch, with `base` as its only snapshot and no log rows,
  /// if its epoch is still `epoch_before`; answers with whether it is under `epoch` now, by this
  /// call or by an earlier one, whose base may have been another. Where both epochs are the same it
  /// is done, and answered true, only while nothing at rest lies beyond the base: that closes a
  /// hole, and takes nothing away that the base does not hold. Written like an append: there is no
  /// failure to report. Requires: the canvas has been loaded.
  virtual void start_over(const CanvasId& canvas, std::uint64_t epoch_before, std::uint64_t epoch,
                          SnapshotRow base, std::function<void(bool is_under_epoch)> done) = 0;

  /// Whether the canvas was ever loaded here; asking does not make it.
  virtual void exists(const CanvasId& canvas, Done<bool> done) = 0;

  /// Keeps the newest kLastSeenRowsMax by `at_ms`.
  virtual void save_last_seen(const CanvasId& canvas, LastSeen row) = 0;
  /// The newest kLastSeenRowsRead, in the order of the users' ids; nothing for a canvas that was
  /// never loaded.
  virtual void load_last_seen(const CanvasId& canvas, Done<std::vector<LastSeen>> done) = 0;

  /// False while what is appended would have to wait: the medium fails, or kQueueBytesMax are
  /// waiting.
  [[nodiscard]] virtual bool is_available() const = 0;
  /// Returns when all that was handed over before is at rest, or `deadline` has come (then false).
  [[nodiscard]] virtual bool flush(Instant deadline) = 0;
};

}  // namespace weft::store
