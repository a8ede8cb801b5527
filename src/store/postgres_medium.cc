// SPDX-License-Identifier: Apache-2.0
#include "store/postgres_medium.h"

#include "store/postgres_statements.h"
#include "store/sentence.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::store {

namespace {

/// Transactions of ours never collide; those of other programs might. More often in a row is an
/// outage.
constexpr int kCollisionsMax = 10;

/// Rows of the log that one statement deletes: what takes much less than its deadline.
constexpr std::uint64_t kRowsDeletedMax = 1'000;

// What a row of sql::kReadCanvas is.
constexpr std::uint64_t kEpochKind = 0;
constexpr std::uint64_t kSnapshotKind = 1;

/// The canvas whose row a write touches; null for what writes nothing.
const CanvasId* written_canvas(const Call& call) {
  return std::visit(
      ForEach{
          [](const AppendCall& append) { return &append.canvas; },
          [](const SaveSnapshotCall& save) { return save.row == nullptr ? nullptr : &save.canvas; },
          [](const StartOverCall& start) { return &start.canvas; },
          [](const SaveLastSeenCall& save) { return &save.canvas; },
          [](const auto&) -> const CanvasId* { return nullptr; },
      },
      call);
}

bool is_append(const Call& call) {
  return std::holds_alternative<AppendCall>(call);
}

/// Damage that only this canvas touches is this canvas's trouble.
template <class T, class Read>
void find(Finding<T>& answer, Read read) {
  try {
    answer.found = read();
  } catch (const PgError& error) {
    if (!error.is_corruption()) throw;
    answer.found = Failure(StoreError{.errc = StoreErrc::corrupt, .detail = error.what()});
  }
}

}  // namespace

MediumError to_medium_error(const PgError& error, const PostgresTarget& target) {
  using Remedy = MediumError::Remedy;
  if (error.is_corruption()) {
    return {Remedy::stop,
            sentence(target.name(), " is damaged (", error.what(), "): the server stops.")};
  }
  // Bad data, constraints, limits, and what it does not offer: it would be refused again, for ever.
  const bool is_our_mistake = error.is_of_class("22") || error.is_of_class("23") ||
                              error.is_of_class("54") || error.is_of_class("0A");
  if (is_our_mistake) {
    return {Remedy::stop,
            sentence(target.name(), " cannot take what the server wrote (", error.what(),
                     "), now or later: the server stops. What was acknowledged is there.")};
  }
  return {Remedy::open_again, error.what()};
}

PostgresMedium::PostgresMedium(const PostgresTarget& target, PostgresDeadlines deadlines,
                               Tell on_damage)
    : target_(target), on_damage_(std::move(on_damage)), connection_(target, deadlines) {}

void PostgresMedium::carry_out(std::span<Call> calls) {
  try {
    while (!calls.empty()) {
      const auto first_read = std::ranges::find_if(calls, is_read);
      const auto writes = static_cast<std::size_t>(first_read - calls.begin());
      if (writes == 0) {
        read(calls.front());
        calls = calls.subspan(1);
      } else {
        write(calls.first(writes));
        calls = calls.subspan(writes);
      }
    }
  } catch (const PgError& error) {
    throw to_medium_error(error, target_);
  }
}

void PostgresMedium::check() {
  try {
    connection_.run(sql::kCheck);
  } catch (const PgError& error) {
    throw to_medium_error(error, target_);
  }
}

// Reading

void PostgresMedium::read(Call& call) {
  std::visit(
      ForEach{
          [&](LoadCall& which) { find(which.answer, [&] { return load(which); }); },
          [&](ReserveActorsCall& which) {
            find(which.answer, [&] { return reserve_actors(which); });
          },
          [&](ExistsCall& which) { find(which.answer, [&] { return exists(which.canvas); }); },
          [&](LoadLastSeenCall& which) {
            find(which.answer, [&] { return load_last_seen(which.canvas); });
          },
          [](auto&) { std::unreachable(); },
      },
      call);
}

StoredCanvas PostgresMedium::load(const LoadCall& call) {
  StoredCanvas stored;
  stored.first_actor = take_actors(call);
  stored.end_actor = stored.first_actor + call.actors;
  const PgRows rows = connection_.run(sql::kReadCanvas, PgParams().add(call.canvas));
  for (int row = 0; row < rows.count(); ++row) {
    const std::uint64_t kind = rows.number(row, 0);
    const std::uint64_t seq = rows.number(row, 1);
    if (kind == kEpochKind) {
      stored.epoch = seq;
    } else if (kind == kSnapshotKind) {
      stored.snapshots.push_back(
          {.seq = seq, .sum = rows.number(row, 2), .state = Bytes(rows.bytes(row, 3))});
    } else {
      stored.log.push_back(
          {.seq = seq, .sum = rows.number(row, 2), .push = Bytes(rows.bytes(row, 3))});
    }
  }
  return stored;
}

/// Makes the canvas if there is none; whoever comes second takes numbers from the first one's.
std::uint64_t PostgresMedium::take_actors(const LoadCall& call) {
  for (;;) {
    const PgRows taken =
        connection_.run(sql::kTakeActors, PgParams().add(call.canvas).add(call.actors));
    if (taken.count() == 1) return taken.number(0, 0);
    const PgRows made = connection_.run(
        sql::kMakeCanvas, PgParams().add(call.canvas).add(call.actors).add(call.fresh_epoch));
    if (made.count() == 1) return 1;
  }
}

Result<std::uint64_t, StoreError> PostgresMedium::reserve_actors(const ReserveActorsCall& call) {
  const PgRows taken =
      connection_.run(sql::kTakeActors, PgParams().add(call.canvas).add(call.actors));
  if (taken.count() == 1) return taken.number(0, 0);
  return Failure(
      StoreError{.errc = StoreErrc::unavailable,
                 .detail = sentence("Canvas ", call.canvas, " is not in ", target_.name(), ".")});
}

bool PostgresMedium::exists(const CanvasId& canvas) {
  return connection_.run(sql::kFindCanvas, PgParams().add(canvas)).count() > 0;
}

std::vector<LastSeen> PostgresMedium::load_last_seen(const CanvasId& canvas) {
  const PgRows found = connection_.run(
      sql::kReadLastSeen, PgParams().add(canvas).add(std::uint64_t{kLastSeenRowsRead}));
  std::vector<LastSeen> rows;
  for (int row = 0; row < found.count(); ++row) {
    rows.push_back({.user = UserId(found.bytes(row, 0)),
                    .name = std::string(found.bytes(row, 1)),
                    .at_ms = std::bit_cast<WallMs>(found.number(row, 2)),
                    .presence = Bytes(found.bytes(row, 3))});
  }
  std::ranges::sort(rows, {}, &LastSeen::user);
  return rows;
}

// Writing

void PostgresMedium::write(std::span<Call> calls) {
  for (int collisions = 0;; ++collisions) {
    try {
      return write_once(calls);
    } catch (const PgError& error) {
      if (!error.is_collision() || collisions == kCollisionsMax) throw;
      connection_.run(sql::kRollBack);
    }
  }
}

/// In the order of the calls, but for last-seen rows, which nothing else depends on. Appends that
/// follow on each other are one statement.
void PostgresMedium::write_once(std::span<Call> calls) {
  connection_.run(sql::kBegin);
  Canvases canvases = lock(calls);
  for (std::size_t next = 0; next < calls.size();) {
    const auto rest = calls.subspan(next);
    const auto other = std::ranges::find_if_not(rest, is_append);
    const auto appends = static_cast<std::size_t>(other - rest.begin());
    if (appends > 0) {
      append(rest.first(appends), canvases);
      next += appends;
      continue;
    }
    if (auto* save = std::get_if<SaveSnapshotCall>(&rest.front())) save_snapshot(*save, canvases);
    if (auto* start = std::get_if<StartOverCall>(&rest.front())) {
      start->answer.found = start_over(*start, canvases);
    }
    ++next;
  }
  save_last_seen(calls, canvases);
  if (connection_.run(sql::kCommit).command() != "COMMIT") {
    throw PgError("", "the transaction was undone at its end");
  }
}

/// Canvases that are not there are left out.
PostgresMedium::Canvases PostgresMedium::lock(std::span<const Call> calls) {
  std::set<std::string_view> names;
  for (const Call& call : calls) {
    if (const CanvasId* canvas = written_canvas(call)) names.insert(*canvas);
  }
  Canvases canvases;
  if (names.empty()) return canvases;
  const std::vector<std::string_view> array(names.begin(), names.end());
  const PgRows rows = connection_.run(sql::kLock, PgParams().add_text_array(array));
  for (int row = 0; row < rows.count(); ++row) {
    canvases[CanvasId(rows.bytes(row, 0))] = {.id = rows.number(row, 1),
                                              .epoch = rows.number(row, 2)};
  }
  return canvases;
}

void PostgresMedium::append(std::span<Call> calls, const Canvases& canvases) {
  std::vector<std::uint64_t> ids;
  std::vector<std::uint64_t> seqs;
  std::vector<std::uint64_t> sums;
  std::vector<std::string_view> pushes;
  std::vector<AppendCall*> appended;
  for (Call& call : calls) {
    auto& append = std::get<AppendCall>(call);
    auto canvas = canvases.find(append.canvas);
    // One that is not there any more has no epoch.
    if (canvas == canvases.end() || canvas->second.epoch != append.epoch) {
      append.answer.found = Kept::outdated;
      continue;
    }
    append.answer.found = Kept::committed;
    ids.push_back(canvas->second.id);
    seqs.push_back(append.row.seq);
    sums.push_back(append.row.sum);
    pushes.push_back(append.row.push);
    appended.push_back(&append);
  }
  if (appended.empty()) return;
  PgParams rows;
  rows.add_array(ids).add_array(seqs).add_array(sums).add_bytes_array(pushes);
  if (connection_.run(sql::kAppend, rows).affected() < appended.size()) {
    find_damage(rows, appended);
  }
}

/// Some rows were there, or were forgotten: those that are there have to be the same.
void PostgresMedium::find_damage(const PgParams& rows, std::span<AppendCall* const> appended) {
  const PgRows damaged = connection_.run(sql::kFindDamage, rows);
  for (int row = 0; row < damaged.count(); ++row) {
    AppendCall& append = *appended[damaged.number(row, 0) - 1];
    append.answer.found = Kept::damaged;
    if (on_damage_) {
      on_damage_(
          sentence("Canvas ", append.canvas, " has another entry at seq ", append.row.seq, " in ",
                   target_.name(),
                   ": what came there now was not kept and is not acknowledged. Somebody has "
                   "to look which of the two is right."));
    }
  }
}

void PostgresMedium::save_snapshot(const SaveSnapshotCall& call, const Canvases& canvases) {
  auto canvas = canvases.find(call.canvas);
  if (call.row == nullptr || canvas == canvases.end() || canvas->second.epoch != call.epoch) return;
  const std::uint64_t id = canvas->second.id;
  const SnapshotRow& row = *call.row;
  const PgRows saved = connection_.run(sql::kSaveSnapshot,
                                       PgParams().add(id).add(row.seq).add(row.sum).add(row.state));
  if (saved.affected() == 0) return;
  connection_.run(sql::kDropSnapshots, PgParams().add(id));
  delete_in_pieces(sql::kTrimLog, id);
}

/// However many rows there are, no statement takes long.
void PostgresMedium::delete_in_pieces(const PgStatement& statement, std::uint64_t canvas) {
  while (connection_.run(statement, PgParams().add(canvas).add(kRowsDeletedMax)).affected() ==
         kRowsDeletedMax) {
  }
}

bool PostgresMedium::start_over(const StartOverCall& call, Canvases& canvases) {
  auto canvas = canvases.find(call.canvas);
  if (canvas == canvases.end()) return false;
  const bool is_same_epoch = call.epoch == call.epoch_before;
  if (canvas->second.epoch == call.epoch && !is_same_epoch) return true;
  if (canvas->second.epoch != call.epoch_before) return false;
  const std::uint64_t id = canvas->second.id;
  if (is_same_epoch &&
      connection_.run(sql::kFindEnd, PgParams().add(id)).number(0, 0) > call.base.seq) {
    return false;
  }
  connection_.run(sql::kChangeEpoch, PgParams().add(id).add(call.epoch));
  connection_.run(sql::kClearSnapshots, PgParams().add(id));
  delete_in_pieces(sql::kClearLog, id);
  connection_.run(sql::kSaveSnapshot,
                  PgParams().add(id).add(call.base.seq).add(call.base.sum).add(call.base.state));
  canvas->second.epoch = call.epoch;
  return true;
}

void PostgresMedium::save_last_seen(std::span<const Call> calls, const Canvases& canvases) {
  // A row may be written once in a statement: the last one of each user counts.
  std::map<std::pair<std::uint64_t, std::string_view>, const LastSeen*> newest;
  for (const Call& call : calls) {
    const auto* save = std::get_if<SaveLastSeenCall>(&call);
    if (save == nullptr) continue;
    auto canvas = canvases.find(save->canvas);
    if (canvas != canvases.end()) newest[{canvas->second.id, save->row.user}] = &save->row;
  }
  if (newest.empty()) return;
  std::vector<std::uint64_t> ids;
  std::vector<std::uint64_t> times;
  std::vector<std::string_view> users;
  std::vector<std::string_view> names;
  std::vector<std::string_view> presences;
  for (const auto& [key, row] : newest) {
    ids.push_back(key.first);
    users.push_back(row->user);
    names.push_back(row->name);
    times.push_back(std::bit_cast<std::uint64_t>(row->at_ms));
    presences.push_back(row->presence);
  }
  const PgRows rows = connection_.run(sql::kSaveLastSeen, PgParams()
                                                              .add_array(ids)
                                                              .add_text_array(users)
                                                              .add_text_array(names)
                                                              .add_array(times)
                                                              .add_bytes_array(presences));
  std::set<std::uint64_t> grown;
  for (int row = 0; row < rows.count(); ++row) grown.insert(rows.number(row, 0));
  grown.erase(0);
  for (const std::uint64_t id : grown) {
    connection_.run(sql::kTrimLastSeen, PgParams().add(id).add(std::uint64_t{kLastSeenRowsMax}));
  }
}

}  // namespace weft::store
