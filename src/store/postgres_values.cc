// SPDX-License-Identifier: Apache-2.0
#include "store/postgres_values.h"

#include <cassert>
#include <charconv>
#include <utility>

namespace weft::store {

namespace {

// The numbers that PostgreSQL gives its own types; they never change.
constexpr std::uint32_t kByteaType = 17;
constexpr std::uint32_t kBigintType = 20;
constexpr std::uint32_t kTextType = 25;

template <class Number>
void append_big_endian(Bytes& out, Number number) {
  for (int shift = static_cast<int>(sizeof number) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(number >> shift & 0xff));
  }
}

/// Dimensions, whether there are nulls, the elements' type; then of the one dimension its size and
/// its first index.
void append_array_header(Bytes& out, std::uint32_t element_type, std::size_t size) {
  append_big_endian(out, std::uint32_t{1});
  append_big_endian(out, std::uint32_t{0});
  append_big_endian(out, element_type);
  append_big_endian(out, static_cast<std::uint32_t>(size));
  append_big_endian(out, std::uint32_t{1});
}
constexpr std::size_t kArrayHeaderBytes = 20;

}  // namespace

PgParams& PgParams::add(std::uint64_t number) {
  Bytes bytes;
  append_big_endian(bytes, number);
  return add_owned(std::move(bytes));
}

PgParams& PgParams::add(std::string_view borrowed) {
  // A null pointer would be a null value.
  values_.push_back(borrowed.data() == nullptr ? "" : borrowed.data());
  lengths_.push_back(static_cast<int>(borrowed.size()));
  formats_.push_back(1);
  return *this;
}

PgParams& PgParams::add_array(std::span<const std::uint64_t> numbers) {
  Bytes bytes;
  bytes.reserve(kArrayHeaderBytes + numbers.size() * 12);
  append_array_header(bytes, kBigintType, numbers.size());
  for (const std::uint64_t number : numbers) {
    append_big_endian(bytes, static_cast<std::uint32_t>(sizeof number));
    append_big_endian(bytes, number);
  }
  return add_owned(std::move(bytes));
}

PgParams& PgParams::add_text_array(std::span<const std::string_view> texts) {
  return add_array(kTextType, texts);
}

PgParams& PgParams::add_bytes_array(std::span<const std::string_view> values) {
  return add_array(kByteaType, values);
}

PgParams& PgParams::add_array(std::uint32_t element_type,
                              std::span<const std::string_view> values) {
  std::size_t size = kArrayHeaderBytes;
  for (const std::string_view value : values) size += 4 + value.size();
  Bytes bytes;
  bytes.reserve(size);
  append_array_header(bytes, element_type, values.size());
  for (const std::string_view value : values) {
    append_big_endian(bytes, static_cast<std::uint32_t>(value.size()));
    bytes += value;
  }
  return add_owned(std::move(bytes));
}

PgParams& PgParams::add_owned(Bytes bytes) {
  owned_.push_back(std::move(bytes));
  return add(std::string_view(owned_.back()));
}

std::uint64_t PgRows::number(int row, int column) const {
  const std::string_view big_endian = bytes(row, column);
  assert(big_endian.size() == sizeof(std::uint64_t));
  std::uint64_t number = 0;
  for (const char byte : big_endian) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::string_view PgRows::bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::uint64_t PgRows::affected() const {
  const std::string_view digits = PQcmdTuples(result_.get());
  std::uint64_t count = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), count);
  return count;
}

}  // namespace weft::store
