// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/entry.h"
#include "util/bytes.h"
#include "util/ids.h"
#include "util/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weft::log {

/// How far a client has come: who it belongs to, and its highest push in the log.
struct ClientMark {
  ClientId client;
  UserId user;  // the one who first pushed as this client
  std::uint64_t n = 0;
};

/// A state of the canvas that was saved: the room's own encoding of the document, and every
/// client's mark at `seq`.
struct Snapshot {
  std::uint64_t seq = 0;
  protocol::Sum sum = 0;
  Bytes state;
  std::vector<ClientMark> clients;  // filled by the log, in the order of their names
  /// What a large state is made with, for save_snapshot, in the place of `state`: called on any
  /// thread.
  std::function<Bytes()> make_state = nullptr;

  void complete() {
    if (make_state) state = std::exchange(make_state, nullptr)();
  }
};

/// Actor numbers [first, end) that nobody has had before on this canvas and nobody else will get.
struct ActorRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

/// What a room needs to come to life: replaying `tail` over `base` gives the present state.
struct Opened {
  std::uint64_t epoch = 0;
  Snapshot base;  // the older of the two that are kept; seq 0 and empty state when there is none
  std::vector<Entry> tail;  // every entry after base.seq, without holes
  ActorRange actors;
  /// Of the newest snapshot that is kept, which lies within `tail` when it is not `base`; 0 when
  /// there is none.
  std::uint64_t newest_snapshot_seq = 0;
};

/// Why an append was not taken, or a canvas not opened.
enum class LogErrc : std::uint8_t {
  duplicate,     // n is in the log already, for good; answer `duplicate`
  out_of_order,  // n is more than one above the highest; answer `out_of_order`
  not_owner,     // the client id belongs to another user; answer `not_allowed`
  unavailable,   // the log takes nothing now; the client keeps the push and tries again later
  corrupt,       // what is at rest is not a history; the canvas stays closed until somebody looks
};

/// What the log tells a room. Called on the room's shard, never from inside a call into the log.
class LogListener {
 public:
  virtual ~LogListener() = default;
  /// The first call after open(). On failure the canvas is closed again; `detail` is a sentence for
  /// operators.
  virtual void log_opened(Opened opened) = 0;
  virtual void log_open_failed(LogErrc errc, const std::string& detail) = 0;
  /// Entries that are in the log for good, in seq order without holes. The own appends come back
  /// here too.
  virtual void log_entries(std::span<const Entry> entries) = 0;
  /// An append that was not taken. Ordered with log_entries: a duplicate is told only after its
  /// original.
  virtual void log_refused(const ClientId& client, std::uint64_t n, ActorId actor,
                           LogErrc errc) = 0;
  /// An empty range says that none are to be had now; ask again later.
  virtual void log_actors(ActorRange actors) = 0;
  /// Answers sync(): what was in the log when it was called has been told.
  virtual void log_synced() = 0;
  /// The history goes on under another epoch, from the newest entry that the listener was given:
  /// the log had lost what this listener knows, and has it back from here.
  virtual void log_epoch_changed(std::uint64_t epoch) = 0;
  /// The canvas has another history than the listener was told: all of that is void, appends under
  /// way included. log_opened or log_open_failed follows, as after open().
  virtual void log_reset() = 0;
  /// The room's own encoding of the document, as of the newest entry that it was given. Called only
  /// between log_opened and log_reset. Nothing when the listener cannot read what it was opened with:
  /// then it knows nothing that could take the place of anything.
  [[nodiscard]] virtual std::optional<Bytes> log_state() = 0;
};

/// The canvas's ordered history of pushes. Every instance sees the same pushes in the same order,
/// exactly once per (client, n). One object per shard; all calls and all answers happen on that
/// shard.
class Log {
 public:
  virtual ~Log() = default;

  /// `listener` must outlive the canvas's being open, that is until close() returns.
  virtual void open(const CanvasId& canvas, LogListener& listener) = 0;
  /// Nothing reaches the listener after this. Appends under way are still carried out.
  virtual void close(const CanvasId& canvas) = 0;

  /// Requires: open. Every append is answered once, by log_entries or log_refused, unless the
  /// process ends or the outcome stays unknown. Duplicates by one actor of a push that is still
  /// under way have one answer together.
  virtual void append(const CanvasId& canvas, Push push) = 0;
  /// Keeps this snapshot and the one before it; forgets entries and snapshots that are older than
  /// that one, so that a client may resume from anywhere after it. Failing to save is not an error:
  /// the log stays longer. Requires: `seq` is that of the newest entry the listener has been given;
  /// any other is ignored. `clients` is filled in here.
  virtual void save_snapshot(const CanvasId& canvas, Snapshot snapshot) = 0;
  /// Makes sure that the listener knows all that is in the log now, whoever appended it: somebody
  /// may have been told of it by another instance. True when that is so already; otherwise
  /// log_synced follows, late when the log cannot be reached. Requires: open.
  [[nodiscard]] virtual bool sync(const CanvasId& canvas) = 0;
  /// Asks for more actor numbers; log_actors answers.
  virtual void reserve_actors(const CanvasId& canvas) = 0;
  /// The client's mark as of the entries that the listener has been given; nothing if it never
  /// pushed. Requires: open and log_opened has come.
  [[nodiscard]] virtual std::optional<ClientMark> client(const CanvasId& canvas,
                                                         const ClientId& client) const = 0;
  /// Whether anybody has ever opened the canvas; asking does not make it. `done` is called on the
  /// shard, never from inside the call; the error is a sentence for operators.
  virtual void exists(const CanvasId& canvas,
                      std::function<void(Result<bool, std::string> exists)> done) = 0;
  /// False while appends would be refused as unavailable.
  [[nodiscard]] virtual bool is_available() const = 0;
};

}  // namespace weft::log
