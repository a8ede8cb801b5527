// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::server {

/// Which of `shards` a canvas lives on; the same for the same seed, which is random, since ids are
/// chosen by strangers. Ids that differ in their last characters only, as numbered ones do, are
/// spread like any others.
[[nodiscard]] inline std::size_t canvas_shard(std::string_view canvas, std::uint64_t seed,
                                              std::size_t shards) {
  std::uint64_t hash = seed ^ 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : canvas) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  // The last characters have not reached the upper bits yet: MurmurHash3's last step carries them.
  hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdU;
  hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53U;
  return static_cast<std::size_t>((hash >> 32) % shards);
}

}  // namespace weft::server
