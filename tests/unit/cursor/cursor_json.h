// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

#include <nlohmann/json.hpp>

namespace weft::cursor {

using Json = nlohmann::json;

/// The entries of a cursors message: [[actor, x, y] or [actor] …].
inline Json entries_of(ByteView message) {
  return Json::from_msgpack(message).at(2);
}

}  // namespace weft::cursor
