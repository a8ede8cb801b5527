// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "redis/options.h"
#include "util/bytes.h"
#include "util/result.h"

#include <string>

namespace weft::redis {

/// Options with defaults in all that a URL does not say. The forms, each also with `rediss` for
/// TLS:
///   redis://[[user]:password@]host[:port][/database]
///   redis+sentinel://[[user]:password@]host[:port],…/master-name[/database]
///   redis+cluster://[[user]:password@]host[:port],…
/// User, password and master name may be percent-encoded. The error is a sentence for operators and
/// never holds the password.
[[nodiscard]] Result<Options, std::string> parse_url(ByteView url);

}  // namespace weft::redis
