// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/options.h"
#include "server/config.h"
#include "server/instance.h"

namespace weft::server {

/// Where Redis is. Requires: config.redis is not empty.
[[nodiscard]] redis::Options redis_options(const Config& config);

/// What joins each shard with the other instances, or with nobody.
[[nodiscard]] ShardBackplaneMaker backplane_maker(const Config& config);

}  // namespace weft::server
