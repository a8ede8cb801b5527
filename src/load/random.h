// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace weft::load {

/// Numbers that look random and are the same for the same seed (SplitMix64). For mask keys and
/// handshake keys: nothing here is a secret.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t operator()() {
    state_ += 0x9e37'79b9'7f4a'7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ mixed >> 30) * 0xbf58'476d'1ce4'e5b9U;
    mixed = (mixed ^ mixed >> 27) * 0x94d0'49bb'1331'11ebU;
    return mixed ^ mixed >> 31;
  }

 private:
  std::uint64_t state_;
};

}  // namespace weft::load
