// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/config.h"

#include <memory>

namespace spdlog {
class formatter;
}

namespace weft::server {

/// Sends spdlog's default logger to stderr, as text or as JSON lines. Requires: the level's name is
/// one that config_options.cc allows.
void set_up_logging(const Config& config);

/// One JSON object per line: time, level, message.
[[nodiscard]] std::unique_ptr<spdlog::formatter> make_json_formatter();

}  // namespace weft::server
