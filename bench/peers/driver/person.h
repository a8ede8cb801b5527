// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace weft::peers {

/// More people than a room can have; a power of two.
inline constexpr std::uint32_t kPlacesMax = 1U << 14;

/// One simulated person, who has one connection.
struct Person {
  /// Among all, from 0.
  std::uint32_t index = 0;
  std::uint32_t room = 0;
  /// Among the room's people, from 0, below kPlacesMax.
  std::uint32_t place = 0;
  /// The server has said, or need not say, that this person may begin.
  bool has_joined = false;
  /// Deeds so far: where a protocol numbers them, the number.
  std::uint64_t deeds = 0;
  /// Changes with each deed.
  bool is_odd = false;

  /// What this person's next deed says beside its stamp: who it is, and a bit more that changes,
  /// since a server that looks for differences would leave out a number that stays as it was.
  [[nodiscard]] std::uint32_t mark() const { return place + (is_odd ? kPlacesMax : 0); }
};

/// Who made a deed with that mark.
[[nodiscard]] inline std::uint32_t place_of(std::uint32_t mark) {
  return mark & (kPlacesMax - 1);
}

}  // namespace weft::peers
