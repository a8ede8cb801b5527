// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace weft::http {

/// ASCII only, whatever the locale.
[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);

/// Whether a comma-separated header value holds that token (case does not matter).
[[nodiscard]] bool has_token(std::string_view list, std::string_view token);

}  // namespace weft::http
