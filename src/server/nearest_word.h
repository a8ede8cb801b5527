// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weft::server {

/// The known word that takes the fewest changed letters, for "did you mean". Requires: `known` is
/// not empty.
[[nodiscard]] const std::string& nearest_word(std::string_view word,
                                              std::span<const std::string> known);

}  // namespace weft::server
