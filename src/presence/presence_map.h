// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <map>
#include <optional>
#include <string_view>

namespace weft::presence {

/// The keys and raw values of one encoded map, in byte order of the keys; of a key that comes twice
/// the last one counts. Views into the bytes it was read from.
using MapEntries = std::map<std::string_view, ByteView>;

/// The entries of a raw MessagePack map, or nothing when the bytes are anything else. Empty bytes
/// are an empty map.
[[nodiscard]] std::optional<MapEntries> read_entries(ByteView raw);

/// One encoded map, keys in byte order, so that equal maps have equal bytes.
[[nodiscard]] Bytes encode_entries(const MapEntries& entries);

/// Lays `patch` over `entries`: values are replaced whole, nil removes the key.
void merge_patch(MapEntries& entries, const MapEntries& patch);

/// The patch that makes `after` of `before`.
[[nodiscard]] MapEntries patch_between(const MapEntries& before, const MapEntries& after);

[[nodiscard]] bool is_nil(ByteView value);

}  // namespace weft::presence
