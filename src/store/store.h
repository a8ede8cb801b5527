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
  /// that the medium survives. There is no failure to report: after a failed commit the store
  /// reopens its file, looks what is there, and writes the missing rows again, until it succeeds or
  /// the process ends. Meanwhile is_available() is false. Requires: the canvas has been loaded;
  /// this seq was never given to another row.
  virtual void append(const CanvasId& canvas, LogRow row, std::function<void()> done) = 0;
  /// Keeps the newest two snapshots that were written, and the log rows after the older one. One
  /// that is older than both is ignored. At most one per canvas waits: a newer one takes the place
  /// of one that is not at rest yet, which is then never written.
  virtual void save_snapshot(const CanvasId& canvas, SnapshotRow row) = 0;

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
