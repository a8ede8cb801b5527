// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <cstddef>
#include <cstdint>

namespace weft::concept_sync {

/// The first eight bytes of an id as a number: numbers that differ are in the order of the ids.
[[nodiscard]] constexpr std::uint64_t prefix_of(ByteView id) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < sizeof prefix; ++i) {
    prefix = prefix << 8 | (i < id.size() ? static_cast<unsigned char>(id[i]) : 0U);
  }
  return prefix;
}

/// An id to look for.
struct EntityKeyView {
  explicit EntityKeyView(ByteView id_in) : prefix(prefix_of(id_in)), id(id_in) {}

  std::uint64_t prefix;
  ByteView id;
};

/// An entity's id as the key of a tree. Most ids differ in their first bytes, which stand in the
/// tree's own nodes: a search goes to the memory of an id only where they do not.
struct EntityKey {
  explicit EntityKey(ByteView id_in) : prefix(prefix_of(id_in)), id(id_in) {}

  std::uint64_t prefix;
  Bytes id;

  // In byte order of the ids.
  friend bool operator<(const EntityKey& a, const EntityKey& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.id < b.id;
  }
  friend bool operator<(const EntityKey& a, const EntityKeyView& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.id < b.id;
  }
  friend bool operator<(const EntityKeyView& a, const EntityKey& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.id < b.id;
  }
};

}  // namespace weft::concept_sync
