// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection/key_set.h"
#include "util/result.h"

#include <string>

namespace weft::server {

struct KeyFile {
  connection::KeySet keys;
  /// A sentence about a secret that others on this machine can read or change; else empty.
  std::string warning;
};

/// Reads a file of keys, or says in a sentence what is wrong with it.
[[nodiscard]] Result<KeyFile, std::string> read_key_file(const std::string& path);

}  // namespace weft::server
