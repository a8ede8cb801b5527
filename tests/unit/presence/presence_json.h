// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "presence/presence_room.h"

#include <nlohmann/json.hpp>

#include <string>

namespace weft::presence {

using Json = nlohmann::json;

inline Bytes to_raw(const Json& value) {
  Bytes out;
  Json::to_msgpack(value, out);
  return out;
}

inline Json from_raw(ByteView raw) {
  return Json::from_msgpack(raw);
}

/// The map of the room's next batch; an empty one when the room has no changes.
inline Json take_changes(PresenceRoom& room) {
  if (!room.has_changes()) return Json::object();
  Bytes out;
  room.append_changes(out);
  return from_raw(out).at(1);
}

/// The map of the message that a newcomer gets.
inline Json everyone_in(const PresenceRoom& room) {
  Bytes out;
  room.append_everyone(out);
  return from_raw(out).at(1);
}

}  // namespace weft::presence
