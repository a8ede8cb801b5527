// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/result.h"

#include <cstddef>
#include <string>
#include <sys/types.h>

namespace weft::server {

struct TextFile {
  std::string text;
  mode_t mode = 0;
};

/// The first `bytes_max` bytes of a file; the error is what the system says about it.
[[nodiscard]] Result<TextFile, std::string> read_text_file(const std::string& path,
                                                           std::size_t bytes_max);

}  // namespace weft::server
