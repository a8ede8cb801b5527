// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/medium.h"
#include "store/sqlite_database.h"

#include <functional>
#include <span>
#include <string>

namespace weft::store {

[[nodiscard]] StoreError to_store_error(const SqlError& error);
/// Stops, when going on would risk what was acknowledged.
[[nodiscard]] MediumError to_medium_error(const SqlError& error, const std::string& path);

/// A database file as the medium of a queued store: each batch is one transaction.
class SqliteMedium final : public Medium {
 public:
  using Notice = std::function<void(const std::string& sentence)>;
  /// Throws SqlError as SqliteDatabase does. The write-ahead log is moved into the file when it has
  /// `checkpoint_pages` pages.
  SqliteMedium(const SqliteFile& file, SqliteDatabase::Check check, int checkpoint_pages,
               Notice on_notice);

  void carry_out(std::span<Call> calls) override;
  void tidy_up() override;
  void close() override;

 private:
  void carry_out(Call& call);
  /// False when it failed; a failure that is no reason to stop is told.
  [[nodiscard]] bool checkpoint(SqliteDatabase::Checkpoint kind, const std::string& what_failed);

  const std::string path_;
  const int checkpoint_pages_;
  const Notice on_notice_;
  SqliteDatabase database_;
  int checkpoint_at_pages_;
};

}  // namespace weft::store
