// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_store.h"

#include "support/faulty_vfs.h"
#include "support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace weft::test {
namespace {

using store::LogRow;
using store::SqliteOptions;
using store::SqliteStore;
using store::StoredCanvas;
using store::StoreErrc;
using testing::HasSubstr;

constexpr const char* kCanvas = "board";
constexpr std::uint64_t kEpoch = 1;

LogRow row(std::uint64_t seq, std::size_t padding = 0) {
  return {.seq = seq, .sum = seq * 31, .push = std::to_string(seq) + std::string(padding, 'x')};
}

/// What the store said, for whoever waits for it.
class Answers {
 public:
  void add(std::uint64_t seq) {
    std::lock_guard lock(mutex_);
    seqs_.push_back(seq);
    changed_.notify_all();
  }
  void die(const std::string& sentence) {
    std::lock_guard lock(mutex_);
    fatal_ = sentence;
    changed_.notify_all();
  }
  void note(const std::string& sentence) {
    std::lock_guard lock(mutex_);
    notices_.push_back(sentence);
    changed_.notify_all();
  }
  /// True when so many are acknowledged, false when the store has given up for good.
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return seqs_.size() >= count || !fatal_.empty(); });
    return fatal_.empty();
  }
  void set_loaded(bool is_loaded) {
    std::lock_guard lock(mutex_);
    loaded_ = is_loaded;
    changed_.notify_all();
  }
  /// True when a load has been answered, false when the store has given up for good.
  bool wait_for_load() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return loaded_.has_value() || !fatal_.empty(); });
    return fatal_.empty();
  }
  bool take_loaded() {
    std::lock_guard lock(mutex_);
    return std::exchange(loaded_, std::nullopt).value();
  }
  void wait_for_notice(const std::string& part) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      return std::ranges::any_of(notices_, [&](const std::string& sentence) {
        return sentence.find(part) != std::string::npos;
      });
    });
  }
  std::string wait_for_death() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !fatal_.empty(); });
    return fatal_;
  }
  std::vector<std::uint64_t> seqs() {
    std::lock_guard lock(mutex_);
    return seqs_;
  }
  std::string fatal() {
    std::lock_guard lock(mutex_);
    return fatal_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::uint64_t> seqs_;
  std::optional<bool> loaded_;
  std::vector<std::string> notices_;
  std::string fatal_;
};

SqliteOptions quick_options(Answers& answers, const std::string& vfs = {}) {
  SqliteOptions options;
  options.on_fatal = [&answers](const std::string& sentence) { answers.die(sentence); };
  options.on_notice = [&answers](const std::string& sentence) { answers.note(sentence); };
  options.retry_min = options.retry_max = std::chrono::milliseconds(1);
  options.checkpoint_pages = 8;
  options.vfs = vfs;
  return options;
}

bool flush(SqliteStore& store) {
  return store.flush(std::chrono::steady_clock::now() + std::chrono::seconds(60));
}

StoredCanvas load(SqliteStore& store) {
  Result<StoredCanvas, store::StoreError> answer;
  store.load(kCanvas, kEpoch, 1, [&](auto result) { answer = std::move(result); });
  EXPECT_TRUE(flush(store));
  EXPECT_TRUE(answer.has_value()) << answer.error().detail;
  return answer.value_or(StoredCanvas{});
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// A whole database with `rows` rows of about a kilobyte, closed.
void make_database(const std::string& path, std::uint64_t rows = 50) {
  auto store = SqliteStore::open(path);
  ASSERT_TRUE(store.has_value()) << store.error().detail;
  (*store)->load(kCanvas, kEpoch, 1, [](auto) {});
  for (std::uint64_t seq = 1; seq <= rows; ++seq)
    (*store)->append(kCanvas, kEpoch, row(seq, 1000), [](auto) {});
}

void execute(const std::string& path, const std::string& sql) {
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(raw);
}

/// Opens the file, expects a refusal that names it, and that no byte has changed.
store::StoreError expect_refused(const std::string& path) {
  const std::string before = bytes_of(path);
  const std::string wal_before = bytes_of(path + "-wal");
  auto opened = SqliteStore::open(path);
  EXPECT_FALSE(opened.has_value());
  EXPECT_EQ(bytes_of(path), before);
  EXPECT_EQ(bytes_of(path + "-wal"), wal_before);
  if (opened.has_value()) return {};
  EXPECT_THAT(opened.error().detail, HasSubstr(path));
  return opened.error();
}

// Files that are refused

TEST(SqliteStore, T12MakesAFileThatOnlyItsOwnerMayRead) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("data/weft.db");
  make_database(path);
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST(SqliteStore, T12LeavesAWholeFileWhenItIsClosed) {
  TempDir dir(TempDir::Medium::memory);
  make_database(dir.file("weft.db"), 20);
  std::filesystem::copy_file(dir.file("weft.db"), dir.file("copy.db"));
  auto copy = SqliteStore::open(dir.file("copy.db"));
  ASSERT_TRUE(copy.has_value()) << copy.error().detail;
  EXPECT_EQ(load(**copy).log.size(), 20U);
}

TEST(SqliteStore, T13RefusesAFileThatIsNoDatabase) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  write_bytes(path, std::string(5000, 'n'));
  EXPECT_EQ(expect_refused(path).errc, StoreErrc::corrupt);
  write_bytes(path, "short");
  EXPECT_EQ(expect_refused(path).errc, StoreErrc::corrupt);
  write_bytes(path, "");
  EXPECT_EQ(expect_refused(path).errc, StoreErrc::corrupt);
}

TEST(SqliteStore, T13RefusesATruncatedFileAtAnyLength) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  make_database(path);
  const std::string whole = bytes_of(path);
  for (std::size_t size :
       {100UL, 4095UL, 4096UL, 8192UL, whole.size() / 2, whole.size() - 4096, whole.size() - 1}) {
    SCOPED_TRACE(size);
    write_bytes(path, whole.substr(0, size));
    EXPECT_EQ(expect_refused(path).errc, StoreErrc::corrupt);
  }
}

TEST(SqliteStore, T13RefusesAFileWithADamagedPage) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  make_database(path);
  const std::string whole = bytes_of(path);
  for (std::size_t page = 1; page < whole.size() / 4096; page += 3) {
    SCOPED_TRACE(page);
    std::string damaged = whole;
    std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(page * 4096), 4096, '\x5a');
    write_bytes(path, damaged);
    EXPECT_EQ(expect_refused(path).errc, StoreErrc::corrupt);
  }
}

TEST(SqliteStore, T13RefusesADamagedFileAndLeavesItsWriteAheadLog) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  const std::string live = dir.file("live.db");
  make_database(live);
  {
    auto store = SqliteStore::open(live);
    ASSERT_TRUE(store.has_value());
    (*store)->append(kCanvas, kEpoch, row(51), [](auto) {});
    ASSERT_TRUE(flush(**store));
    write_bytes(path + "-wal", bytes_of(live + "-wal"));
    std::string damaged = bytes_of(live);
    std::fill_n(damaged.begin() + 4096 * 7, 4096, '\x5a');
    write_bytes(path, damaged);
  }
  ASSERT_GT(bytes_of(path + "-wal").size(), 4096U);
  EXPECT_EQ(expect_refused(path).errc, StoreErrc::corrupt);
}

TEST(SqliteStore, T13RefusesTheDatabaseOfAnotherProgram) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  execute(path, "CREATE TABLE theirs(x); PRAGMA application_id=7;");
  EXPECT_THAT(expect_refused(path).detail, HasSubstr("another program"));
}

TEST(SqliteStore, T13RefusesANewerFormat) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  make_database(path);
  execute(path, "PRAGMA user_version=2; PRAGMA wal_checkpoint(TRUNCATE);");
  EXPECT_THAT(expect_refused(path).detail, HasSubstr("format 2"));
}

TEST(SqliteStore, T13RefusesToStartEmptyBesideAWriteAheadLog) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  write_bytes(path + "-wal", "edits, perhaps");
  EXPECT_THAT(expect_refused(path).detail, HasSubstr("is missing"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(SqliteStore, T14RefusesAFileThatIsInUseAndItsUserNoticesNothing) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  make_database(path, 3);
  auto first = SqliteStore::open(path);
  ASSERT_TRUE(first.has_value());
  // Twice from within, then from another process: a refused opener must not take the first one's
  // lock with it.
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto second = SqliteStore::open(path);
    ASSERT_FALSE(second.has_value());
    EXPECT_THAT(second.error().detail, HasSubstr("in use by another process"));
  }
  const std::string command = "sqlite3 '" + path + "' 'SELECT count(*) FROM log' 2>&1";
  if (FILE* other = ::popen(command.c_str(), "r")) {
    char line[200] = {};
    if (std::fgets(line, sizeof line, other) == nullptr) line[0] = 0;
    ::pclose(other);
    EXPECT_THAT(line, testing::AnyOf(HasSubstr("locked"), HasSubstr("not found")));
  }
  (*first)->append(kCanvas, kEpoch, row(4), [](auto) {});
  EXPECT_EQ(load(**first).log.size(), 4U);
}

// A medium that fails

constexpr std::uint64_t kRunRows = 8;

/// A short life: rows one commit at a time, snapshots, a checkpoint every few pages.
void live_shortly(const std::string& path, SqliteOptions options, Answers& answers) {
  auto opened = SqliteStore::open(path, std::move(options));
  if (!opened) {
    EXPECT_THAT(opened.error().detail, HasSubstr("weft.db"));
    return;
  }
  SqliteStore& store = **opened;
  // Answered `unavailable` while the file fails; then it is asked again.
  do {
    store.load(kCanvas, kEpoch, 1,
               [&answers](auto result) { answers.set_loaded(result.has_value()); });
    if (!answers.wait_for_load()) return;
  } while (!answers.take_loaded());
  for (std::uint64_t seq = 1; seq <= kRunRows; ++seq) {
    store.append(kCanvas, kEpoch, row(seq, 3000), [&answers, seq](auto) { answers.add(seq); });
    if (seq % 2 == 0)
      store.save_snapshot(kCanvas, kEpoch, {.seq = seq, .sum = seq * 31, .state = "state"});
    store.save_last_seen(kCanvas, {"ann", "Ann", static_cast<WallMs>(seq), "\x80"});
    if (!answers.wait_for(seq)) return;
  }
}

/// Everything that was acknowledged is there once, nothing is there twice, and the store works.
void expect_whole(const std::string& path, Answers& answers) {
  auto seqs = answers.seqs();
  for (std::size_t i = 0; i < seqs.size(); ++i) ASSERT_EQ(seqs[i], i + 1);
  auto opened = SqliteStore::open(path);
  ASSERT_TRUE(opened.has_value()) << opened.error().detail;
  SqliteStore& store = **opened;
  const StoredCanvas canvas = load(store);
  std::uint64_t head = canvas.snapshots.size() == 2 ? canvas.snapshots[0].seq : 0;
  for (const LogRow& kept : canvas.log) {
    ASSERT_EQ(kept.seq, ++head);
    EXPECT_EQ(kept.push, row(head, 3000).push);
    EXPECT_EQ(kept.sum, row(head).sum);
  }
  ASSERT_GE(head, seqs.size());
  store.append(kCanvas, kEpoch, row(head + 1, 3000), [](auto) {});
  EXPECT_EQ(load(store).log.back().seq, head + 1);
}

struct Fault {
  std::string name;
  FaultyVfs::Call call;
  int code;
};

class SqliteFaults : public testing::TestWithParam<Fault> {};

TEST_P(SqliteFaults, T15FailingAnyOneCallLosesNothingAcknowledged) {
  const Fault fault = GetParam();
  int failures = 0;
  for (int nth = 1;; ++nth) {
    SCOPED_TRACE(nth);
    TempDir dir(TempDir::Medium::memory);
    FaultyVfs vfs;
    Answers answers;
    vfs.fail(fault.call, nth, fault.code);
    live_shortly(dir.file("weft.db"), quick_options(answers, vfs.name()), answers);
    const bool has_failed = vfs.has_failed();
    vfs.heal();
    ASSERT_NO_FATAL_FAILURE(expect_whole(dir.file("weft.db"), answers));
    if (!has_failed) {
      EXPECT_EQ(answers.seqs().size(), kRunRows);
      break;
    }
    ++failures;
    if (fault.call == FaultyVfs::Call::sync) {
      // Only while the file was being opened is there nothing yet to stop.
      EXPECT_TRUE(!answers.fatal().empty() || answers.seqs().empty());
    } else {
      EXPECT_EQ(answers.fatal(), "");
    }
  }
  EXPECT_GT(failures, 2);
}

INSTANTIATE_TEST_SUITE_P(
    Calls, SqliteFaults,
    testing::Values(Fault{"WriteError", FaultyVfs::Call::write, SQLITE_IOERR_WRITE},
                    Fault{"DiskFull", FaultyVfs::Call::write, SQLITE_FULL},
                    Fault{"ReadError", FaultyVfs::Call::read, SQLITE_IOERR_READ},
                    Fault{"SyncError", FaultyVfs::Call::sync, SQLITE_IOERR_FSYNC},
                    Fault{"OpenError", FaultyVfs::Call::open, SQLITE_CANTOPEN}),
    [](const auto& fault) { return fault.param.name; });

TEST(SqliteStore, T16FailedSyncStopsWithASentenceAndAcknowledgesNothingMore) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  make_database(path, 2);
  FaultyVfs vfs;
  Answers answers;
  auto opened = SqliteStore::open(path, quick_options(answers, vfs.name()));
  ASSERT_TRUE(opened.has_value());
  SqliteStore& store = **opened;
  vfs.fail(FaultyVfs::Call::sync, 1, SQLITE_IOERR_FSYNC);
  store.append(kCanvas, kEpoch, row(3), [&](auto) { answers.add(3); });
  const std::string sentence = answers.wait_for_death();
  EXPECT_THAT(sentence, HasSubstr(path));
  EXPECT_THAT(sentence, HasSubstr("the server stops"));
  EXPECT_FALSE(store.is_available());
  store.append(kCanvas, kEpoch, row(4), [&](auto) { answers.add(4); });
  EXPECT_FALSE(store.flush(std::chrono::steady_clock::now()));
  opened->reset();
  EXPECT_TRUE(answers.seqs().empty());
}

TEST(SqliteStore, T16FailedSyncOfACheckpointStopsToo) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  make_database(path, 2);
  FaultyVfs vfs;
  Answers answers;
  auto opened = SqliteStore::open(path, quick_options(answers, vfs.name()));
  ASSERT_TRUE(opened.has_value());
  // The commit's own two syncs come first: the new write-ahead log's header, and its frames.
  vfs.fail(FaultyVfs::Call::sync, 3, SQLITE_IOERR_FSYNC);
  (*opened)->append(kCanvas, kEpoch, row(3, 100'000), [&](auto) { answers.add(3); });
  EXPECT_THAT(answers.wait_for_death(), HasSubstr("the server stops"));
  EXPECT_THAT(answers.seqs(), testing::ElementsAre(3));
}

TEST(SqliteStore, T16AnotherRowAtTheSameSeqStops) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  make_database(path, 2);
  Answers answers;
  auto opened = SqliteStore::open(path, quick_options(answers));
  ASSERT_TRUE(opened.has_value());
  LogRow other = row(2);
  other.sum += 1;
  (*opened)->append(kCanvas, kEpoch, other, [&](auto) { answers.add(2); });
  EXPECT_THAT(answers.wait_for_death(), HasSubstr("another entry at seq 2"));
  opened->reset();
  EXPECT_TRUE(answers.seqs().empty());
}

TEST(SqliteStore, T16RowThatSqliteWillNeverTakeStopsAndIsNamed) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  make_database(path, 2);
  Answers answers;
  auto opened = SqliteStore::open(path, quick_options(answers));
  ASSERT_TRUE(opened.has_value());
  (*opened)->append(kCanvas, kEpoch, row(3), [&](auto) { answers.add(3); });
  ASSERT_TRUE(answers.wait_for(1));
  (*opened)->append("never loaded", kEpoch, row(1), [&](auto) { answers.add(1); });
  EXPECT_THAT(answers.wait_for_death(),
              testing::AllOf(HasSubstr("entry 1 of canvas never loaded"), HasSubstr("now or later"),
                             HasSubstr("the server stops")));
  opened->reset();
  EXPECT_THAT(answers.seqs(), testing::ElementsAre(3));
  opened = SqliteStore::open(path);
  ASSERT_TRUE(opened.has_value()) << opened.error().detail;
  EXPECT_EQ(load(**opened).log.size(), 3U);
}

class SqliteMistakes : public testing::TestWithParam<int> {};

TEST_P(SqliteMistakes, T16IsNoOutage) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  make_database(path, 2);
  FaultyVfs vfs;
  Answers answers;
  auto opened = SqliteStore::open(path, quick_options(answers, vfs.name()));
  ASSERT_TRUE(opened.has_value());
  vfs.fail(FaultyVfs::Call::write, 1, GetParam());
  (*opened)->append(kCanvas, kEpoch, row(3), [&](auto) { answers.add(3); });
  EXPECT_THAT(answers.wait_for_death(), HasSubstr("now or later"));
  EXPECT_FALSE((*opened)->is_available());
  opened->reset();
  EXPECT_TRUE(answers.seqs().empty());
}

INSTANTIATE_TEST_SUITE_P(Codes, SqliteMistakes,
                         testing::Values(SQLITE_TOOBIG, SQLITE_MISUSE, SQLITE_RANGE,
                                         SQLITE_CONSTRAINT));

TEST(SqliteStore, T17FullDiskRefusesAndRecoversByItself) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  make_database(path, 2);
  FaultyVfs vfs;
  Answers answers;
  auto opened = SqliteStore::open(path, quick_options(answers, vfs.name()));
  ASSERT_TRUE(opened.has_value());
  SqliteStore& store = **opened;
  vfs.fail(FaultyVfs::Call::write, 1, SQLITE_FULL, FaultyVfs::Lasts::until_heal);
  store.append(kCanvas, kEpoch, row(3), [&](auto) { answers.add(3); });
  answers.wait_for_notice("cannot be written");
  EXPECT_FALSE(store.is_available());
  EXPECT_TRUE(answers.seqs().empty());
  vfs.heal();
  ASSERT_TRUE(answers.wait_for(1));
  answers.wait_for_notice("can be written again");
  EXPECT_TRUE(store.is_available());
  EXPECT_EQ(load(store).log.size(), 3U);
}

TEST(SqliteStore, T17CanBeStoppedDuringAnOutage) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  make_database(path, 2);
  FaultyVfs vfs;
  Answers answers;
  auto options = quick_options(answers, vfs.name());
  options.retry_min = options.retry_max = std::chrono::hours(1);
  auto opened = SqliteStore::open(path, options);
  ASSERT_TRUE(opened.has_value());
  vfs.fail(FaultyVfs::Call::write, 1, SQLITE_FULL, FaultyVfs::Lasts::until_heal);
  (*opened)->append(kCanvas, kEpoch, row(3), [&](auto) { answers.add(3); });
  answers.wait_for_notice("cannot be written");
  opened->reset();
  EXPECT_TRUE(answers.seqs().empty());
}

TEST(SqliteStore, T18WriteAheadLogDoesNotGrowWithoutBound) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  Answers answers;
  auto opened = SqliteStore::open(path, quick_options(answers));
  ASSERT_TRUE(opened.has_value());
  load(**opened);
  for (std::uint64_t seq = 1; seq <= 200; ++seq) {
    (*opened)->append(kCanvas, kEpoch, row(seq, 3000), [](auto) {});
    ASSERT_TRUE(flush(**opened));
  }
  EXPECT_LT(std::filesystem::file_size(path + "-wal"), 40U * 4096U);
  EXPECT_FALSE(std::filesystem::exists(path + "-shm"));
}

// A process that is killed

/// Appends without end and reports each acknowledged seq through the pipe.
[[noreturn]] void append_until_killed(const std::string& path, int pipe) {
  Answers answers;
  auto options = quick_options(answers);
  options.on_fatal = nullptr;
  auto opened = SqliteStore::open(path, options);
  if (!opened) ::_exit(3);
  std::uint64_t next = 0;
  std::mutex mutex;
  std::condition_variable loaded;
  (*opened)->load(kCanvas, kEpoch, 1, [&](auto result) {
    std::lock_guard lock(mutex);
    const StoredCanvas& canvas = result.value();
    next = canvas.log.empty() ? 1 : canvas.log.back().seq + 1;
    loaded.notify_all();
  });
  {
    std::unique_lock lock(mutex);
    loaded.wait(lock, [&] { return next > 0; });
  }
  for (const std::uint64_t first = next;; ++next) {
    // A window of a few, so that commits hold several rows.
    if (next >= first + 5) answers.wait_for(next - first - 4);
    (*opened)->append(kCanvas, kEpoch, row(next, 500), [&answers, pipe, seq = next](auto) {
      if (::write(pipe, &seq, sizeof seq) != sizeof seq) ::_exit(4);
      answers.add(seq);
    });
    if (next % 50 == 0) {
      (*opened)->save_snapshot(kCanvas, kEpoch, {.seq = next, .sum = next * 31, .state = "state"});
    }
  }
}

TEST(SqliteStore, T19EveryAcknowledgedRowOutlivesAKill) {
  TempDir dir(TempDir::Medium::memory);
  const std::string path = dir.file("weft.db");
  std::mt19937 random(20'260'101);
  std::uint64_t highest_acked = 0;
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      append_until_killed(path, ends[1]);
    }
    ::close(ends[1]);
    std::uint64_t seq = 0;
    int to_read = std::uniform_int_distribution(0, 120)(random);
    while (::read(ends[0], &seq, sizeof seq) == static_cast<ssize_t>(sizeof seq)) {
      highest_acked = seq;
      if (to_read-- == 0) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;

    auto opened = SqliteStore::open(path);
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    const StoredCanvas canvas = load(**opened);
    std::uint64_t head = canvas.snapshots.size() == 2 ? canvas.snapshots[0].seq : 0;
    for (const LogRow& kept : canvas.log) {
      ASSERT_EQ(kept.seq, ++head);
      ASSERT_EQ(kept.push, row(head, 500).push);
    }
    ASSERT_GE(head, highest_acked);
  }
}

}  // namespace
}  // namespace weft::test
