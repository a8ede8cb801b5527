// SPDX-License-Identifier: Apache-2.0
#include "store/postgres_schema.h"

#include "store/sentence.h"

#include <array>
#include <cstdint>
#include <span>

namespace weft::store {

namespace {

// How each version is made from the one before. Steps that were published never change.
constexpr std::array<const char*, 7> kFirstStep = {
    "CREATE TABLE weft.version(version bigint NOT NULL)",
    "INSERT INTO weft.version VALUES(0)",
    "CREATE TABLE weft.canvases("
    "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    "  canvas text COLLATE \"C\" NOT NULL UNIQUE,"
    "  epoch bigint NOT NULL, next_actor bigint NOT NULL)",
    "CREATE TABLE weft.log("
    "  canvas bigint NOT NULL, seq bigint NOT NULL, sum bigint NOT NULL, push bytea NOT NULL,"
    "  PRIMARY KEY(canvas, seq))",
    "CREATE TABLE weft.snapshots("
    "  canvas bigint NOT NULL, seq bigint NOT NULL, sum bigint NOT NULL, state bytea NOT NULL,"
    "  PRIMARY KEY(canvas, seq))",
    "CREATE TABLE weft.last_seen("
    "  canvas bigint NOT NULL, user_id text COLLATE \"C\" NOT NULL, name text NOT NULL,"
    "  at_ms bigint NOT NULL, presence bytea NOT NULL, PRIMARY KEY(canvas, user_id))",
    "CREATE INDEX last_seen_by_time ON weft.last_seen(canvas, at_ms DESC, user_id)",
};
constexpr std::array<std::span<const char* const>, 1> kSteps = {kFirstStep};
constexpr std::uint64_t kVersion = kSteps.size();

/// "Weft" in ASCII: what instances that start together take turns by.
constexpr const char* kTakeTurns = "SELECT 1 FROM pg_advisory_xact_lock(1466263156)";

bool has_table(PostgresConnection& connection) {
  return connection
             .run_once(
                 "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
                 "ON n.oid = c.relnamespace WHERE n.nspname = 'weft' AND c.relname = "
                 "'version'")
             .number(0, 0) > 0;
}

bool has_schema(PostgresConnection& connection) {
  return connection.run_once("SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = 'weft'")
             .number(0, 0) > 0;
}

/// 0 when there is none.
std::uint64_t version(PostgresConnection& connection) {
  if (!has_table(connection)) return 0;
  const PgRows rows = connection.run_once("SELECT version FROM weft.version");
  if (rows.count() == 1) return rows.number(0, 0);
  throw PgError("", "its table weft.version does not hold one row: restore it from a backup");
}

void refuse_newer(std::uint64_t found) {
  if (found <= kVersion) return;
  throw PgError("", sentence("its schema weft has version ", found, ", and this program knows ",
                             kVersion, ": run the version of Weft that made it, or a newer one"));
}

}  // namespace

void prepare_schema(PostgresConnection& connection, const PostgresTarget& target) {
  std::uint64_t found = version(connection);
  refuse_newer(found);
  if (found == kVersion) return;
  connection.run_once("BEGIN");
  connection.run_once(kTakeTurns);
  try {
    found = version(connection);
    refuse_newer(found);
    if (!has_schema(connection)) connection.run_once("CREATE SCHEMA weft");
    for (; found < kVersion; ++found) {
      for (const char* statement : kSteps[found]) connection.run_once(statement);
    }
    connection.run_once("UPDATE weft.version SET version = $1::bigint", PgParams().add(kVersion));
    connection.run_once("COMMIT");
  } catch (const PgError& error) {
    if (error.sqlstate() != "42501") throw;
    throw PgError(error.sqlstate(),
                  sentence("the role ", target.user(), " may not make the schema weft (",
                           error.what(), "): run GRANT CREATE ON DATABASE ", target.database(),
                           " TO ", target.user(), ", or start Weft once as a role that may"));
  }
}

void check_schema(PostgresConnection& connection) {
  const std::uint64_t found = version(connection);
  refuse_newer(found);
  if (found < kVersion) {
    // Making it again would hide that everything is gone.
    throw PgError("",
                  "its schema weft is not there any more: restore it, or start Weft again to "
                  "begin with an empty one");
  }
}

std::vector<std::string> check_settings(PostgresConnection& connection,
                                        const PostgresTarget& target) {
  const PgRows rows = connection.run_once(
      "SELECT current_setting('synchronous_commit'), current_setting('fsync'), "
      "current_setting('full_page_writes'), current_setting('server_encoding')");
  std::vector<std::string> sentences;
  const std::string encoding(rows.bytes(0, 3));
  if (encoding != "UTF8" && encoding != "SQL_ASCII") {
    throw PgError("", sentence("its encoding is ", encoding,
                               ", which cannot hold every name: use a database that was made with "
                               "ENCODING 'UTF8'"));
  }
  if (rows.bytes(0, 0) == "off") {
    connection.run_once("SELECT set_config('synchronous_commit', 'on', false)");
    sentences.push_back(
        sentence(target.name(),
                 " has synchronous_commit off, with which a crash takes back what "
                 "was acknowledged; Weft has switched it on for its own sessions."));
  }
  for (const int column : {1, 2}) {
    if (rows.bytes(0, column) == "on") continue;
    sentences.push_back(
        sentence(target.name(), " has ", column == 1 ? "fsync" : "full_page_writes",
                 " off: what it acknowledges may be lost, or all of it damaged, when "
                 "its machine crashes. Switch it on unless this data is for tests."));
  }
  return sentences;
}

std::string explain(const PgError& error, const PostgresTarget& target) {
  const std::string& state = error.sqlstate();
  if (state == "28P01" || state == "28000") {
    return sentence(target.name(), " refuses the role ", target.user(), " (", error.what(),
                    "): check user and password in the URL, and pg_hba.conf on the server.");
  }
  if (state == "3D000") {
    return sentence(target.name(), " has no such database: run CREATE DATABASE ", target.database(),
                    " there, or correct the URL.");
  }
  if (state == "42501") {
    return sentence(target.name(), " cannot be used: ", error.what(),
                    ". The role needs what GRANT ALL ON SCHEMA weft and ON ALL TABLES IN SCHEMA "
                    "weft give.");
  }
  return sentence(target.name(), " cannot be used: ", error.what(), ".");
}

}  // namespace weft::store
