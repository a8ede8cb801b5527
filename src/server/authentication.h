// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/authenticator.h"
#include "server/config.h"
#include "util/result.h"

#include <string>
#include <vector>

namespace weft::server {

struct Authentication {
  connection::Authenticator authenticator;
  std::vector<std::string> warnings;  // sentences
};

/// From the key file; without one development mode, which is refused for every host that is not
/// this machine's loopback. The error is a sentence. Resolves the host's name.
[[nodiscard]] Result<Authentication, std::string> set_up_authentication(const Config& config);

/// Whether a host's every address is loopback; a sentence when it has none.
[[nodiscard]] Result<bool, std::string> is_loopback_only(const std::string& host);

}  // namespace weft::server
