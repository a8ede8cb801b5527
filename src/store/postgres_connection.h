// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/postgres_values.h"

#include <chrono>
#include <libpq-fe.h>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace weft::store {

/// A call into PostgreSQL that did not succeed. Thrown and caught inside the postgres_* files only.
class PgError : public std::runtime_error {
 public:
  PgError(std::string sqlstate, const std::string& what)
      : std::runtime_error(what), sqlstate_(std::move(sqlstate)) {}
  /// PostgreSQL's five characters; empty when the connection was lost or never came to be.
  [[nodiscard]] const std::string& sqlstate() const { return sqlstate_; }
  [[nodiscard]] bool is_of_class(std::string_view first_two) const {
    return sqlstate_.starts_with(first_two);
  }
  /// Two transactions stood in each other's way and this one was undone: it can be done again at
  /// once.
  [[nodiscard]] bool is_collision() const { return sqlstate_ == "40P01" || sqlstate_ == "40001"; }
  [[nodiscard]] bool is_corruption() const { return sqlstate_ == "XX001" || sqlstate_ == "XX002"; }

 private:
  std::string sqlstate_;
};

/// Where a database is.
class PostgresTarget {
 public:
  /// Takes what libpq takes: postgresql://user:password@host:port/database?… or key=value pairs.
  /// Throws PgError with a sentence that does not repeat the text, which may hold a password.
  explicit PostgresTarget(std::string conninfo);
  [[nodiscard]] const std::string& conninfo() const { return conninfo_; }
  /// For sentences: "PostgreSQL at db.example.org, database weft".
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& user() const { return user_; }
  [[nodiscard]] const std::string& database() const { return database_; }
  /// What PostgreSQL said, in one line, without the password.
  [[nodiscard]] std::string tidy(std::string_view message) const;

 private:
  std::string conninfo_, name_, user_, database_, password_;
};

/// How long PostgreSQL may take.
struct PostgresDeadlines {
  std::chrono::milliseconds connect{5'000};
  /// Without a byte in either direction while an answer is awaited. Then the connection is taken
  /// for lost: a server that hangs keeps its sockets alive.
  std::chrono::milliseconds answer{10'000};
};

/// One statement, prepared on its first use. Both texts are constants.
struct PgStatement {
  const char* name;
  const char* sql;
};

/// One connection. Lives on one thread, which it blocks, but never for longer than its deadlines
/// allow. After a PgError without sqlstate it is of no use any more.
class PostgresConnection {
 public:
  /// Connects. The server itself is told to give up on statements and locks before the deadline.
  PostgresConnection(const PostgresTarget& target, PostgresDeadlines deadlines);
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  PgRows run(const PgStatement& statement, const PgParams& params = {});
  /// A statement that is used once.
  PgRows run_once(const char* sql, const PgParams& params = {});

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };

  void connect();
  [[nodiscard]] bool wait(short events, std::chrono::milliseconds limit);
  void expect_sent(int is_sent);
  void flush();
  [[nodiscard]] PgRows receive();
  [[nodiscard]] PgError lost();
  [[nodiscard]] PgError no_answer() const;

  const PostgresTarget target_;
  const PostgresDeadlines deadlines_;
  std::unique_ptr<PGconn, Finish> connection_;
  std::set<std::string_view> prepared_;  // names
};

}  // namespace weft::store
