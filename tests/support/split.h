// SPDX-License-Identifier: Apache-2.0
// Cuts the same bytes in many ways, for parsers that must not care how their input arrives.
#pragma once

#include "util/bytes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace weft::test {

/// Each piece is an allocation of its own, so that a sanitizer sees a read past its end.
using Pieces = std::vector<Bytes>;

/// Pieces of 0 to about `piece_bytes_max` bytes. Requires: `piece_bytes_max` is at least 1.
template <class Random>
Pieces cut_at_random(ByteView bytes, std::size_t piece_bytes_max, Random& random) {
  Pieces pieces;
  while (!bytes.empty()) {
    const std::size_t length =
        std::min<std::size_t>(random() % (piece_bytes_max + 1), bytes.size());
    pieces.emplace_back(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return pieces;
}

inline Pieces cut_byte_by_byte(ByteView bytes) {
  Pieces pieces;
  for (const char byte : bytes) pieces.emplace_back(1, byte);
  return pieces;
}

/// Calls `check(how, pieces)` with the bytes whole, byte by byte, and cut at random in 20 ways;
/// `how` is for failure messages. The same seed makes the same cuts.
template <class Check>
void for_each_cut(ByteView bytes, std::uint64_t seed, Check check) {
  check(std::string("whole"), Pieces{Bytes(bytes)});
  check(std::string("byte by byte"), cut_byte_by_byte(bytes));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20; ++i) {
    const std::size_t piece_bytes_max = 1 + random() % (bytes.size() + 1);
    check("random cut " + std::to_string(i) + " of seed " + std::to_string(seed),
          cut_at_random(bytes, piece_bytes_max, random));
  }
}

}  // namespace weft::test
