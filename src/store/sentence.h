// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace weft::store {

inline void append_part(std::string& out, std::string_view part) {
  out += part;
}
void append_part(std::string& out, std::integral auto part) {
  out += std::to_string(part);
}

/// Joins texts and numbers into a sentence for operators.
template <class... Parts>
[[nodiscard]] std::string sentence(const Parts&... parts) {
  std::string out;
  (append_part(out, parts), ...);
  return out;
}

}  // namespace weft::store
