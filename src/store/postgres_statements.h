// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/postgres_connection.h"

// What PostgresMedium says to the database. All numbers are bigint. "The older snapshot" is the
// second newest; there is none while there is one only.

namespace weft::store::sql {

// Reading

inline constexpr PgStatement kTakeActors{
    "take_actors",
    "UPDATE weft.canvases SET next_actor = next_actor + $2::bigint WHERE canvas = $1::text "
    "RETURNING next_actor - $2::bigint"};
/// Nothing comes back when somebody else has just made it.
inline constexpr PgStatement kMakeCanvas{"make_canvas",
                                         "INSERT INTO weft.canvases(canvas, epoch, next_actor) "
                                         "VALUES($1::text, $3::bigint, 1 + $2::bigint) "
                                         "ON CONFLICT (canvas) DO NOTHING RETURNING 1::bigint"};
/// One statement, so that it sees one moment: 0 is the epoch, 1 are the snapshots, 2 is the log.
inline constexpr PgStatement kReadCanvas{
    "read_canvas",
    "WITH c AS MATERIALIZED (SELECT id, epoch FROM weft.canvases WHERE canvas = $1::text), "
    "base AS MATERIALIZED (SELECT coalesce((SELECT seq FROM weft.snapshots "
    "WHERE canvas = (SELECT id FROM c) ORDER BY seq DESC OFFSET 1 LIMIT 1), 0) AS seq) "
    "SELECT 0::bigint AS kind, epoch AS seq, 0::bigint AS sum, ''::bytea AS bytes FROM c "
    "UNION ALL SELECT 1, seq, sum, state FROM weft.snapshots WHERE canvas = (SELECT id FROM c) "
    "UNION ALL SELECT 2, seq, sum, push FROM weft.log "
    "WHERE canvas = (SELECT id FROM c) AND seq > (SELECT seq FROM base) ORDER BY kind, seq"};
inline constexpr PgStatement kFindCanvas{"find_canvas",
                                         "SELECT id FROM weft.canvases WHERE canvas = $1::text"};
inline constexpr PgStatement kReadLastSeen{
    "read_last_seen",
    "SELECT user_id, name, at_ms, presence FROM weft.last_seen "
    "WHERE canvas = (SELECT id FROM weft.canvases WHERE canvas = $1::text) "
    "ORDER BY at_ms DESC, user_id LIMIT $2::bigint"};
inline constexpr PgStatement kCheck{"check", "SELECT 1::bigint"};

// Writing

inline constexpr PgStatement kBegin{"begin_work", "BEGIN"};
inline constexpr PgStatement kCommit{"commit_work", "COMMIT"};
inline constexpr PgStatement kRollBack{"roll_back", "ROLLBACK"};
/// In the order of the ids, so that nobody waits in a circle. Loading takes the same lock.
inline constexpr PgStatement kLock{
    "lock_canvases",
    "SELECT canvas, id, epoch FROM weft.canvases WHERE canvas = ANY($1::text[]) "
    "ORDER BY id FOR NO KEY UPDATE"};
/// What lies behind the older snapshot has been there and is forgotten.
inline constexpr PgStatement kAppend{
    "append",
    "INSERT INTO weft.log(canvas, seq, sum, push) SELECT u.canvas, u.seq, u.sum, u.push "
    "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[]) "
    "AS u(canvas, seq, sum, push) WHERE u.seq > coalesce((SELECT s.seq FROM weft.snapshots s "
    "WHERE s.canvas = u.canvas ORDER BY s.seq DESC OFFSET 1 LIMIT 1), 0) "
    "ON CONFLICT (canvas, seq) DO NOTHING"};
/// The places in the arrays, from 1, of rows that the log has otherwise.
inline constexpr PgStatement kFindDamage{
    "find_damage",
    "SELECT u.place FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[]) "
    "WITH ORDINALITY AS u(canvas, seq, sum, push, place) "
    "JOIN weft.log l ON l.canvas = u.canvas AND l.seq = u.seq "
    "WHERE l.sum <> u.sum OR l.push <> u.push"};
/// Nothing is written when it is older than the older snapshot.
inline constexpr PgStatement kSaveSnapshot{
    "save_snapshot",
    "INSERT INTO weft.snapshots(canvas, seq, sum, state) "
    "SELECT $1::bigint, $2::bigint, $3::bigint, $4::bytea "
    "WHERE $2::bigint >= coalesce((SELECT seq FROM weft.snapshots WHERE canvas = $1::bigint "
    "ORDER BY seq DESC OFFSET 1 LIMIT 1), 0) "
    "ON CONFLICT (canvas, seq) DO UPDATE SET sum = excluded.sum, state = excluded.state"};
inline constexpr PgStatement kDropSnapshots{
    "drop_snapshots",
    "DELETE FROM weft.snapshots WHERE canvas = $1::bigint AND seq < "
    "(SELECT seq FROM weft.snapshots WHERE canvas = $1::bigint ORDER BY seq DESC OFFSET 1 LIMIT "
    "1)"};
/// At most $2 rows at a time, like kClearLog: a statement has a deadline.
inline constexpr PgStatement kTrimLog{
    "trim_log",
    "DELETE FROM weft.log WHERE canvas = $1::bigint AND seq IN (SELECT seq FROM weft.log "
    "WHERE canvas = $1::bigint AND seq <= (SELECT seq FROM weft.snapshots "
    "WHERE canvas = $1::bigint ORDER BY seq DESC OFFSET 1 LIMIT 1) ORDER BY seq LIMIT $2::bigint)"};
/// The highest seq of anything that is kept.
inline constexpr PgStatement kFindEnd{
    "find_end",
    "SELECT greatest(coalesce((SELECT max(seq) FROM weft.log WHERE canvas = $1::bigint), 0), "
    "coalesce((SELECT max(seq) FROM weft.snapshots WHERE canvas = $1::bigint), 0))"};
inline constexpr PgStatement kChangeEpoch{
    "change_epoch", "UPDATE weft.canvases SET epoch = $2::bigint WHERE id = $1::bigint"};
inline constexpr PgStatement kClearSnapshots{
    "clear_snapshots", "DELETE FROM weft.snapshots WHERE canvas = $1::bigint"};
inline constexpr PgStatement kClearLog{
    "clear_log",
    "DELETE FROM weft.log WHERE canvas = $1::bigint AND seq IN (SELECT seq FROM weft.log "
    "WHERE canvas = $1::bigint ORDER BY seq LIMIT $2::bigint)"};
/// Answers with the canvases of the rows that are new.
inline constexpr PgStatement kSaveLastSeen{
    "save_last_seen",
    "INSERT INTO weft.last_seen(canvas, user_id, name, at_ms, presence) SELECT * "
    "FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bytea[]) "
    "ON CONFLICT (canvas, user_id) DO UPDATE "
    "SET name = excluded.name, at_ms = excluded.at_ms, presence = excluded.presence "
    "RETURNING CASE WHEN xmax = 0 THEN canvas ELSE 0 END"};
inline constexpr PgStatement kTrimLastSeen{
    "trim_last_seen",
    "DELETE FROM weft.last_seen WHERE canvas = $1::bigint AND user_id IN "
    "(SELECT user_id FROM weft.last_seen WHERE canvas = $1::bigint "
    "ORDER BY at_ms DESC, user_id OFFSET $2::bigint)"};

}  // namespace weft::store::sql
