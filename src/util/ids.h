// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace weft {

/// A number that cannot be mistaken for another kind of number.
template <class Tag>
struct NumberId {
  std::uint64_t value = 0;
  auto operator<=>(const NumberId&) const = default;
};

/// The number a session is known by inside its canvas; unique across instances, never reused.
using ActorId = NumberId<struct ActorTag>;

/// A session's handle inside its shard; never reused while the process lives.
using SessionId = NumberId<struct SessionTag>;

/// 1–128 characters of A–Z a–z 0–9 . _ ~ : - (P1).
using CanvasId = std::string;

/// Who the token says you are: the `sub` claim.
using UserId = std::string;

/// 1–64 characters, chosen by the client, stable per installation.
using ClientId = std::string;

}  // namespace weft

template <class Tag>
struct std::hash<weft::NumberId<Tag>> {
  std::size_t operator()(weft::NumberId<Tag> id) const noexcept {
    return std::hash<std::uint64_t>{}(id.value);
  }
};
