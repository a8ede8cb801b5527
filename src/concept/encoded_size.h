// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace weft::concept_sync {

// How long MessagePack's shortest form of something is, so that an entity's size is known without
// encoding it.

[[nodiscard]] constexpr std::size_t string_bytes(std::string_view value) {
  const std::size_t size = value.size();
  return size + (size < 32 ? 1 : size < 256 ? 2 : size < 65'536 ? 3 : 5);
}

[[nodiscard]] constexpr std::size_t map_header_bytes(std::size_t count) {
  return count < 16 ? 1 : count < 65'536 ? 3 : 5;
}

}  // namespace weft::concept_sync
