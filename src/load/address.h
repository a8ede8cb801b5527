// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/plan.h"
#include "util/result.h"

#include <string>
#include <sys/socket.h>

namespace weft::load {

/// Where a target listens.
struct Address {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
  std::string authority;  // for the Host header
};

/// Asks the system for the host's first address; may wait for a name server. Or a sentence.
[[nodiscard]] Result<Address, std::string> resolve(const Target& target);

}  // namespace weft::load
