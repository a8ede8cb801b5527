// SPDX-License-Identifier: Apache-2.0
#include "yjs_update.h"

#include <optional>

namespace weft::peers {
namespace {

// An item's first byte: what it contains, and which of its neighbours are told.
constexpr char kContentAny = 8;
constexpr char kHasKey = 0x20;
constexpr char kHasOrigin = static_cast<char>(0x80);

// lib0's "any": a type byte, then the value.
constexpr char kObject = 118;
constexpr char kInteger = 125;

/// An object of two keys whose first is an integer x; then the integer, and this before y.
constexpr std::string_view kBeforeX = "\x76\x02\x01x\x7d";
constexpr std::string_view kBeforeY = "\x01y\x7d";

/// Signed: six bits in the first byte beside the sign, seven in each further one.
void append_var_int(Bytes& out, std::uint32_t value) {
  out += static_cast<char>((value > 0x3F ? 0x80 : 0) | (value & 0x3F));
  value >>= 6;
  while (value > 0) {
    out += static_cast<char>((value > 0x7F ? 0x80 : 0) | (value & 0x7F));
    value >>= 7;
  }
}

std::optional<std::uint32_t> take_var_int(ByteView& bytes) {
  if (bytes.empty()) return std::nullopt;
  auto byte = static_cast<std::uint8_t>(bytes.front());
  bytes.remove_prefix(1);
  std::uint32_t value = byte & 0x3F;
  for (unsigned shift = 6; (byte & 0x80) != 0; shift += 7) {
    if (bytes.empty() || shift > 24) return std::nullopt;
    byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint32_t>(byte & 0x7F) << shift;
  }
  return value;
}

void append_position(Bytes& out, std::uint32_t x, std::uint32_t y) {
  out += kObject;
  append_var_uint(out, 2);
  append_var_bytes(out, "x");
  out += kInteger;
  append_var_int(out, x);
  append_var_bytes(out, "y");
  out += kInteger;
  append_var_int(out, y);
}

}  // namespace

void append_var_uint(Bytes& out, std::uint64_t value) {
  for (; value > 0x7F; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7F));
  out += static_cast<char>(value);
}

void append_var_bytes(Bytes& out, ByteView bytes) {
  append_var_uint(out, bytes.size());
  out.append(bytes);
}

void append_map_set(Bytes& out, std::uint64_t client, std::uint64_t clock, std::string_view map,
                    std::string_view key, std::uint32_t x, std::uint32_t y) {
  append_var_uint(out, 1);  // one client's items follow
  append_var_uint(out, 1);  // one item
  append_var_uint(out, client);
  append_var_uint(out, clock);
  if (clock == 0) {
    out += static_cast<char>(kContentAny | kHasKey);
    append_var_uint(out, 1);  // the parent is a root type
    append_var_bytes(out, map);
    append_var_bytes(out, key);
  } else {
    // Parent and key are those of the item to the left: the value before.
    out += static_cast<char>(kContentAny | kHasKey | kHasOrigin);
    append_var_uint(out, client);
    append_var_uint(out, clock - 1);
  }
  append_var_uint(out, 1);  // one value
  append_position(out, x, y);

  // What the set deletes: the value before.
  append_var_uint(out, clock == 0 ? 0 : 1);
  if (clock == 0) return;
  append_var_uint(out, client);
  append_var_uint(out, 1);  // one range
  append_var_uint(out, clock - 1);
  append_var_uint(out, 1);  // of one item
}

void count_map_sets(ByteView update, const Person& receiver, Deliveries& deliveries) {
  for (;;) {
    const std::size_t at = update.find(kBeforeX);
    if (at == ByteView::npos) return;
    update.remove_prefix(at + kBeforeX.size());
    const auto x = take_var_int(update);
    if (!x || !update.starts_with(kBeforeY)) continue;
    update.remove_prefix(kBeforeY.size());
    const auto y = take_var_int(update);
    if (y) deliveries.add(receiver, *y, *x);
  }
}

}  // namespace weft::peers
