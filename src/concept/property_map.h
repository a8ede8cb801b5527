// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/ops.h"
#include "util/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weft::concept_sync {

/// An entity's properties in byte order of their keys, in one piece of memory: one allocation for
/// an entity of any number of properties, and a copy that is as long as the properties are.
class PropertyMap {
 public:
  [[nodiscard]] std::uint32_t count() const { return count_; }
  /// The length of what append_to appends.
  [[nodiscard]] std::size_t encoded_bytes() const;
  /// The raw value of `key`; lives until this map is changed.
  [[nodiscard]] std::optional<ByteView> find(std::string_view key) const;

  /// This map with `changes` made: a nil value removes its key. One pass over both, so that a
  /// change costs no more than the bytes of the entity and of the change.
  /// Requires: `changes` are in byte order of their keys, each key once.
  [[nodiscard]] PropertyMap with(std::span<const protocol::Property> changes) const;

  /// Appends the properties as one MessagePack map.
  void append_to(Bytes& out) const;

 private:
  void add(const protocol::Property& property);

  Bytes records_;  // for each property the two lengths, the key and the raw value
  std::uint32_t count_ = 0;
  std::uint32_t pairs_bytes_ = 0;  // of the pairs, encoded
};

/// Whether a raw value says "remove this property".
[[nodiscard]] bool is_nil(ByteView value);

}  // namespace weft::concept_sync
