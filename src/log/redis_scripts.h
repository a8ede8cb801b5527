// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/log.h"
#include "log/redis_message.h"
#include "redis/commands.h"
#include "store/store.h"
#include "util/result.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace weft::log {

/// A point of a canvas's history.
struct Point {
  std::uint64_t seq = 0;
  protocol::Sum sum = 0;
  Bytes chain;
};

/// What became of an append.
struct Appended {
  enum class Kind : std::uint8_t {
    ok,            // `seq` is its place
    duplicate,     // it, or another with its number, is in the log
    out_of_order,  // its number does not follow on the client's last
    not_owner,     // the client belongs to another user
    absent,        // Redis does not have the canvas
    epoch,         // Redis has it under `epoch`
    restoring,     // somebody is about to restore it: try again soon
    behind,        // Redis has less than the appender knows
    fork,          // Redis has another history than the appender knows
  };
  Kind kind = Kind::ok;
  std::uint64_t seq = 0;
  std::uint64_t epoch = 0;
};

/// The canvas as Redis has it.
struct OpenReply {
  enum class Kind : std::uint8_t {
    ok,
    absent,
    restoring,  // somebody is about to bring it back
    restarted,  // this Redis may have lost its end: `epoch` and `head` are what is left
  };
  Kind kind = Kind::ok;
  std::uint64_t epoch = 0;
  std::uint64_t head = 0;
  std::uint64_t first_actor = 0;
  std::uint64_t archived = 0;
  store::SnapshotRow base;  // seq 0 and no state: from the beginning
  Bytes base_chain;
  KnownPoint newest_snapshot;
  std::vector<KeptEntry> entries;  // after the base; there may be more
};

/// How Redis's history relates to the asker's.
struct SinceReply {
  enum class Kind : std::uint8_t {
    ok,         // the same: `entries` follow, and there may be more
    restarted,  // the same, in a Redis that may have lost its end
    absent,     // there is none
    moved,      // it has another epoch: `epoch`, `base`, `is_on_way`
    behind,     // it ends before the asker's
    fork,       // it is another one
    trimmed,    // it does not reach back to the asker's
  };
  Kind kind = Kind::ok;
  std::uint64_t head = 0;
  std::uint64_t archived = 0;
  std::vector<KeptEntry> entries;
  std::uint64_t epoch = 0;
  Point base;                 // where the other epoch began
  bool has_base_sum = false;  // nobody who knew it began the epoch
  bool is_on_way = false;     // the asker's newest entry is part of the other epoch's history
};

/// What a node has seen of a canvas that it wants to restore.
struct Seen {
  std::optional<std::uint64_t> epoch;  // nothing: it is absent
  std::uint64_t seq = 0;
};

/// A canvas as it is written whole.
struct WholeCanvas {
  std::uint64_t epoch = 0;
  Point head;
  std::uint64_t next_actor = 1;
  std::uint64_t archived = 0;
  std::optional<store::SnapshotRow> base;    // entries begin at 1 when there is none
  std::optional<store::SnapshotRow> newest;  // beside `base`, and within the entries
  std::vector<ClientMark> clients;           // at the head
  struct Row {
    std::uint64_t seq = 0;
    Bytes chain;
    Bytes push;
  };
  std::vector<Row> entries;
};

/// All of them, to be loaded before the first is run: a script that a node does not have yet may be
/// overtaken by the next one.
[[nodiscard]] std::vector<redis::Script> redis_log_scripts();

/// One canvas's scripts in Redis (lua/*.lua), with typed answers. `Done`s are called once, on the
/// shard, never from inside the call; not after the Commands have ended. A reply that no script
/// gives is told as an error that names it.
class RedisScripts {
 public:
  template <class T>
  using Done = std::function<void(Result<T, redis::RedisError> answer)>;

  RedisScripts(redis::Commands& commands, const CanvasId& canvas);

  /// The canvas's channel.
  [[nodiscard]] const Bytes& channel() const { return keys_[1]; }
  /// `known` is the newest entry the appender knows; an empty chain claims nothing.
  void append(std::uint64_t epoch, const Push& push, ByteView canonical, const Point& known,
              Done<Appended> done);
  void open(std::uint64_t actors, Done<OpenReply> done);
  void since(std::uint64_t epoch, std::uint64_t seq, ByteView chain, Done<SinceReply> done);
  /// Failing is no error.
  void save_snapshot(std::uint64_t epoch, const store::SnapshotRow& row, bool keeps_unarchived);
  /// Whether this call made the canvas; if not, it is there or about to be restored.
  void seed(const WholeCanvas& canvas, Done<bool> done);
  /// False: the canvas is not as it was seen.
  void offer(const Seen& seen, const std::string& node, std::uint64_t seq,
             std::chrono::milliseconds stands, Done<bool> done);
  enum class Restored : std::uint8_t { ok, changed, not_highest };
  void restore(const Seen& seen, const std::string& node, bool is_forced, const WholeCanvas& canvas,
               Done<Restored> done);
  /// The canvas as it was seen goes on under another epoch.
  void renew(const Seen& seen, const std::string& node, bool is_forced, std::uint64_t epoch,
             Done<Restored> done);
  void withdraw(const std::string& node);
  /// Nothing when the canvas is not there under `epoch`.
  void reserve_actors(std::uint64_t epoch, std::uint64_t count,
                      Done<std::optional<std::uint64_t>> done);
  void note_archived(std::uint64_t epoch, std::uint64_t seq, Done<bool> done);
  /// False: it is not all in the archive, or not there under this epoch.
  void expire(std::uint64_t epoch, std::chrono::milliseconds after, Done<bool> done);
  void keep();
  void exists(Done<bool> done);
  /// How long this Redis has been running.
  void uptime(Done<std::chrono::seconds> done);

 private:
  void run(std::size_t script, const std::vector<ByteView>& arguments, redis::Done done);

  redis::Commands& commands_;
  std::array<Bytes, 5> keys_;
};

}  // namespace weft::log
