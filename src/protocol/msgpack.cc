// SPDX-License-Identifier: Apache-2.0
#include "protocol/msgpack.h"

#include "websocket/utf8.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

namespace weft::protocol {

namespace {

/// One item without its elements: what its first byte and the number after it say.
struct Head {
  ValueKind kind = ValueKind::nil;
  bool negative = false;     // integer: `number` is a negative std::int64_t
  bool wide_float = false;   // floating: `number` holds a double's bits, otherwise a float's
  std::uint8_t bytes = 1;    // of the head itself
  std::uint64_t number = 0;  // the integer, the boolean, the float's bits, the length or the count
};

using HeadResult = Result<Head, DecodeError>;

template <class Unsigned>
Unsigned load_big_endian(const char* at) {
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    value = static_cast<Unsigned>((static_cast<std::uint64_t>(value) << 8) |
                                  static_cast<unsigned char>(at[i]));
  }
  return value;
}

std::uint64_t load_number(const char* at, std::size_t width) {
  switch (width) {
    case 1:
      return static_cast<unsigned char>(*at);
    case 2:
      return load_big_endian<std::uint16_t>(at);
    case 4:
      return load_big_endian<std::uint32_t>(at);
    default:
      return load_big_endian<std::uint64_t>(at);
  }
}

std::uint64_t load_signed(const char* at, std::size_t width) {
  const std::uint64_t raw = load_number(at, width);
  const unsigned unused_bits = 64 - static_cast<unsigned>(width) * 8;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(raw << unused_bits) >> unused_bits);
}

/// What a first byte from 0xc0 to 0xdf announces; `width` bytes of number follow it.
struct Form {
  ValueKind kind = ValueKind::nil;
  std::uint8_t width = 0;
  bool known = false;
  bool is_signed = false;
};

constexpr std::array<Form, 32> kForms = [] {
  std::array<Form, 32> forms{};
  const auto set = [&forms](unsigned byte, ValueKind kind, std::uint8_t width,
                            bool is_signed = false) {
    forms[byte - 0xc0U] = {kind, width, true, is_signed};
  };
  set(0xc0, ValueKind::nil, 0);
  set(0xc2, ValueKind::boolean, 0);
  set(0xc3, ValueKind::boolean, 0);
  set(0xc4, ValueKind::binary, 1);
  set(0xc5, ValueKind::binary, 2);
  set(0xc6, ValueKind::binary, 4);
  set(0xca, ValueKind::floating, 4);
  set(0xcb, ValueKind::floating, 8);
  set(0xcc, ValueKind::integer, 1);
  set(0xcd, ValueKind::integer, 2);
  set(0xce, ValueKind::integer, 4);
  set(0xcf, ValueKind::integer, 8);
  set(0xd0, ValueKind::integer, 1, true);
  set(0xd1, ValueKind::integer, 2, true);
  set(0xd2, ValueKind::integer, 4, true);
  set(0xd3, ValueKind::integer, 8, true);
  set(0xd9, ValueKind::string, 1);
  set(0xda, ValueKind::string, 2);
  set(0xdb, ValueKind::string, 4);
  set(0xdc, ValueKind::array, 2);
  set(0xdd, ValueKind::array, 4);
  set(0xde, ValueKind::map, 2);
  set(0xdf, ValueKind::map, 4);
  return forms;
}();

Failure<DecodeError> fail(std::string_view what, std::size_t offset) {
  return Failure<DecodeError>(DecodeError{what, offset});
}

/// P5: refuses a length or count that the bytes after the head cannot hold.
Failure<DecodeError> fail_claim(std::size_t offset) {
  return fail("A string, binary, array or map claims more than the bytes that follow.", offset);
}

bool claims_too_much(const Head& head, std::size_t bytes_left) {
  switch (head.kind) {
    case ValueKind::string:
    case ValueKind::binary:
    case ValueKind::array:
      return head.number > bytes_left;
    case ValueKind::map:
      return head.number > bytes_left / 2;
    default:
      return false;
  }
}

/// The head at `offset`, whose claim the bytes after it can hold.
HeadResult read_head(ByteView bytes, std::size_t offset) {
  if (offset >= bytes.size()) return fail("The bytes end where a value should begin.", offset);
  const char* at = bytes.data() + offset;
  const auto first = static_cast<unsigned char>(*at);
  Head head;
  if (first < 0x80) {
    head.kind = ValueKind::integer;
    head.number = first;
    return head;
  }
  if (first >= 0xe0) {
    head.kind = ValueKind::integer;
    head.negative = true;
    head.number =
        static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int8_t>(first)));
    return head;
  }
  if (first < 0x90) {
    head.kind = ValueKind::map;
    head.number = first & 0x0fU;
  } else if (first < 0xa0) {
    head.kind = ValueKind::array;
    head.number = first & 0x0fU;
  } else if (first < 0xc0) {
    head.kind = ValueKind::string;
    head.number = first & 0x1fU;
  } else {
    const Form form = kForms[first - 0xc0U];
    if (!form.known) {
      return fail(first == 0xc1 ? "The byte 0xc1 begins no MessagePack value."
                                : "Extension types have no place in this protocol.",
                  offset);
    }
    if (bytes.size() - offset - 1 < form.width)
      return fail("The bytes end inside a value.", offset);
    head.kind = form.kind;
    head.bytes = static_cast<std::uint8_t>(1 + form.width);
    if (form.kind == ValueKind::boolean) {
      head.number = first == 0xc3 ? 1 : 0;
    } else if (form.is_signed) {
      head.number = load_signed(at + 1, form.width);
      head.negative = static_cast<std::int64_t>(head.number) < 0;
    } else if (form.width > 0) {
      head.number = load_number(at + 1, form.width);
      head.wide_float = form.width == 8;
    }
  }
  if (claims_too_much(head, bytes.size() - offset - head.bytes)) return fail_claim(offset);
  return head;
}

double float_of(const Head& head) {
  if (head.wide_float) return std::bit_cast<double>(head.number);
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(head.number)));
}

/// Checks the value at `offset` and finds its end. Instead of recursing it keeps, per open array or
/// map, how many items are still to come.
Result<std::size_t, DecodeError> end_of_value(ByteView bytes, std::size_t offset, int depth_max) {
  struct Level {
    std::uint64_t items_left = 0;
    bool is_map = false;
  };
  std::array<Level, kDepthMax> levels;
  const auto depth_limit = static_cast<std::size_t>(std::clamp(depth_max, 0, kDepthMax));
  std::size_t depth = 0;
  while (true) {
    const HeadResult head = read_head(bytes, offset);
    if (!head) return Failure<DecodeError>(head.error());
    const bool is_key =
        depth > 0 && levels[depth - 1].is_map && levels[depth - 1].items_left % 2 == 0;
    if (is_key && head->kind != ValueKind::string)
      return fail("A map key is not a string.", offset);
    const std::size_t value_offset = offset;
    offset += head->bytes;
    switch (head->kind) {
      case ValueKind::string:
        if (!websocket::is_valid_utf8(bytes.substr(offset, head->number))) {
          return fail("A string is not UTF-8.", value_offset);
        }
        [[fallthrough]];
      case ValueKind::binary:
        offset += head->number;
        break;
      case ValueKind::array:
      case ValueKind::map: {
        if (depth == depth_limit) return fail("Arrays and maps are nested too deep.", value_offset);
        const bool is_map = head->kind == ValueKind::map;
        levels[depth++] = {is_map ? head->number * 2 : head->number, is_map};
        if (head->number > 0) continue;
        --depth;
        break;
      }
      default:
        break;
    }
    // A value is complete; so is every array or map of which it was the last item.
    while (depth > 0 && --levels[depth - 1].items_left == 0) --depth;
    if (depth == 0) return offset;
  }
}

void append_big_endian(Bytes& out, unsigned char first, std::uint64_t value, std::size_t width) {
  char buffer[9];
  buffer[0] = static_cast<char>(first);
  for (std::size_t i = 0; i < width; ++i) {
    buffer[1 + i] = static_cast<char>((value >> (8 * (width - 1 - i))) & 0xffU);
  }
  out.append(buffer, 1 + width);
}

void append_byte(Bytes& out, unsigned value) {
  out.push_back(static_cast<char>(value));
}

}  // namespace

std::optional<ValueKind> MsgpackReader::peek() const {
  if (at_end()) return std::nullopt;
  const auto first = static_cast<unsigned char>(bytes_[offset_]);
  if (first < 0x80 || first >= 0xe0) return ValueKind::integer;
  if (first < 0x90) return ValueKind::map;
  if (first < 0xa0) return ValueKind::array;
  if (first < 0xc0) return ValueKind::string;
  const Form form = kForms[first - 0xc0U];
  if (!form.known) return std::nullopt;
  return form.kind;
}

Result<void, DecodeError> MsgpackReader::read_nil() {
  const HeadResult head = read_head(bytes_, offset_);
  if (!head) return Failure<DecodeError>(head.error());
  if (head->kind != ValueKind::nil) return fail("Expected nil.", offset_);
  offset_ += head->bytes;
  return {};
}

Result<bool, DecodeError> MsgpackReader::read_bool() {
  const HeadResult head = read_head(bytes_, offset_);
  if (!head) return Failure<DecodeError>(head.error());
  if (head->kind != ValueKind::boolean) return fail("Expected a boolean.", offset_);
  offset_ += head->bytes;
  return head->number != 0;
}

Result<std::uint64_t, DecodeError> MsgpackReader::read_uint() {
  const HeadResult head = read_head(bytes_, offset_);
  if (!head) return Failure<DecodeError>(head.error());
  if (head->kind != ValueKind::integer || head->negative) {
    return fail("Expected an unsigned integer.", offset_);
  }
  offset_ += head->bytes;
  return head->number;
}

Result<std::int64_t, DecodeError> MsgpackReader::read_int() {
  const HeadResult head = read_head(bytes_, offset_);
  if (!head) return Failure<DecodeError>(head.error());
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (head->kind != ValueKind::integer || (!head->negative && head->number > kMax)) {
    return fail("Expected an integer of 64 bits with a sign.", offset_);
  }
  offset_ += head->bytes;
  return static_cast<std::int64_t>(head->number);
}

Result<double, DecodeError> MsgpackReader::read_number() {
  const HeadResult head = read_head(bytes_, offset_);
  if (!head) return Failure<DecodeError>(head.error());
  if (head->kind != ValueKind::integer && head->kind != ValueKind::floating) {
    return fail("Expected a number.", offset_);
  }
  offset_ += head->bytes;
  if (head->kind == ValueKind::floating) return float_of(*head);
  if (head->negative) return static_cast<double>(static_cast<std::int64_t>(head->number));
  return static_cast<double>(head->number);
}

Result<std::string_view, DecodeError> MsgpackReader::read_string() {
  const HeadResult head = read_head(bytes_, offset_);
  if (!head) return Failure<DecodeError>(head.error());
  if (head->kind != ValueKind::string) return fail("Expected a string.", offset_);
  const std::string_view text = bytes_.substr(offset_ + head->bytes, head->number);
  if (!websocket::is_valid_utf8(text)) return fail("A string is not UTF-8.", offset_);
  offset_ += head->bytes + text.size();
  return text;
}

Result<ByteView, DecodeError> MsgpackReader::read_binary() {
  const HeadResult head = read_head(bytes_, offset_);
  if (!head) return Failure<DecodeError>(head.error());
  if (head->kind != ValueKind::binary) return fail("Expected binary.", offset_);
  const ByteView binary = bytes_.substr(offset_ + head->bytes, head->number);
  offset_ += head->bytes + binary.size();
  return binary;
}

Result<std::uint32_t, DecodeError> MsgpackReader::read_array() {
  const HeadResult head = read_head(bytes_, offset_);
  if (!head) return Failure<DecodeError>(head.error());
  if (head->kind != ValueKind::array) return fail("Expected an array.", offset_);
  offset_ += head->bytes;
  return static_cast<std::uint32_t>(head->number);
}

Result<std::uint32_t, DecodeError> MsgpackReader::read_map() {
  const HeadResult head = read_head(bytes_, offset_);
  if (!head) return Failure<DecodeError>(head.error());
  if (head->kind != ValueKind::map) return fail("Expected a map.", offset_);
  offset_ += head->bytes;
  return static_cast<std::uint32_t>(head->number);
}

Result<ByteView, DecodeError> MsgpackReader::read_value(int depth_max) {
  const Result<std::size_t, DecodeError> end = end_of_value(bytes_, offset_, depth_max);
  if (!end) return Failure<DecodeError>(end.error());
  const ByteView value = bytes_.substr(offset_, *end - offset_);
  offset_ = *end;
  return value;
}

void append_nil(Bytes& out) {
  append_byte(out, 0xc0);
}

void append_bool(Bytes& out, bool value) {
  append_byte(out, value ? 0xc3 : 0xc2);
}

void append_uint(Bytes& out, std::uint64_t value) {
  if (value < 0x80) {
    append_byte(out, static_cast<unsigned>(value));
  } else if (value <= 0xff) {
    append_big_endian(out, 0xcc, value, 1);
  } else if (value <= 0xffff) {
    append_big_endian(out, 0xcd, value, 2);
  } else if (value <= 0xffff'ffff) {
    append_big_endian(out, 0xce, value, 4);
  } else {
    append_big_endian(out, 0xcf, value, 8);
  }
}

void append_int(Bytes& out, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  if (value >= 0) {
    append_uint(out, bits);
  } else if (value >= -32) {
    append_byte(out, static_cast<unsigned>(bits & 0xffU));
  } else if (value >= std::numeric_limits<std::int8_t>::min()) {
    append_big_endian(out, 0xd0, bits, 1);
  } else if (value >= std::numeric_limits<std::int16_t>::min()) {
    append_big_endian(out, 0xd1, bits, 2);
  } else if (value >= std::numeric_limits<std::int32_t>::min()) {
    append_big_endian(out, 0xd2, bits, 4);
  } else {
    append_big_endian(out, 0xd3, bits, 8);
  }
}

void append_float(Bytes& out, float value) {
  append_big_endian(out, 0xca, std::bit_cast<std::uint32_t>(value), 4);
}

void append_double(Bytes& out, double value) {
  append_big_endian(out, 0xcb, std::bit_cast<std::uint64_t>(value), 8);
}

void append_string(Bytes& out, std::string_view value) {
  if (value.size() < 32) {
    append_byte(out, static_cast<unsigned>(0xa0U | value.size()));
  } else if (value.size() <= 0xff) {
    append_big_endian(out, 0xd9, value.size(), 1);
  } else if (value.size() <= 0xffff) {
    append_big_endian(out, 0xda, value.size(), 2);
  } else {
    append_big_endian(out, 0xdb, value.size(), 4);
  }
  out.append(value);
}

void append_binary(Bytes& out, ByteView value) {
  if (value.size() <= 0xff) {
    append_big_endian(out, 0xc4, value.size(), 1);
  } else if (value.size() <= 0xffff) {
    append_big_endian(out, 0xc5, value.size(), 2);
  } else {
    append_big_endian(out, 0xc6, value.size(), 4);
  }
  out.append(value);
}

void append_array(Bytes& out, std::uint32_t count) {
  if (count < 16) {
    append_byte(out, 0x90U | count);
  } else if (count <= 0xffff) {
    append_big_endian(out, 0xdc, count, 2);
  } else {
    append_big_endian(out, 0xdd, count, 4);
  }
}

void append_map(Bytes& out, std::uint32_t count) {
  if (count < 16) {
    append_byte(out, 0x80U | count);
  } else if (count <= 0xffff) {
    append_big_endian(out, 0xde, count, 2);
  } else {
    append_big_endian(out, 0xdf, count, 4);
  }
}

}  // namespace weft::protocol
