// SPDX-License-Identifier: Apache-2.0
#include "load/push_content.h"

#include "protocol/messages.h"
#include "protocol/msgpack.h"
#include "protocol/ops.h"

#include <string>

namespace weft::load {

using namespace protocol;

namespace {

constexpr std::string_view kType = "concept";
constexpr std::string_view kStampKey = "at";
/// The canvas that things are moved on is so wide and high.
constexpr std::uint64_t kCanvasSide = 4'000;

void append_push_head(Bytes& out, std::uint64_t n, std::size_t ops) {
  append_array(out, 3);
  append_uint(out, static_cast<std::uint64_t>(ClientKind::push));
  append_uint(out, n);
  append_array(out, static_cast<std::uint32_t>(ops));
}

void append_entry(Bytes& out, std::string_view key, std::uint64_t value) {
  append_string(out, key);
  append_uint(out, value);
}

}  // namespace

void append_person_push(Bytes& out, std::string_view client, std::uint64_t n, bool creates,
                        Stamp stamp) {
  append_push_head(out, n, 1);
  append_array(out, creates ? 4 : 3);
  append_uint(out, static_cast<std::uint64_t>(creates ? OpKind::create : OpKind::set));
  append_string(out, client);
  if (creates) append_string(out, kType);
  append_map(out, 3);
  append_entry(out, kStampKey, stamp);
  append_entry(out, "x", n * 7 % kCanvasSide);
  append_entry(out, "y", n * 13 % kCanvasSide);
}

void append_furnishing(Bytes& out, std::uint64_t n, std::size_t first, std::size_t count) {
  append_push_head(out, n, count);
  for (std::size_t i = first; i < first + count; ++i) {
    append_array(out, 4);
    append_uint(out, static_cast<std::uint64_t>(OpKind::create));
    append_string(out, "entity-" + std::to_string(i));
    append_string(out, kType);
    append_map(out, 3);
    append_string(out, "title");
    append_string(out, "A thought of some length");
    append_entry(out, "x", i * 61 % kCanvasSide);
    append_entry(out, "y", i * 83 % kCanvasSide);
  }
}

std::optional<Stamp> read_push_stamp(ByteView ops) {
  MsgpackReader reader(ops);
  const auto count = reader.read_array();
  if (!count || *count != 1) return std::nullopt;
  const auto items = reader.read_array();
  if (!items || *items < 3) return std::nullopt;
  // Kind, id and, of a create, type; then the properties.
  while (reader.peek() != ValueKind::map) {
    if (!reader.read_value()) return std::nullopt;
  }
  const auto properties = reader.read_map();
  if (!properties) return std::nullopt;
  for (std::uint32_t i = 0; i < *properties; ++i) {
    const auto key = reader.read_string();
    if (!key) return std::nullopt;
    if (*key == kStampKey) {
      const auto stamp = reader.read_uint();
      if (!stamp) return std::nullopt;
      return *stamp;
    }
    if (!reader.read_value()) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace weft::load
