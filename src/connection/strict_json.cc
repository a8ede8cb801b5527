// SPDX-License-Identifier: Apache-2.0
#include "connection/strict_json.h"

#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <vector>

namespace weft::connection {

std::optional<nlohmann::json> parse_strict_object(ByteView bytes) {
  using nlohmann::json;
  // The parser takes a NUL for the end of its input and skips a byte order mark.
  if (bytes.find('\0') != ByteView::npos || bytes.starts_with("\xEF")) return std::nullopt;

  bool is_strict = true;
  std::vector<std::set<std::string>> keys_of_open_objects;
  const json::parser_callback_t check = [&](int depth, json::parse_event_t event, json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
        keys_of_open_objects.emplace_back();
        [[fallthrough]];
      case json::parse_event_t::array_start:
        if (static_cast<std::size_t>(depth) >= kMaxJsonDepth) is_strict = false;
        break;
      case json::parse_event_t::key:
        if (!keys_of_open_objects.back().insert(parsed.get<std::string>()).second)
          is_strict = false;
        break;
      case json::parse_event_t::object_end:
        keys_of_open_objects.pop_back();
        break;
      case json::parse_event_t::array_end:
      case json::parse_event_t::value:
        break;
    }
    return true;
  };
  json object = json::parse(bytes, check, /*allow_exceptions=*/false);
  if (!is_strict || !object.is_object()) return std::nullopt;
  return object;
}

}  // namespace weft::connection
