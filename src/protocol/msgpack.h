// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/limits.h"
#include "util/bytes.h"
#include "util/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::protocol {

/// Why bytes are not a message. `what` is a static sentence, `offset` counts from the start of the
/// input.
struct DecodeError {
  std::string_view what;
  std::size_t offset = 0;
};

enum class ValueKind : std::uint8_t { nil, boolean, integer, floating, string, binary, array, map };

/// Reads MessagePack from borrowed bytes, one item at a time; what it hands out lives as long as
/// they do. Strict: no claim is believed that exceeds the bytes which follow, and extension types
/// are refused. After a failure the reader stays where the bad item began.
class MsgpackReader {
 public:
  explicit MsgpackReader(ByteView bytes) : bytes_(bytes) {}

  [[nodiscard]] bool at_end() const { return offset_ == bytes_.size(); }
  [[nodiscard]] std::size_t offset() const { return offset_; }
  /// The next item's kind, or nothing at the end of the bytes or before a byte that MessagePack
  /// does not know.
  [[nodiscard]] std::optional<ValueKind> peek() const;

  [[nodiscard]] Result<void, DecodeError> read_nil();
  [[nodiscard]] Result<bool, DecodeError> read_bool();
  [[nodiscard]] Result<std::uint64_t, DecodeError> read_uint();
  [[nodiscard]] Result<std::int64_t, DecodeError> read_int();
  /// An integer or a float, finite or not.
  [[nodiscard]] Result<double, DecodeError> read_number();
  /// A string, checked to be UTF-8.
  [[nodiscard]] Result<std::string_view, DecodeError> read_string();
  [[nodiscard]] Result<ByteView, DecodeError> read_binary();
  /// The number of elements that follow.
  [[nodiscard]] Result<std::uint32_t, DecodeError> read_array();
  /// The number of key/value pairs that follow.
  [[nodiscard]] Result<std::uint32_t, DecodeError> read_map();
  /// One whole value of any kind, validated (UTF-8 strings, string map keys, arrays and maps nested
  /// at most `depth_max` deep, the value itself included), as the bytes it is made of. 0 lets only
  /// scalars pass; more than kDepthMax counts as kDepthMax.
  [[nodiscard]] Result<ByteView, DecodeError> read_value(int depth_max = kDepthMax);

 private:
  ByteView bytes_;
  std::size_t offset_ = 0;
};

/// Appends to bytes that the caller owns. Integers and headers take their shortest form.
void append_nil(Bytes& out);
void append_bool(Bytes& out, bool value);
void append_uint(Bytes& out, std::uint64_t value);
void append_int(Bytes& out, std::int64_t value);
void append_float(Bytes& out, float value);
void append_double(Bytes& out, double value);
void append_string(Bytes& out, std::string_view value);
void append_binary(Bytes& out, ByteView value);
void append_array(Bytes& out, std::uint32_t count);
void append_map(Bytes& out, std::uint32_t count);

}  // namespace weft::protocol
