// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/store.h"
#include "util/bytes.h"

#include <span>

namespace weft::server {

/// {"people": [{"user", "name", "at_ms", "presence"} …]}, for the HTTP API.
[[nodiscard]] Bytes last_seen_json(std::span<const store::LastSeen> rows);

}  // namespace weft::server
