// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <initializer_list>
#include <span>

namespace weft::redis {

/// Appends the command as Redis reads it. `words` is not empty; any bytes are fine in a word.
void append_command(std::span<const ByteView> words, Bytes& out);

[[nodiscard]] Bytes format_command(std::span<const ByteView> words);
[[nodiscard]] Bytes format_command(std::initializer_list<ByteView> words);

}  // namespace weft::redis
