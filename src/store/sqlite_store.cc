// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_store.h"

#include "store/sqlite_medium.h"

#include <filesystem>
#include <utility>

namespace weft::store {

Result<std::unique_ptr<SqliteStore>, StoreError> SqliteStore::open(const std::string& path,
                                                                   SqliteOptions options) {
  const SqliteFile file{.path = path, .vfs = options.vfs};
  try {
    if (!std::filesystem::exists(path)) create_database(file);
    const auto open_medium = [file, options](SqliteDatabase::Check check) {
      return std::make_unique<SqliteMedium>(file, check, options.checkpoint_pages,
                                            options.on_notice);
    };
    auto medium = open_medium(SqliteDatabase::Check::pages);
    QueueOptions queue;
    queue.name = path;
    queue.on_fatal = options.on_fatal;
    queue.on_notice = options.on_notice;
    queue.reopen = [open_medium, path]() -> std::unique_ptr<Medium> {
      try {
        return open_medium(SqliteDatabase::Check::none);
      } catch (const SqlError& error) {
        throw to_medium_error(error, path);
      }
    };
    queue.gather = options.gather;
    queue.retry_min = options.retry_min;
    queue.retry_max = options.retry_max;
    return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(queue), std::move(medium)));
  } catch (const SqlError& error) {
    return Failure(to_store_error(error));
  } catch (const std::filesystem::filesystem_error& error) {
    return Failure(StoreError{.errc = StoreErrc::unavailable, .detail = error.what()});
  }
}

}  // namespace weft::store
