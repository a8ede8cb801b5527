// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/queued_store.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace weft::store {

/// How a PostgresStore behaves. The functions run on the store's thread, or on the thread that
/// calls open().
struct PostgresOptions {
  /// Called with a sentence when going on would risk what was acknowledged, or when PostgreSQL
  /// refuses for ever what was written. It is expected to end the process; without one the process
  /// aborts. If it returns, the store does nothing more.
  std::function<void(const std::string& sentence)> on_fatal;
  /// Called with a sentence when an outage begins or ends, and about settings of the server that
  /// weaken the store's promise.
  std::function<void(const std::string& sentence)> on_notice;
  /// Called with a sentence when a row is not kept because another one has its seq; everything else
  /// goes on. Without one, on_notice is called.
  std::function<void(const std::string& sentence)> on_damage;
  /// After a failure PostgreSQL is asked again with pauses that double from the first to the
  /// second.
  std::chrono::milliseconds retry_min{100};
  std::chrono::milliseconds retry_max{5'000};
  /// How long a connection may take to come about, and an answer without a byte of it.
  std::chrono::milliseconds connect_deadline{5'000};
  std::chrono::milliseconds answer_deadline{10'000};
  /// An idle connection is tried this often.
  std::chrono::milliseconds check_every{5'000};
  /// At most so much goes into a transaction, or one row.
  std::size_t batch_bytes_max = 8 << 20;
};

/// The store in a PostgreSQL database, in the schema `weft`. Several instances may share it: what
/// they write is fenced by each canvas's epoch, and the same row is kept once. One thread and one
/// connection; any thread may call.
class PostgresStore final : public QueuedStore {
 public:
  /// Connects, and makes the schema or brings it up to date. `conninfo` is what libpq takes:
  /// postgresql://user:password@host:port/database?sslmode=…. The failure is a sentence that says
  /// what to do and never holds the password.
  [[nodiscard]] static Result<std::unique_ptr<PostgresStore>, StoreError> open(
      const std::string& conninfo, PostgresOptions options = {});

 private:
  using QueuedStore::QueuedStore;
};

}  // namespace weft::store
