// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_database.h"

#include "store/sentence.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <unistd.h>
#include <utility>

namespace weft::store {

namespace {

/// "Weft" in ASCII, in the file's header.
constexpr std::int64_t kApplicationId = 0x57656674;
constexpr std::int64_t kSchemaVersion = 1;

constexpr const char* kSchema = R"sql(
CREATE TABLE canvases(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL, next_actor INTEGER NOT NULL);
CREATE TABLE log(
  canvas INTEGER NOT NULL, seq INTEGER NOT NULL, sum INTEGER NOT NULL, push BLOB NOT NULL,
  PRIMARY KEY(canvas, seq)) WITHOUT ROWID;
CREATE TABLE snapshots(
  canvas INTEGER NOT NULL, seq INTEGER NOT NULL, sum INTEGER NOT NULL, state BLOB NOT NULL,
  PRIMARY KEY(canvas, seq)) WITHOUT ROWID;
CREATE TABLE last_seen(
  canvas INTEGER NOT NULL, user TEXT NOT NULL, name TEXT NOT NULL, at_ms INTEGER NOT NULL,
  presence BLOB NOT NULL, PRIMARY KEY(canvas, user)) WITHOUT ROWID;
CREATE INDEX last_seen_by_time ON last_seen(canvas, at_ms DESC, user);
)sql";

constexpr const char* kWhatToDo =
    "It was left as it is: restore it from a backup, or move it away together with its -wal file "
    "to start with an empty one.";

// Canvases whose row is remembered; when there are more, remembering starts over.
constexpr std::size_t kKnownCanvasesMax = 10'000;

// Places in the 100 bytes that every SQLite file begins with.
constexpr std::size_t kHeaderBytes = 100;
constexpr std::string_view kMagic("SQLite format 3\0", 16);
constexpr std::size_t kPageSizeOffset = 16;
constexpr std::size_t kUserVersionOffset = 60;
constexpr std::size_t kApplicationIdOffset = 68;

using Header = std::array<unsigned char, kHeaderBytes>;

std::int64_t big_endian_32(const Header& header, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | header[offset + i];
  return value;
}

/// The page size is kept in two bytes, where 1 stands for 65536.
std::uintmax_t page_size(const Header& header) {
  const unsigned size =
      static_cast<unsigned>(header[kPageSizeOffset]) << 8 | header[kPageSizeOffset + 1];
  return size == 1 ? 65536 : size;
}

std::uintmax_t size_or_zero(const std::string& path) {
  std::error_code absent;
  const std::uintmax_t size = std::filesystem::file_size(path, absent);
  return absent ? 0 : size;
}

/// Reads the header through the VFS and not by a descriptor of our own: closing one drops the locks
/// that another connection of this process holds on the file.
Header read_header(const SqliteFile& file) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(file.vfs_name());
  if (vfs == nullptr) throw SqlError(SQLITE_ERROR, sentence("No VFS is called ", file.vfs, "."));
  // SQLite promises its VFS that a name ends in two zeros.
  const std::string name = std::filesystem::absolute(file.path).string() + '\0';
  auto storage = std::make_unique<std::max_align_t[]>(
      static_cast<std::size_t>(vfs->szOsFile) / sizeof(std::max_align_t) + 1);
  auto* opened = reinterpret_cast<sqlite3_file*>(storage.get());
  int flags = 0;
  int code =
      vfs->xOpen(vfs, name.c_str(), opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, &flags);
  if (code != SQLITE_OK) {
    throw SqlError(code, sentence(file.path, " cannot be opened: ", sqlite3_errstr(code), "."));
  }
  Header header{};
  code = opened->pMethods->xRead(opened, header.data(), kHeaderBytes, 0);
  opened->pMethods->xClose(opened);
  if (code == SQLITE_IOERR_SHORT_READ) {
    throw SqlError(SQLITE_NOTADB,
                   sentence(file.path, " is not a database but shorter than any. ", kWhatToDo));
  }
  if (code != SQLITE_OK) {
    throw SqlError(code, sentence(file.path, " cannot be read: ", sqlite3_errstr(code), "."));
  }
  return header;
}

void check_header(const SqliteFile& file) {
  const Header header = read_header(file);
  if (std::memcmp(header.data(), kMagic.data(), kMagic.size()) != 0) {
    throw SqlError(SQLITE_NOTADB, sentence(file.path, " is not a database. ", kWhatToDo));
  }
  if (big_endian_32(header, kApplicationIdOffset) != kApplicationId) {
    throw SqlError(SQLITE_NOTADB, sentence(file.path,
                                           " is the database of another program. It was left as it "
                                           "is: choose another place for Weft's data."));
  }
  const std::int64_t version = big_endian_32(header, kUserVersionOffset);
  if (version != kSchemaVersion) {
    throw SqlError(
        SQLITE_NOTADB,
        sentence(file.path, " has format ", version, ", and this program knows format ",
                 kSchemaVersion,
                 ". It was left as it is: run the version of Weft that wrote it, or a newer one."));
  }
  // SQLite fills a torn last page up with zeros. While there is a write-ahead log, the page may
  // still come from it.
  if (size_or_zero(file.path + "-wal") == 0 && page_size(header) != 0 &&
      size_or_zero(file.path) % page_size(header) != 0) {
    throw SqlError(SQLITE_CORRUPT, sentence(file.path, " is cut short. ", kWhatToDo));
  }
}

Connection connect(const SqliteFile& file, const std::string& path) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, file.vfs_name());
  Connection connection(raw);
  if (code != SQLITE_OK) {
    throw SqlError(raw == nullptr ? code : sqlite3_extended_errcode(raw),
                   sentence(path, " cannot be opened: ", sqlite3_errstr(code), "."));
  }
  sqlite3_extended_result_codes(raw, 1);
  // Closing must not write: what a refused or failing file holds stays as it is.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return connection;
}

/// Runs a pragma to its end and compares what it answers: one that does not take effect says so
/// only there, and one that writes does so after its answer.
void expect_pragma(sqlite3* connection, std::string_view pragma, std::string_view expected) {
  Statement statement(connection, pragma);
  const Bytes answer = statement.step() ? statement.bytes(0) : Bytes();
  statement.run();
  if (answer != expected) {
    throw SqlError(SQLITE_ERROR, sentence("SQLite answers '", answer, "' to ", pragma,
                                          " instead of '", expected, "'"));
  }
}

void check_pages(sqlite3* connection) {
  Statement check(connection, "PRAGMA quick_check(1)");
  const Bytes answer = check.step() ? check.bytes(0) : Bytes();
  check.run();
  if (answer != "ok") throw SqlError(SQLITE_CORRUPT, answer);
}

/// The same failure, in a sentence that names the file and what to do.
SqlError explain(const SqlError& error, const SqliteFile& file) {
  if (error.is_corruption()) {
    return {error.code(), sentence(file.path, " is damaged (", error.what(), "). ", kWhatToDo)};
  }
  if (error.primary_code() == SQLITE_BUSY) {
    return {error.code(), sentence(file.path,
                                   " is in use by another process. Stop that one first, or give "
                                   "this one a place of its own.")};
  }
  return {error.code(), sentence(file.path, " cannot be used: ", error.what(), ".")};
}

/// Opens the file as far as it can be done without writing to it, and then for writing.
Connection open_connection(const SqliteFile& file, SqliteDatabase::Check check) {
  check_header(file);
  Connection connection = connect(file, file.path);
  sqlite3* raw = connection.get();
  try {
    // Before the first access: the connection then keeps the file to itself and needs no shared
    // memory.
    expect_pragma(raw, "PRAGMA locking_mode=EXCLUSIVE", "exclusive");
    if (check == SqliteDatabase::Check::pages) check_pages(raw);
    expect_pragma(raw, "PRAGMA journal_mode=WAL", "wal");
    Statement(raw, "PRAGMA synchronous=FULL").run();
    expect_pragma(raw, "PRAGMA synchronous", "2");
    // Sorting and statement journals stay out of the system's folder for temporary files.
    Statement(raw, "PRAGMA temp_store=MEMORY").run();
    expect_pragma(raw, "PRAGMA temp_store", "2");
    // Reads the schema, so that preparing statements touches the file no more.
    Statement(raw, "SELECT count(*) FROM canvases WHERE id = 0").run();
    return connection;
  } catch (const SqlError& error) {
    throw explain(error, file);
  }
}

/// A failure to write a canvas's row. When SQLite will never take it, it says which one it was.
SqlError about_row(const SqlError& error, std::string_view row, const CanvasId& canvas) {
  if (!error.is_our_mistake()) return error;
  return {error.code(), sentence(row, " of canvas ", canvas, ": ", error.what())};
}

template <class Write>
void write_row(std::string_view row, const CanvasId& canvas, Write write) {
  try {
    write();
  } catch (const SqlError& error) {
    throw about_row(error, row, canvas);
  }
}

SqlError system_error(const std::string& what, const std::string& path) {
  return {SQLITE_CANTOPEN, sentence(path, " ", what, ": ", std::strerror(errno), ".")};
}

/// Makes a file of our own, mode 0600, beside the place where the database will be.
std::string make_draft(const std::string& path) {
  std::string draft = path + ".new-XXXXXX";
  const int descriptor = ::mkostemp(draft.data(), O_CLOEXEC);
  if (descriptor < 0) throw system_error("cannot be created", path);
  ::close(descriptor);
  return draft;
}

void write_schema(const SqliteFile& file, const std::string& draft) {
  Connection connection = connect(file, draft);
  sqlite3* raw = connection.get();
  try {
    // Nobody knows the draft yet; if this fails it is thrown away. So it needs no journal.
    expect_pragma(raw, "PRAGMA journal_mode=MEMORY", "memory");
    Statement(raw, "PRAGMA synchronous=FULL").run();
    const std::string script =
        sentence("BEGIN; PRAGMA application_id=", kApplicationId,
                 "; PRAGMA user_version=", kSchemaVersion, ";", kSchema, "COMMIT;");
    const int code = sqlite3_exec(raw, script.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw last_error(raw, code);
  } catch (const SqlError& error) {
    throw explain(error, file);
  }
}

/// Gives the draft its name, unless somebody else has taken it meanwhile.
void publish_draft(const std::string& draft, const std::string& path) {
  if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return;
  // Some file systems know only one way not to replace.
  if (errno == EINVAL && ::link(draft.c_str(), path.c_str()) == 0) {
    ::unlink(draft.c_str());
    return;
  }
  throw system_error("cannot be created", path);
}

void sync_directory(const std::filesystem::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) throw system_error("cannot be opened", directory.string());
  const bool is_synced = ::fsync(descriptor) == 0;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  if (!is_synced) throw system_error("cannot be made safe", directory.string());
}

}  // namespace

void create_database(const SqliteFile& file) {
  namespace fs = std::filesystem;
  const std::string wal = file.path + "-wal";
  if (size_or_zero(wal) > 0) {
    throw SqlError(SQLITE_NOTADB, sentence(file.path, " is missing, but its write-ahead log ", wal,
                                           " is there and may hold edits. Put the database back, "
                                           "or move the log away to start with an empty one."));
  }
  fs::path directory = fs::absolute(file.path).parent_path();
  std::error_code failure;
  if (fs::create_directories(directory, failure)) {
    fs::permissions(directory, fs::perms::owner_all, failure);
  }
  if (failure) {
    throw SqlError(SQLITE_CANTOPEN,
                   sentence(directory.string(), " cannot be created: ", failure.message(), "."));
  }
  const std::string draft = make_draft(file.path);
  try {
    write_schema(file, draft);
    publish_draft(draft, file.path);
  } catch (...) {
    ::unlink(draft.c_str());
    throw;
  }
  sync_directory(directory);
}

SqliteDatabase::SqliteDatabase(const SqliteFile& file, Check check)
    : connection_(open_connection(file, check)),
      begin_(connection_.get(), "BEGIN IMMEDIATE"),
      commit_(connection_.get(), "COMMIT"),
      find_canvas_(connection_.get(), "SELECT id, epoch, next_actor FROM canvases WHERE name = ?1"),
      make_canvas_(connection_.get(),
                   "INSERT INTO canvases(name, epoch, next_actor) VALUES(?1, ?2, 1)"),
      take_actors_(connection_.get(),
                   "UPDATE canvases SET next_actor = next_actor + ?2 WHERE name = ?1 "
                   "RETURNING next_actor - ?2"),
      find_snapshots_(connection_.get(),
                      "SELECT seq, sum, state FROM snapshots WHERE canvas = ?1 ORDER BY seq"),
      find_log_(connection_.get(),
                "SELECT seq, sum, push FROM log WHERE canvas = ?1 AND seq > ?2 ORDER BY seq"),
      find_row_(connection_.get(), "SELECT sum FROM log WHERE canvas = ?1 AND seq = ?2"),
      add_row_(connection_.get(), "INSERT INTO log(canvas, seq, sum, push) VALUES(?1, ?2, ?3, ?4)"),
      add_snapshot_(connection_.get(),
                    "INSERT OR REPLACE INTO snapshots(canvas, seq, sum, state) "
                    "VALUES(?1, ?2, ?3, ?4)"),
      drop_snapshots_(
          connection_.get(),
          "DELETE FROM snapshots WHERE canvas = ?1 AND seq < "
          "(SELECT seq FROM snapshots WHERE canvas = ?1 ORDER BY seq DESC LIMIT 1 OFFSET 1)"),
      trim_log_(connection_.get(),
                "DELETE FROM log WHERE canvas = ?1 AND seq <= "
                "(SELECT seq FROM snapshots WHERE canvas = ?1 ORDER BY seq DESC LIMIT 1 OFFSET 1)"),
      find_end_(connection_.get(),
                "SELECT max(coalesce((SELECT max(seq) FROM log WHERE canvas = ?1), 0), "
                "coalesce((SELECT max(seq) FROM snapshots WHERE canvas = ?1), 0))"),
      change_epoch_(connection_.get(), "UPDATE canvases SET epoch = ?2 WHERE id = ?1"),
      clear_snapshots_(connection_.get(), "DELETE FROM snapshots WHERE canvas = ?1"),
      clear_log_(connection_.get(), "DELETE FROM log WHERE canvas = ?1"),
      renew_last_seen_(connection_.get(),
                       "UPDATE last_seen SET name = ?3, at_ms = ?4, presence = ?5 "
                       "WHERE canvas = ?1 AND user = ?2 RETURNING 1"),
      add_last_seen_(connection_.get(),
                     "INSERT INTO last_seen(canvas, user, name, at_ms, presence) "
                     "VALUES(?1, ?2, ?3, ?4, ?5)"),
      // One walk along the index, as long as the canvas has people; only a new one causes it.
      trim_last_seen_(connection_.get(),
                      "DELETE FROM last_seen WHERE canvas = ?1 AND user IN "
                      "(SELECT user FROM last_seen WHERE canvas = ?1 "
                      "ORDER BY at_ms DESC, user LIMIT -1 OFFSET ?2)"),
      find_last_seen_(connection_.get(),
                      "SELECT user, name, at_ms, presence FROM last_seen "
                      "WHERE canvas = (SELECT id FROM canvases WHERE name = ?1) "
                      "ORDER BY at_ms DESC, user LIMIT ?2") {
  // Checkpoints are made by the store, which looks at their outcome; SQLite's own would hide a
  // failed sync.
  sqlite3_wal_hook(
      connection_.get(),
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      &wal_pages_);
}

StoredCanvas SqliteDatabase::load(const CanvasId& canvas, std::uint64_t fresh_epoch,
                                  std::uint64_t actors) {
  if (!find_canvas_.bind(Text{canvas}).step()) {
    make_canvas_.bind(Text{canvas}, fresh_epoch).run();
    find_canvas_.bind(Text{canvas}).step();
  }
  const std::int64_t id = find_canvas_.integer(0);
  StoredCanvas stored{.epoch = find_canvas_.number(1),
                      .snapshots = {},
                      .log = {},
                      .first_actor = find_canvas_.number(2),
                      .end_actor = find_canvas_.number(2) + actors};
  find_canvas_.reset();
  take_actors_.bind(Text{canvas}, actors).run();
  find_snapshots_.bind(id);
  while (find_snapshots_.step()) {
    stored.snapshots.push_back({.seq = find_snapshots_.number(0),
                                .sum = find_snapshots_.number(1),
                                .state = find_snapshots_.bytes(2)});
  }
  find_log_.bind(id, stored.snapshots.size() == 2 ? stored.snapshots[0].seq : std::uint64_t{0});
  while (find_log_.step()) {
    stored.log.push_back(
        {.seq = find_log_.number(0), .sum = find_log_.number(1), .push = find_log_.bytes(2)});
  }
  return stored;
}

std::uint64_t SqliteDatabase::reserve_actors(const CanvasId& canvas, std::uint64_t actors) {
  if (!take_actors_.bind(Text{canvas}, actors).step()) {
    throw SqlError(SQLITE_CONSTRAINT, sentence("Canvas ", canvas, " was never loaded."));
  }
  const std::uint64_t first = take_actors_.number(0);
  take_actors_.run();
  return first;
}

std::optional<SqliteDatabase::Canvas> SqliteDatabase::find(const CanvasId& canvas) {
  if (const auto known = known_.find(canvas); known != known_.end()) return known->second;
  std::optional<Canvas> found;
  find_canvas_.bind(Text{canvas});
  while (find_canvas_.step()) found = {find_canvas_.integer(0), find_canvas_.number(1)};
  if (found) {
    if (known_.size() == kKnownCanvasesMax) known_.clear();
    known_.emplace(canvas, *found);
  }
  return found;
}

Kept SqliteDatabase::append(const CanvasId& canvas, std::uint64_t epoch, const LogRow& row) {
  const auto found = find(canvas);
  if (!found) {
    throw SqlError(SQLITE_CONSTRAINT, sentence("entry ", row.seq, " of canvas ", canvas,
                                               ": the canvas was never loaded"));
  }
  if (found->epoch != epoch) return Kept::outdated;
  try {
    add_row_.bind(found->id, row.seq, row.sum, Blob{row.push}).run();
  } catch (const SqlError& error) {
    if (error.code() != SQLITE_CONSTRAINT_PRIMARYKEY) {
      throw about_row(error, sentence("entry ", row.seq), canvas);
    }
    // It is there already, from an attempt whose outcome was not known.
    if (!find_row_.bind(found->id, row.seq).step()) throw;
    const std::uint64_t kept_sum = find_row_.number(0);
    find_row_.reset();
    if (kept_sum == row.sum) return Kept::committed;
    throw SqlError(SQLITE_CONSTRAINT,
                   sentence("Canvas ", canvas, " has another entry at seq ", row.seq, "."));
  }
  return Kept::committed;
}

void SqliteDatabase::save_snapshot(const CanvasId& canvas, std::uint64_t epoch,
                                   const SnapshotRow& row) {
  const auto found = find(canvas);
  if (!found || found->epoch != epoch) return;
  write_row(sentence("the snapshot at seq ", row.seq), canvas,
            [&] { add_snapshot_.bind(found->id, row.seq, row.sum, Blob{row.state}).run(); });
  drop_snapshots_.bind(found->id).run();
  trim_log_.bind(found->id).run();
}

bool SqliteDatabase::start_over(const CanvasId& canvas, std::uint64_t epoch_before,
                                std::uint64_t epoch, const SnapshotRow& base) {
  const auto found = find(canvas);
  if (found && found->epoch == epoch && epoch != epoch_before) return true;
  if (!found || found->epoch != epoch_before) return false;
  if (epoch == epoch_before) {
    std::uint64_t end = 0;
    find_end_.bind(found->id);
    while (find_end_.step()) end = find_end_.number(0);
    if (end > base.seq) return false;
  }
  known_.erase(canvas);
  change_epoch_.bind(found->id, epoch).run();
  clear_snapshots_.bind(found->id).run();
  clear_log_.bind(found->id).run();
  write_row(sentence("the snapshot at seq ", base.seq), canvas,
            [&] { add_snapshot_.bind(found->id, base.seq, base.sum, Blob{base.state}).run(); });
  return true;
}

void SqliteDatabase::save_last_seen(const CanvasId& canvas, const LastSeen& row) {
  const auto found = find(canvas);
  if (!found) return;
  bool is_known = false;
  write_row("a last-seen row", canvas, [&] {
    auto bind = [&](Statement& statement) -> Statement& {
      return statement.bind(found->id, Text{row.user}, Text{row.name}, std::int64_t{row.at_ms},
                            Blob{row.presence});
    };
    bind(renew_last_seen_);
    while (renew_last_seen_.step()) is_known = true;
    if (!is_known) bind(add_last_seen_).run();
  });
  if (!is_known) trim_last_seen_.bind(found->id, std::uint64_t{kLastSeenRowsMax}).run();
}

bool SqliteDatabase::exists(const CanvasId& canvas) {
  return find(canvas).has_value();
}

std::vector<LastSeen> SqliteDatabase::load_last_seen(const CanvasId& canvas) {
  std::vector<LastSeen> rows;
  find_last_seen_.bind(Text{canvas}, std::uint64_t{kLastSeenRowsRead});
  while (find_last_seen_.step()) {
    rows.push_back({.user = find_last_seen_.bytes(0),
                    .name = find_last_seen_.bytes(1),
                    .at_ms = find_last_seen_.integer(2),
                    .presence = find_last_seen_.bytes(3)});
  }
  std::ranges::sort(rows, {}, &LastSeen::user);
  return rows;
}

void SqliteDatabase::checkpoint(Checkpoint kind) {
  const int mode =
      kind == Checkpoint::truncate_log ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  const int code = sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, mode, nullptr, nullptr);
  if (code != SQLITE_OK) throw last_error(connection_.get(), code);
}

}  // namespace weft::store
