// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>

namespace weft::websocket {

using MaskKey = std::array<char, 4>;

/// Masks or unmasks in place (the two are the same) and turns `key` so that it fits the byte that
/// follows: a payload may be given in pieces of any length.
void apply_mask(std::span<char> bytes, MaskKey& key);

}  // namespace weft::websocket
