// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace weft::protocol {

/// Unicode code points. Requires: `utf8` is valid UTF-8, as MsgpackReader::read_string hands it
/// out.
[[nodiscard]] std::size_t count_characters(std::string_view utf8);

/// Whether `utf8` may be an entity id, a property key, an entity type or a client id: 1 to
/// kIdCharsMax characters, none of them a control character (C4). Requires: valid UTF-8.
[[nodiscard]] bool is_valid_id(std::string_view utf8);

}  // namespace weft::protocol
