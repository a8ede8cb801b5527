// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <cstddef>
#include <optional>
#include <string>

namespace weft::connection {

/// How many characters the text has, or nothing when it is not valid UTF-8 or has a control
/// character (U+0000–U+001F, U+007F–U+009F).
[[nodiscard]] std::optional<std::size_t> count_plain_characters(ByteView text);

/// The text as a name to show: control characters left out, spaces at both ends trimmed, cut after
/// `max_characters`. Empty when nothing is left or when the text is not valid UTF-8.
[[nodiscard]] std::string tidy_name(ByteView text, std::size_t max_characters);

}  // namespace weft::connection
