// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace weft::peers {

/// One simulated person, who has one connection.
struct Person {
  /// Among all, from 0.
  std::uint32_t index = 0;
  std::uint32_t room = 0;
  /// Among the room's people, from 0: the y of what this person does.
  std::uint32_t place = 0;
  /// The server has said, or need not say, that this person may begin.
  bool has_joined = false;
  /// Deeds so far: where a protocol numbers them, the number.
  std::uint64_t deeds = 0;
};

}  // namespace weft::peers
