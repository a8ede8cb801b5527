// SPDX-License-Identifier: Apache-2.0
#include "log/entry.h"
#include "micro/client_messages.h"
#include "micro/table_reporter.h"
#include "micro/workloads.h"
#include "store/sqlite_store.h"

#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <utility>

namespace weft::bench {
namespace {

/// A folder of the benchmark's own under TMPDIR: its medium is what is measured.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "weft-bench-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Commits of all stores. They do not say how often they commit; SQLite does, to whoever asks when
/// a connection is opened.
std::atomic<std::uint64_t> commits = 0;

int note_commit(void*) {
  ++commits;
  return 0;  // go on
}
int watch_connection(sqlite3* connection, char**, const sqlite3_api_routines*) {
  sqlite3_commit_hook(connection, &note_commit, nullptr);
  return SQLITE_OK;
}

void store_append(benchmark::State& state) {
  const std::int64_t in_flight = state.range(0);
  const Folder folder;
  sqlite3_auto_extension(reinterpret_cast<void (*)()>(&watch_connection));
  auto opened = store::SqliteStore::open(folder.file("weft.db"));
  sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&watch_connection));
  if (!opened) {
    state.SkipWithError(opened.error().detail.c_str());
    return;
  }
  auto store = std::move(*opened);
  std::promise<void> loaded;
  store->load("bench", 1, 1, [&loaded](auto) { loaded.set_value(); });
  loaded.get_future().wait();

  Bytes op;
  append_move(op, entity_id(1), 512, 300);
  const Bytes row = log::encode_push({"client-1", 1, ActorId{1}, "user-1", op_array(1, op)});
  std::counting_semaphore<> free_places(in_flight);
  const std::uint64_t commits_before = commits;
  std::uint64_t seq = 0;
  for (auto _ : state) {
    free_places.acquire();
    store->append("bench", 1, {++seq, seq, row}, [&free_places](auto) { free_places.release(); });
  }
  for (std::int64_t i = 0; i < in_flight; ++i) free_places.acquire();
  store.reset();
  state.counters["rows a commit"] =
      static_cast<double>(seq) / static_cast<double>(commits - commits_before);
  report_items(state, state.iterations(), "row, committed for good");
}

}  // namespace

void add_store_workloads() {
  benchmark::RegisterBenchmark("store_append", store_append)->Arg(1)->Arg(200)->UseRealTime();
}

}  // namespace weft::bench
