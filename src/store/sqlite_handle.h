// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <sqlite3.h>

#include <bit>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace weft::store {

/// A call into SQLite that did not succeed. Thrown and caught inside the SQLite store's own files
/// only.
class SqlError : public std::runtime_error {
 public:
  SqlError(int code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  /// The extended result code.
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] int primary_code() const { return code_ & 0xff; }
  /// The medium refused to make sure of what was written. What it holds can no longer be known.
  [[nodiscard]] bool is_failed_sync() const {
    return code_ == SQLITE_IOERR_FSYNC || code_ == SQLITE_IOERR_DIR_FSYNC;
  }
  [[nodiscard]] bool is_corruption() const {
    return primary_code() == SQLITE_CORRUPT || primary_code() == SQLITE_NOTADB;
  }
  /// What was asked for cannot be done, now or ever.
  [[nodiscard]] bool is_our_mistake() const {
    switch (primary_code()) {
      case SQLITE_TOOBIG:
      case SQLITE_CONSTRAINT:
      case SQLITE_MISUSE:
      case SQLITE_RANGE:
        return true;
      default:
        return false;
    }
  }

 private:
  int code_;
};

struct CloseConnection {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;

/// Requires: `code` was just returned by a call on the connection.
[[nodiscard]] inline SqlError last_error(sqlite3* connection, int code) {
  // A call that SQLite takes for misuse may leave no trace on the connection.
  const bool is_told = sqlite3_extended_errcode(connection) == code;
  return {code, is_told ? sqlite3_errmsg(connection) : sqlite3_errstr(code)};
}

/// How a string is bound: both are borrowed until the statement's last step().
struct Text {
  std::string_view value;
};
struct Blob {
  ByteView value;
};

/// One prepared statement. Must not outlive its connection.
class Statement {
 public:
  Statement(sqlite3* connection, std::string_view sql) : connection_(connection) {
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    if (code != SQLITE_OK) throw last_error(connection, code);
    statement_.reset(prepared);
  }

  /// Starts over and binds the parameters ?1, ?2, … in order.
  template <class... Values>
  Statement& bind(const Values&... values) {
    sqlite3_reset(statement_.get());
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }

  /// True when there is a row to read.
  bool step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) {
      SqlError error = last_error(connection_, code);
      sqlite3_reset(statement_.get());
      throw error;
    }
    sqlite3_reset(statement_.get());
    return false;
  }
  /// For statements without rows.
  void run() {
    while (step()) {
    }
  }
  void reset() { sqlite3_reset(statement_.get()); }

  [[nodiscard]] std::int64_t integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
  }
  /// SQLite keeps signed integers; ours are the same 64 bits.
  [[nodiscard]] std::uint64_t number(int column) const {
    return std::bit_cast<std::uint64_t>(integer(column));
  }
  /// Text or blob, copied out.
  [[nodiscard]] Bytes bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return size == 0 ? Bytes() : Bytes(static_cast<const char*>(data), size);
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  void check(int code) {
    if (code != SQLITE_OK) throw last_error(connection_, code);
  }
  void bind_one(int index, std::int64_t value) {
    check(sqlite3_bind_int64(statement_.get(), index, value));
  }
  void bind_one(int index, std::uint64_t value) {
    bind_one(index, std::bit_cast<std::int64_t>(value));
  }
  void bind_one(int index, Text text) {
    check(sqlite3_bind_text64(statement_.get(), index, text.value.data(), text.value.size(),
                              SQLITE_STATIC, SQLITE_UTF8));
  }
  void bind_one(int index, Blob blob) {
    check(sqlite3_bind_blob64(statement_.get(), index, blob.value.data(), blob.value.size(),
                              SQLITE_STATIC));
  }

  sqlite3* connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace weft::store
