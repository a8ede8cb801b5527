// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/sqlite_handle.h"
#include "store/store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace weft::store {

/// How a database file is opened.
struct SqliteFile {
  std::string path;
  /// Name of the SQLite VFS; empty for the system's own.
  std::string vfs;
  [[nodiscard]] const char* vfs_name() const { return vfs.empty() ? nullptr : vfs.c_str(); }
};

/// Makes an empty database at the path and returns once it is there for good, whole or not at all.
/// Never replaces a file. Throws SqlError.
void create_database(const SqliteFile& file);

/// The one connection to the database file, and its verbs. Lives on one thread. Every verb throws
/// SqlError; every write may be repeated after an unknown outcome and then changes nothing more.
class SqliteDatabase {
 public:
  enum class Check {
    none,   // the file was whole when this process opened it first
    pages,  // read every page
  };
  /// Requires: the file exists. Throws SqlError with a sentence for operators when the file is not
  /// a Weft database of a version that this program knows, is damaged or in use; its bytes are then
  /// as they were.
  SqliteDatabase(const SqliteFile& file, Check check);
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  void begin() { begin_.run(); }
  void commit() { commit_.run(); }

  [[nodiscard]] StoredCanvas load(const CanvasId& canvas, std::uint64_t fresh_epoch,
                                  std::uint64_t actors);
  [[nodiscard]] std::uint64_t reserve_actors(const CanvasId& canvas, std::uint64_t actors);
  [[nodiscard]] Kept append(const CanvasId& canvas, std::uint64_t epoch, const LogRow& row);
  void save_snapshot(const CanvasId& canvas, std::uint64_t epoch, const SnapshotRow& row);
  [[nodiscard]] bool start_over(const CanvasId& canvas, std::uint64_t epoch_before,
                                std::uint64_t epoch, const SnapshotRow& base);
  void save_last_seen(const CanvasId& canvas, const LastSeen& row);
  [[nodiscard]] bool exists(const CanvasId& canvas);
  [[nodiscard]] std::vector<LastSeen> load_last_seen(const CanvasId& canvas);

  /// Pages in the write-ahead log as of the last commit.
  [[nodiscard]] int wal_pages() const { return wal_pages_; }
  enum class Checkpoint {
    reuse_log,     // the write-ahead log starts over with the next commit
    truncate_log,  // and gives its space back
  };
  /// Moves the write-ahead log's pages into the file.
  void checkpoint(Checkpoint kind);

 private:
  struct Canvas {
    std::int64_t id = 0;
    std::uint64_t epoch = 0;
  };
  [[nodiscard]] std::optional<Canvas> find(const CanvasId& canvas);

  /// Nobody else writes to the file, and after a failure it is opened anew.
  std::unordered_map<CanvasId, Canvas> known_;
  Connection connection_;
  int wal_pages_ = 0;
  Statement begin_, commit_;
  Statement find_canvas_, make_canvas_, take_actors_;
  Statement find_snapshots_, find_log_, find_row_;
  Statement add_row_, add_snapshot_, drop_snapshots_, trim_log_;
  Statement find_end_, change_epoch_, clear_snapshots_, clear_log_;
  Statement renew_last_seen_, add_last_seen_, trim_last_seen_, find_last_seen_;
};

}  // namespace weft::store
