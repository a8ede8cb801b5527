// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/settings.h"

#include <string>
#include <vector>

namespace weft::server {

/// Whether a Redis can keep what acknowledgements promise, judged by its settings.
struct RedisVerdict {
  std::string refusal;                // a sentence when Weft must not use it; else empty
  std::vector<std::string> warnings;  // sentences, the settings by their names
  bool operator==(const RedisVerdict&) const = default;
};

/// `acks_from_store`: an acknowledgement promises more than Redis.
[[nodiscard]] RedisVerdict judge_redis(const redis::Settings& settings, bool acks_from_store);

}  // namespace weft::server
