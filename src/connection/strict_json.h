// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>

namespace weft::connection {

/// How deep maps and lists of a token or a key file may nest (A5).
inline constexpr std::size_t kMaxJsonDepth = 16;

/// The JSON object that is all of these bytes, or nothing. Refused beyond what the JSON grammar
/// refuses: a value that is not an object, a key that stands twice in one object, nesting beyond
/// kMaxJsonDepth, a NUL byte, a byte order mark. The caller has bounded the size; include
/// <nlohmann/json.hpp> in the .cc that calls this.
[[nodiscard]] std::optional<nlohmann::json> parse_strict_object(ByteView bytes);

}  // namespace weft::connection
