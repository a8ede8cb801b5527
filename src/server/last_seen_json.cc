// SPDX-License-Identifier: Apache-2.0
#include "server/last_seen_json.h"

#include "protocol/json.h"
#include "protocol/msgpack.h"

namespace weft::server {

Bytes last_seen_json(std::span<const store::LastSeen> rows) {
  Bytes packed;
  protocol::append_map(packed, 1);
  protocol::append_string(packed, "people");
  protocol::append_array(packed, static_cast<std::uint32_t>(rows.size()));
  for (const store::LastSeen& row : rows) {
    protocol::append_map(packed, 4);
    protocol::append_string(packed, "user");
    protocol::append_string(packed, row.user);
    protocol::append_string(packed, "name");
    protocol::append_string(packed, row.name);
    protocol::append_string(packed, "at_ms");
    protocol::append_int(packed, row.at_ms);
    protocol::append_string(packed, "presence");
    if (row.presence.empty()) {
      protocol::append_map(packed, 0);
    } else {
      packed += row.presence;
    }
  }
  Bytes json;
  protocol::append_value_as_json(json, packed);
  return json;
}

}  // namespace weft::server
