// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/link.h"
#include "redis/options.h"

#include <vector>

namespace weft::redis {

/// Who we are. Nothing without a password.
void add_authentication(const Credentials& credentials, std::vector<SetupStep>& steps);

/// All that a new link to a Redis node says first: who we are, which database; and asks whether
/// this is a master (but in a cluster, where redirections tell) and whether it has its data in
/// memory.
[[nodiscard]] std::vector<SetupStep> node_setup(const Options& options);

}  // namespace weft::redis
