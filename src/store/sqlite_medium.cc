// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_medium.h"

#include "store/sentence.h"

#include <utility>

namespace weft::store {

namespace {

/// Damage that only this canvas touches is this canvas's trouble.
template <class T, class Read>
void find(Finding<T>& answer, Read read) {
  try {
    answer.found = read();
  } catch (const SqlError& error) {
    if (!error.is_corruption()) throw;
    answer.found = Failure(to_store_error(error));
  }
}

}  // namespace

StoreError to_store_error(const SqlError& error) {
  return {.errc = error.is_corruption() ? StoreErrc::corrupt : StoreErrc::unavailable,
          .detail = error.what()};
}

MediumError to_medium_error(const SqlError& error, const std::string& path) {
  using Remedy = MediumError::Remedy;
  if (error.is_failed_sync()) {
    return {Remedy::stop,
            sentence("The disk did not make sure of what was written to ", path, " (", error.what(),
                     "), and what it holds is no longer certain: the server stops. Check the disk, "
                     "then start again.")};
  }
  if (error.is_corruption()) {
    return {Remedy::stop, sentence(path, " is damaged (", error.what(), "): the server stops.")};
  }
  if (error.is_our_mistake()) {
    // Trying again would be refused again, for ever. Nothing of this batch was acknowledged.
    return {Remedy::stop,
            sentence(path, " cannot take what the server wrote (", error.what(),
                     "), now or later: the server stops. What was acknowledged is there.")};
  }
  return {Remedy::open_again, error.what()};
}

SqliteMedium::SqliteMedium(const SqliteFile& file, SqliteDatabase::Check check,
                           int checkpoint_pages, Notice on_notice)
    : path_(file.path),
      checkpoint_pages_(checkpoint_pages),
      on_notice_(std::move(on_notice)),
      database_(file, check),
      checkpoint_at_pages_(checkpoint_pages) {}

/// Reads see every write before them, as they are inside the same transaction.
void SqliteMedium::carry_out(std::span<Call> calls) {
  try {
    database_.begin();
    for (Call& call : calls) carry_out(call);
    database_.commit();
  } catch (const SqlError& error) {
    throw to_medium_error(error, path_);
  }
}

void SqliteMedium::carry_out(Call& call) {
  std::visit(ForEach{
                 [&](LoadCall& load) {
                   find(load.answer,
                        [&] { return database_.load(load.canvas, load.fresh_epoch, load.actors); });
                 },
                 [&](ReserveActorsCall& reserve) {
                   find(reserve.answer,
                        [&] { return database_.reserve_actors(reserve.canvas, reserve.actors); });
                 },
                 [&](ExistsCall& exists) {
                   find(exists.answer, [&] { return database_.exists(exists.canvas); });
                 },
                 [&](LoadLastSeenCall& load) {
                   find(load.answer, [&] { return database_.load_last_seen(load.canvas); });
                 },
                 [&](AppendCall& append) {
                   append.answer.found = database_.append(append.canvas, append.epoch, append.row);
                 },
                 [&](SaveSnapshotCall& save) {
                   if (save.row != nullptr)
                     database_.save_snapshot(save.canvas, save.epoch, *save.row);
                 },
                 [&](StartOverCall& start) {
                   start.answer.found = database_.start_over(start.canvas, start.epoch_before,
                                                             start.epoch, start.base);
                 },
                 [&](SaveLastSeenCall& save) { database_.save_last_seen(save.canvas, save.row); },
             },
             call);
}

void SqliteMedium::tidy_up() {
  if (database_.wal_pages() < checkpoint_at_pages_) return;
  // If it fails nothing is lost: the write-ahead log keeps what is committed and grows until a
  // later attempt.
  const int later = database_.wal_pages() + checkpoint_pages_;
  checkpoint_at_pages_ = checkpoint_pages_;
  if (!checkpoint(SqliteDatabase::Checkpoint::reuse_log, " cannot take in its write-ahead log (")) {
    checkpoint_at_pages_ = later;
  }
}

void SqliteMedium::close() {
  (void)checkpoint(SqliteDatabase::Checkpoint::truncate_log,
                   " was closed with a write-ahead log beside it (");
}

bool SqliteMedium::checkpoint(SqliteDatabase::Checkpoint kind, const std::string& what_failed) {
  try {
    database_.checkpoint(kind);
    return true;
  } catch (const SqlError& error) {
    MediumError told = to_medium_error(error, path_);
    if (told.remedy() == MediumError::Remedy::stop) throw told;
    if (on_notice_) on_notice_(sentence(path_, what_failed, error.what(), ")."));
    return false;
  }
}

}  // namespace weft::store
