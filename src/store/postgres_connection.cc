// SPDX-License-Identifier: Apache-2.0
#include "store/postgres_connection.h"

#include "store/sentence.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <optional>
#include <poll.h>
#include <utility>

namespace weft::store {

namespace {

constexpr std::size_t kMessageCharsMax = 300;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

/// PostgreSQL's five characters in a message of the form "FATAL:  28P01: password …".
std::string sqlstate_in(std::string_view message) {
  for (std::size_t colon = message.find(":  "); colon != std::string_view::npos;
       colon = message.find(":  ", colon + 1)) {
    const std::string_view state = message.substr(colon + 3, 5);
    const bool is_state = state.size() == 5 && message.substr(colon + 8).starts_with(":") &&
                          std::ranges::all_of(state, [](unsigned char c) {
                            return std::isdigit(c) || std::isupper(c);
                          });
    if (is_state) return std::string(state);
  }
  return {};
}

void replace_all(std::string& text, const std::string& part, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += by.size()) {
    text.replace(at, part.size(), by);
  }
}

}  // namespace

PostgresTarget::PostgresTarget(std::string conninfo) : conninfo_(std::move(conninfo)) {
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(conninfo_.c_str(), nullptr));
  if (options == nullptr) {
    throw PgError("",
                  "The PostgreSQL URL cannot be read: write it as "
                  "postgresql://user:password@host:5432/database, with %-escapes for characters "
                  "of the password that mean something in a URL.");
  }
  const std::unique_ptr<PQconninfoOption, FreeOptions> defaults(PQconndefaults());
  std::string host;
  std::string port;
  for (const PQconninfoOption* from : {defaults.get(), options.get()}) {
    for (const PQconninfoOption* option = from; option != nullptr && option->keyword != nullptr;
         ++option) {
      if (option->val == nullptr) continue;
      const std::string_view keyword = option->keyword;
      if (keyword == "host" || (keyword == "hostaddr" && host.empty())) host = option->val;
      if (keyword == "port") port = option->val;
      if (keyword == "dbname") database_ = option->val;
      if (keyword == "user") user_ = option->val;
      if (keyword == "password") password_ = option->val;
    }
  }
  if (database_.empty()) database_ = user_;
  name_ = "PostgreSQL";
  if (!host.empty()) name_ += " at " + host + ":" + port;
  name_ += ", database " + database_;
}

std::string PostgresTarget::tidy(std::string_view message) const {
  // Details and source places come on lines of their own.
  std::string line(message.substr(0, message.find('\n')));
  if (const std::size_t severity = line.find(":  "); severity != std::string::npos) {
    std::size_t from = severity + 3;
    if (!sqlstate_in(line).empty()) from = line.find(sqlstate_in(line)) + 7;
    line.erase(0, std::min(from, line.size()));
  }
  if (!password_.empty()) replace_all(line, password_, "***");
  if (line.size() > kMessageCharsMax) line.resize(kMessageCharsMax);
  return line;
}

PostgresConnection::PostgresConnection(const PostgresTarget& target, PostgresDeadlines deadlines)
    : target_(target), deadlines_(deadlines) {
  connect();
  PQsetnonblocking(connection_.get(), 1);
  // What a session of a stopped instance has locked is free again after the last of these.
  const auto ms = [](std::chrono::milliseconds duration) {
    return std::to_string(duration.count());
  };
  const std::string statement = ms(deadlines_.answer * 8 / 10);
  const std::string lock = ms(deadlines_.answer / 2);
  const std::string idle = ms(deadlines_.answer);
  run_once(
      "SELECT set_config('statement_timeout', $1::text, false), "
      "set_config('lock_timeout', $2::text, false), "
      "set_config('idle_in_transaction_session_timeout', $3::text, false), "
      "set_config('default_transaction_isolation', 'read committed', false)",
      PgParams().add(statement).add(lock).add(idle));
}

void PostgresConnection::connect() {
  // Later ones win: what the URL says goes before our defaults, but not before the encoding.
  constexpr std::array kKeys = {"fallback_application_name",
                                "target_session_attrs",
                                "tcp_user_timeout",
                                "keepalives_idle",
                                "keepalives_interval",
                                "keepalives_count",
                                "dbname",
                                "client_encoding",
                                static_cast<const char*>(nullptr)};
  const std::array values = {"weft",
                             "read-write",
                             "10000",
                             "5",
                             "2",
                             "2",
                             target_.conninfo().c_str(),
                             "UTF8",
                             static_cast<const char*>(nullptr)};
  static_assert(kKeys.size() == std::tuple_size_v<decltype(values)>);
  constexpr int kExpandDbname = 1;
  connection_.reset(PQconnectStartParams(kKeys.data(), values.data(), kExpandDbname));
  PGconn* raw = connection_.get();
  if (raw == nullptr) throw PgError("", "there is no memory for a connection");
  // The only way to learn the code of a failure to connect.
  PQsetErrorVerbosity(raw, PQERRORS_VERBOSE);
  PQsetNoticeProcessor(raw, [](void*, const char*) {}, nullptr);
  const auto failure = [&] {
    const std::string_view message = PQerrorMessage(raw);
    return PgError(sqlstate_in(message), target_.tidy(message));
  };
  if (PQstatus(raw) == CONNECTION_BAD) throw failure();
  const auto deadline = std::chrono::steady_clock::now() + deadlines_.connect;
  for (PostgresPollingStatusType next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK;) {
    if (next == PGRES_POLLING_FAILED) throw failure();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !wait(next == PGRES_POLLING_READING ? POLLIN : POLLOUT, left)) {
      throw PgError(
          "", sentence("no connection came about within ", deadlines_.connect.count(), " ms"));
    }
    next = PQconnectPoll(raw);
  }
  PQsetErrorVerbosity(raw, PQERRORS_DEFAULT);
}

/// False when nothing happened on the socket within the limit.
bool PostgresConnection::wait(short events, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd descriptor{.fd = PQsocket(connection_.get()), .events = events, .revents = 0};
    const int ready = ::poll(&descriptor, 1, std::max(0, static_cast<int>(left.count())));
    if (ready >= 0) return ready > 0;
    if (errno != EINTR) throw lost();
  }
}

PgRows PostgresConnection::run(const PgStatement& statement, const PgParams& params) {
  PGconn* raw = connection_.get();
  if (!prepared_.contains(statement.name)) {
    expect_sent(PQsendPrepare(raw, statement.name, statement.sql, 0, nullptr));
    (void)receive();
    prepared_.insert(statement.name);
  }
  expect_sent(PQsendQueryPrepared(raw, statement.name, params.count(), params.values(),
                                  params.lengths(), params.formats(), 1));
  return receive();
}

PgRows PostgresConnection::run_once(const char* sql, const PgParams& params) {
  expect_sent(PQsendQueryParams(connection_.get(), sql, params.count(), nullptr, params.values(),
                                params.lengths(), params.formats(), 1));
  return receive();
}

void PostgresConnection::expect_sent(int is_sent) {
  if (is_sent == 0) throw lost();
  flush();
}

void PostgresConnection::flush() {
  PGconn* raw = connection_.get();
  for (;;) {
    const int rest = PQflush(raw);
    if (rest == 0) return;
    if (rest < 0) throw lost();
    if (!wait(POLLIN | POLLOUT, deadlines_.answer)) throw no_answer();
    // A server that answers meanwhile may read no more until its answer is read.
    if (PQconsumeInput(raw) == 0) throw lost();
  }
}

PgRows PostgresConnection::receive() {
  PGconn* raw = connection_.get();
  PgRows rows;
  std::optional<PgError> error;
  for (;;) {
    while (PQisBusy(raw) != 0) {
      if (!wait(POLLIN, deadlines_.answer)) throw no_answer();
      if (PQconsumeInput(raw) == 0) throw lost();
    }
    PGresult* result = PQgetResult(raw);
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && !error) {
      const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
      error.emplace(state == nullptr ? "" : state, target_.tidy(PQresultErrorMessage(result)));
    }
    rows = PgRows(result);
  }
  if (PQstatus(raw) == CONNECTION_BAD) {
    // What the server said last tells more than that the connection has ended.
    throw error ? PgError("", error->what()) : lost();
  }
  if (error) throw *error;
  return rows;
}

PgError PostgresConnection::lost() {
  const std::string why = target_.tidy(PQerrorMessage(connection_.get()));
  return {"", why.empty() ? "the connection was lost" : why};
}

PgError PostgresConnection::no_answer() const {
  return {"", sentence("no answer for ", deadlines_.answer.count(), " ms")};
}

}  // namespace weft::store
