// SPDX-License-Identifier: Apache-2.0
#include "websocket/masking.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace weft::websocket {

void apply_mask(std::span<char> bytes, MaskKey& key) {
  char twice[8];
  std::memcpy(twice, key.data(), key.size());
  std::memcpy(twice + 4, key.data(), key.size());
  std::uint64_t mask;
  std::memcpy(&mask, twice, sizeof mask);

  std::size_t at = 0;
  for (; bytes.size() - at >= sizeof mask; at += sizeof mask) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    word ^= mask;
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }
  for (std::size_t i = 0; at < bytes.size(); ++i, ++at) {
    bytes[at] = static_cast<char>(bytes[at] ^ twice[i]);
  }
  std::memcpy(key.data(), twice + bytes.size() % key.size(), key.size());
}

}  // namespace weft::websocket
