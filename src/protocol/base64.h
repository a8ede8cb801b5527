// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <optional>
#include <string_view>

namespace weft::protocol {

/// Binary in the JSON form (P6): RFC 4648 section 4, with padding.
void append_base64(Bytes& out, ByteView bytes);

/// Nothing when `text` is not exactly what append_base64 would have written.
[[nodiscard]] std::optional<Bytes> decode_base64(std::string_view text);

}  // namespace weft::protocol
