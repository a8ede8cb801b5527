// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <optional>

namespace weft::connection {

/// Base64 of RFC 4648 section 5 without padding, as JWTs and JWKs use it.
[[nodiscard]] Bytes encode_base64url(ByteView bytes);

/// The only bytes that encode to this text, or nothing: padding, white space, other alphabets,
/// impossible lengths and stray bits in the last character are refused, so two texts never mean the
/// same bytes (A3).
[[nodiscard]] std::optional<Bytes> decode_base64url(ByteView text);

}  // namespace weft::connection
