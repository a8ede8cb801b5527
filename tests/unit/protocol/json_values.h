// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/json.h"
#include "util/bytes.h"

#include <stdexcept>
#include <string>

namespace weft::protocol {

/// MessagePack, written down as JSON so that a test shows what it sends.
inline Bytes value_of_json(std::string_view json) {
  Bytes out;
  if (!json_to_messages("[" + std::string(json) + "]", out)) {
    throw std::invalid_argument("not JSON: " + std::string(json));
  }
  return out;
}

inline std::string json_of_value(ByteView value) {
  Bytes text;
  append_value_as_json(text, value);
  return text;
}

}  // namespace weft::protocol
