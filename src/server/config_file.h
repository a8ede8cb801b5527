// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/config_loader.h"

#include <string>
#include <string_view>
#include <vector>

namespace weft::server {

/// Reads the text of a TOML configuration file. `path` is what problems call it. Settings it does
/// not know, or whose type is wrong, become problems.
[[nodiscard]] std::vector<Setting> parse_config_file(std::string_view text, const std::string& path,
                                                     std::vector<std::string>& problems);

}  // namespace weft::server
