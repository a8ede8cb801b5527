// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deliveries.h"
#include "person.h"
#include "util/bytes.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::peers {

/// Takes decimal digits from the front of `text`.
[[nodiscard]] inline std::optional<std::uint32_t> take_decimal(ByteView& text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// Counts each `before_x` STAMP `before_y` MARK in the text: positions in JSON, whatever is
/// around.
void count_text_marks(ByteView text, std::string_view before_x, std::string_view before_y,
                      const Person& receiver, Deliveries& deliveries);

}  // namespace weft::peers
