// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/queued_store.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace weft::store {

/// How a SqliteStore behaves. Both callbacks run on the store's thread.
struct SqliteOptions {
  /// Called with a sentence when going on would risk what was acknowledged, above all after a
  /// failed sync. It is expected to end the process; without one the process aborts. If it returns,
  /// the store does nothing more.
  std::function<void(const std::string& sentence)> on_fatal;
  /// Called with a sentence when an outage begins or ends, for the operator's log.
  std::function<void(const std::string& sentence)> on_notice;
  /// After a failure the file is reopened with pauses that double from the first to the second.
  std::chrono::milliseconds retry_min{100};
  std::chrono::milliseconds retry_max{5'000};
  /// The write-ahead log is moved into the file when it has this many pages.
  int checkpoint_pages = 1'000;
  /// QueueOptions::gather: short beside a room's tick, long beside a commit.
  std::chrono::milliseconds gather{5};
  /// Name of the SQLite VFS; empty for the system's own.
  std::string vfs;
};

/// The store in one SQLite file. One thread and one connection: it takes everything that is queued,
/// commits it as one transaction, and then answers. Any thread may call.
class SqliteStore final : public QueuedStore {
 public:
  /// Opens the file, or makes it (mode 0600) if there is none. A file that is damaged, foreign,
  /// newer or in use is refused with a sentence and left as it is.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>, StoreError> open(
      const std::string& path, SqliteOptions options = {});

 private:
  using QueuedStore::QueuedStore;
};

}  // namespace weft::store
