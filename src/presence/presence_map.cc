// SPDX-License-Identifier: Apache-2.0
#include "presence/presence_map.h"

#include "protocol/msgpack.h"

#include <cstdint>

namespace weft::presence {
namespace {

constexpr ByteView kNil{"\xc0", 1};

}  // namespace

bool is_nil(ByteView value) {
  return value == kNil;
}

std::optional<MapEntries> read_entries(ByteView raw) {
  MapEntries entries;
  if (raw.empty()) return entries;
  protocol::MsgpackReader reader(raw);
  const auto count = reader.read_map();
  if (!count) return std::nullopt;
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto key = reader.read_string();
    if (!key) return std::nullopt;
    const auto value = reader.read_value();
    if (!value) return std::nullopt;
    entries.insert_or_assign(*key, *value);
  }
  if (!reader.at_end()) return std::nullopt;
  return entries;
}

Bytes encode_entries(const MapEntries& entries) {
  Bytes out;
  protocol::append_map(out, static_cast<std::uint32_t>(entries.size()));
  for (const auto& [key, value] : entries) {
    protocol::append_string(out, key);
    out.append(value);
  }
  return out;
}

void merge_patch(MapEntries& entries, const MapEntries& patch) {
  for (const auto& [key, value] : patch) {
    if (is_nil(value)) {
      entries.erase(key);
    } else {
      entries.insert_or_assign(key, value);
    }
  }
}

MapEntries patch_between(const MapEntries& before, const MapEntries& after) {
  MapEntries patch;
  for (const auto& [key, value] : before) {
    if (!after.contains(key)) patch.emplace(key, kNil);
  }
  for (const auto& [key, value] : after) {
    const auto old = before.find(key);
    if (old == before.end() || old->second != value) patch.emplace(key, value);
  }
  return patch;
}

}  // namespace weft::presence
