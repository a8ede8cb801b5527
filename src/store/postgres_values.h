// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <bit>
#include <cstdint>
#include <deque>
#include <libpq-fe.h>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace weft::store {

/// The parameters of a statement, in PostgreSQL's binary form. PostgreSQL keeps signed integers;
/// ours are the same 64 bits. Texts and bytes are borrowed until the statement has been run.
class PgParams {
 public:
  PgParams& add(std::uint64_t number);
  PgParams& add(std::int64_t number) { return add(std::bit_cast<std::uint64_t>(number)); }
  /// A text or bytes: the statement says which.
  PgParams& add(std::string_view borrowed);

  // One-dimensional arrays of bigint, text and bytea.
  PgParams& add_array(std::span<const std::uint64_t> numbers);
  PgParams& add_text_array(std::span<const std::string_view> texts);
  PgParams& add_bytes_array(std::span<const std::string_view> values);

  [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }
  [[nodiscard]] const char* const* values() const { return values_.data(); }
  [[nodiscard]] const int* lengths() const { return lengths_.data(); }
  /// All of them binary.
  [[nodiscard]] const int* formats() const { return formats_.data(); }

 private:
  PgParams& add_owned(Bytes bytes);
  PgParams& add_array(std::uint32_t element_type, std::span<const std::string_view> values);

  std::deque<Bytes> owned_;  // its elements stay where they are
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

/// What a statement answered, in binary form.
class PgRows {
 public:
  PgRows() = default;
  explicit PgRows(PGresult* result) : result_(result) {}

  [[nodiscard]] int count() const { return PQntuples(result_.get()); }
  /// A column of type bigint.
  [[nodiscard]] std::uint64_t number(int row, int column) const;
  /// A text or bytea; lives as long as the rows.
  [[nodiscard]] std::string_view bytes(int row, int column) const;
  /// Rows that a statement inserted, changed or deleted.
  [[nodiscard]] std::uint64_t affected() const;
  /// What was done, as PostgreSQL calls it: "COMMIT".
  [[nodiscard]] std::string_view command() const { return PQcmdStatus(result_.get()); }

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

}  // namespace weft::store
