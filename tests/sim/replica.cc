// SPDX-License-Identifier: Apache-2.0
#include "sim/replica.h"

#include "protocol/msgpack.h"
#include "sim/complaint.h"

namespace weft::sim {

namespace {

using protocol::MsgpackReader;

template <class T>
T take(Result<T, protocol::DecodeError> result) {
  if (!result) complain("ops or entities cannot be read: " + std::string(result.error().what));
  return *result;
}

void take_properties(MsgpackReader& reader, std::map<std::string, Bytes>& into) {
  for (std::uint32_t left = take(reader.read_map()); left > 0; --left) {
    const std::string key(take(reader.read_string()));
    const bool is_nil = reader.peek() == protocol::ValueKind::nil;
    const ByteView value = take(reader.read_value());
    if (is_nil) {
      into.erase(key);
    } else {
      into[key] = value;
    }
  }
}

}  // namespace

void Replica::load(ByteView entities) {
  MsgpackReader reader(entities);
  for (std::uint32_t left = take(reader.read_array()); left > 0; --left) {
    if (take(reader.read_array()) != 3) complain("an entity of a snapshot has three items");
    const std::string id(take(reader.read_string()));
    Entity entity;
    entity.type = take(reader.read_string());
    take_properties(reader, entity.properties);
    if (!entities_.emplace(id, std::move(entity)).second) complain("snapshot: " + id + " twice");
  }
}

void Replica::apply(ByteView ops) {
  MsgpackReader reader(ops);
  for (std::uint32_t left = take(reader.read_array()); left > 0; --left) {
    static_cast<void>(take(reader.read_array()));
    const std::uint64_t kind = take(reader.read_uint());
    const std::string id(take(reader.read_string()));
    const auto found = entities_.find(id);
    if ((kind == 0) != (found == entities_.end())) {
      complain("effective op of kind " + std::to_string(kind) + " on " + id +
               (kind == 0 ? ", which lives already" : ", which does not live"));
    }
    if (kind == 0) {
      Entity& entity = entities_[id];
      entity.type = take(reader.read_string());
      take_properties(reader, entity.properties);
    } else if (kind == 1) {
      take_properties(reader, found->second.properties);
    } else {
      entities_.erase(found);
    }
  }
}

Bytes Replica::canonical() const {
  Bytes out;
  for (const auto& [id, entity] : entities_) {
    protocol::append_array(out, 3);
    protocol::append_string(out, id);
    protocol::append_string(out, entity.type);
    protocol::append_map(out, static_cast<std::uint32_t>(entity.properties.size()));
    for (const auto& [key, value] : entity.properties) {
      protocol::append_string(out, key);
      out += value;
    }
  }
  return out;
}

}  // namespace weft::sim
