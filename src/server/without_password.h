// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace weft::server {

/// A setting as it may be printed: a password, in front of a URL's host or as a parameter, is
/// replaced by ***. Anything else comes back as it is.
[[nodiscard]] std::string without_password(std::string_view text);

}  // namespace weft::server
